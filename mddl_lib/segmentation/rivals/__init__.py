"""The rivals of label fusion in the paper's tables: a network without atlases, and networks with a level set behind them."""
