"""How our networks are trained: one stage, then two, which start from it."""

from __future__ import annotations

import functools

from mddl_lib.dehazing.problems import Haze
from mddl_lib.dehazing.proximal_net import ProximalDehazeNet, as_made
from mddl_lib.training.plan import Plan
from mddl_lib.training.recipe import Recipe

RECIPE = Recipe(1800, learning_rate=2e-3, batch=4, clip=1.0, seed=1)
"""of one stage; the authors: 1e-3, 25 crops of 240 pixels"""


def _made(stages: int) -> ProximalDehazeNet:
    return as_made(RECIPE.seed, stages)


PLANS: dict[str, Plan] = {
    "dehaze_1": Plan(functools.partial(_made, 1), Haze(), RECIPE),
    "dehaze_2": Plan(
        functools.partial(_made, 2), Haze(), Recipe(900, learning_rate=1e-3, batch=4, clip=1.0, seed=1), "dehaze_1"
    ),
}
