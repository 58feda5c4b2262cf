"""Which network is trained on what, and how: one plan a weights file. ``python -m mddl_lib train NAME`` carries it out."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from mddl_lib.deep.adding import Adder, AddingProblem
from mddl_lib.deep.hearts import HeartSlices
from mddl_lib.deep.nodules import ChestNodules
from mddl_lib.deep.ring_game import RingGame, RingProblem
from mddl_lib.deep.unet import UNet
from mddl_lib.training.plan import Plan
from mddl_lib.training.recipe import Recipe

LENGTH = 60
"""steps of the adding problem"""


def as_made(make: Callable[[], nn.Module], seed: int = 1) -> nn.Module:
    """A network with weights that are the same whenever it is made."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return make()


ADDING = Recipe(3000, learning_rate=4e-3, batch=64, clip=1.0, seed=1)

PLANS: dict[str, Plan] = {
    "adder_lstm": Plan(lambda: as_made(lambda: Adder("lstm")), AddingProblem(LENGTH), ADDING),
    "adder_plain": Plan(lambda: as_made(lambda: Adder("plain")), AddingProblem(LENGTH), ADDING),
    "ring_game": Plan(
        lambda: as_made(RingGame),
        RingProblem(),
        Recipe(6000, learning_rate=1e-3, batch=256, clip=0.0, momentum=0.5, seed=1),
    ),
    "heart_unet": Plan(
        lambda: as_made(UNet), HeartSlices(), Recipe(2000, learning_rate=3e-3, batch=8, clip=1.0, seed=1), half=True
    ),
    "nodule_unet": Plan(
        lambda: as_made(lambda: UNet(2)),
        ChestNodules(),
        Recipe(2000, learning_rate=3e-3, batch=8, clip=1.0, seed=1),
        half=True,
    ),
}
