"""How anything here is trained, resumed and shipped: recipe, objective, loop, checkpoints, weights, plans."""
