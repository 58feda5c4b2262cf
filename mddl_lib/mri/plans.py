"""Which network is trained on what, and how: one plan a weights file. ``python -m mddl_lib.mri train NAME`` runs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from mddl_lib.core.training import Recipe
from mddl_lib.mri.admm_csnet import ADMMCSNet
from mddl_lib.mri.admm_net import ADMMNet
from mddl_lib.mri.ista_net import ISTANet


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
    size: int = 256
    """side of the training images: 256, the whole slice under the paper's own mask, or overlapping squares of this side
    under a mask of as many percent, at a quarter of the cost for half the side"""


PUBLIC = ("chest_mr/train", "siat_brain")

CHEST = ("chest_mr/train",)


def _from_scratch(stages: int, iterations: int) -> Plan:
    """A network at 20 %, from the paper's initialisation; its seed is its number of stages."""
    return Plan(lambda: ADMMNet(stages), 20, PUBLIC, Recipe(iterations=iterations, seed=stages))


def _specialist(stages: int, percent: int, iterations: int) -> Plan:
    """A network for another mask, from the one at 20 %: it starts within a few hundredths of a decibel of its end."""
    recipe = Recipe(iterations=iterations, learning_rate=5e-4, seed=stages)
    return Plan(lambda: ADMMNet(stages), percent, PUBLIC, recipe, grown_from=f"admm_net{stages}_brain_20")


PLANS: dict[str, Plan] = {
    "admm_net13_brain_20": _from_scratch(13, 6000),
    "admm_net14_brain_20": Plan(
        lambda: ADMMNet(14), 20, PUBLIC, Recipe(1500, learning_rate=5e-4, seed=14), grown_from="admm_net13_brain_20"
    ),
    "admm_net15_brain_20": _from_scratch(15, 10000),
    **{f"admm_net15_brain_{percent}": _specialist(15, percent, 1500) for percent in (30, 40, 50)},
    "admm_net15_chest_20": Plan(
        lambda: ADMMNet(15), 20, CHEST, Recipe(2000, learning_rate=5e-4, seed=15), grown_from="admm_net15_brain_20"
    ),
    "admm_net17_chest_20": Plan(
        lambda: ADMMNet(17), 20, CHEST, Recipe(2000, learning_rate=5e-4, seed=17), grown_from="admm_net15_chest_20"
    ),
    # The denoiser of ADMM-CSNet is local: most of its training fits on crops, the last part needs the mask itself.
    "admm_csnet10x32_brain_20_crops": Plan(
        lambda: ADMMCSNet(10, channels=32), 20, PUBLIC, Recipe(5000, seed=10), size=128
    ),
    "admm_csnet10x32_brain_20": Plan(
        lambda: ADMMCSNet(10, channels=32),
        20,
        PUBLIC,
        Recipe(600, learning_rate=5e-4, seed=11),
        grown_from="admm_csnet10x32_brain_20_crops",
    ),
    # ISTA-Net+ with 16 channels: more parameters than the ADMM-CSNet above, a step as long, about half as many seconds.
    "ista_net9x16_brain_20_crops": Plan(lambda: ISTANet(9, channels=16), 20, PUBLIC, Recipe(1200, seed=10), size=128),
    "ista_net9x16_brain_20": Plan(
        lambda: ISTANet(9, channels=16),
        20,
        PUBLIC,
        Recipe(250, learning_rate=5e-4, seed=11),
        grown_from="ista_net9x16_brain_20_crops",
    ),
    **{f"admm_net{n}_brain_{percent}": _specialist(n, percent, 300) for percent in (30, 40, 50) for n in (13, 14)},
}
