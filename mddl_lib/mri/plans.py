"""Which network is trained on what, and how: one plan a weights file. ``python -m mddl_lib.mri train NAME`` runs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from mddl_lib.core.training import Recipe
from mddl_lib.mri.admm_net import ADMMNet


@dataclass(frozen=True)
class Plan:
    """How one weights file is made.

    Taught in :doc:`/unrolling/deep_admm_net`.
    """

    network: Callable[[], nn.Module]
    percent: int
    """the paper's pseudo-radial mask, in percent"""
    data: tuple[str, ...]
    """training sets; the paper's own 100 brain training images are not public"""
    recipe: Recipe
    grown_from: str | None = None
    """the plan whose trained network this one starts from, its last stage doubled; None: the paper's initialisation"""


PUBLIC = ("chest_mr/train", "siat_brain")

PLANS: dict[str, Plan] = {
    "admm_net13_brain_20": Plan(lambda: ADMMNet(13), 20, PUBLIC, Recipe(iterations=2500, seed=13)),
    "admm_net14_brain_20": Plan(lambda: ADMMNet(14), 20, PUBLIC, Recipe(iterations=2500, seed=14)),
    "admm_net15_brain_20": Plan(lambda: ADMMNet(15), 20, PUBLIC, Recipe(iterations=10000, seed=15)),
}
