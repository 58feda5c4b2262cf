"""Cases of the laws for the minimal deep networks: see tests/laws/kinds.py."""

from __future__ import annotations

import numpy as np
import torch

from mddl_lib.training.recipe import Recipe

MAPS = torch.zeros(2, 1, 8, 8)

CALLS = {
    "deep.adding.Adder": {},
    "deep.adding.AddingObjective": {"recipe": Recipe(1), "length": 5},
    "deep.adding.AddingProblem": {},
    "deep.adding.draw": {"batch": 2, "length": 5, "seed": 0},
    "deep.ring_game.RingGame": {},
    "deep.ring_game.RingObjective": {"recipe": Recipe(1)},
    "deep.ring_game.real": {"count": 3},
    "deep.ring_game.found": {"points": torch.zeros(3, 2)},
    "deep.unet.UNet": {"filters": 2, "depth": 1},
    "deep.masks_objective.MasksObjective": {"images": MAPS, "masks": MAPS, "recipe": Recipe(1)},
    "deep.hearts.dice": {"logits": MAPS, "masks": MAPS},
    "deep.nodules.marks": {"logits": torch.zeros(2, 8, 8)},
    "deep.nodules.draw_into": {"image": np.zeros((32, 32), np.float32), "random": np.random.default_rng(0)},
}

NO_CASE = {
    "deep.ring_game.RingProblem": "takes names of sets, of which it has none",
    "deep.ring_game.heaps": "takes nothing",
    "deep.hearts.HeartSlices": "what its set refuses stands in test_maps.py",
    "deep.nodules.ChestNodules": "what its set refuses stands in test_maps.py",
    "deep.nodules.free_response": "what it refuses stands in test_maps.py",
    "deep.masks_objective.check_recipe": "a check itself",
    "deep.nodules.target": "it draws what draw_into gives",
    "deep.plans.as_made": "it calls what it is given",
}
