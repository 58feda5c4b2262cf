"""The non-local range Markov random field: its cliques, its energy, and the learned descent on it."""
