"""Which network is trained on what, and how: one plan a weights file. ``python -m mddl_lib.mri train NAME`` runs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

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
    before: tuple[Recipe, ...] = ()
    """recipes carried out first, one after the other, on the same images: greedy training, or Adam before L-BFGS"""
    complex_mask: str | None = None
    """a mask of ``complex_brain_mr``, by its name there: the images are complex then; None: real images"""


PUBLIC = ("chest_mr/train", "siat_brain")

CHEST = ("chest_mr/train",)


def _from_scratch(stages: int, iterations: int, seed: int | None = None) -> Plan:
    """A network at 20 %, from the paper's initialisation; its seed, unless given, is its number of stages."""
    return Plan(lambda: ADMMNet(stages), 20, PUBLIC, Recipe(iterations=iterations, seed=seed or stages))


def _specialist(stages: int, percent: int, iterations: int) -> Plan:
    """A network for another mask, from the one at 20 %: it starts within a few hundredths of a decibel of its end."""
    recipe = Recipe(iterations=iterations, learning_rate=5e-4, seed=stages)
    return Plan(lambda: ADMMNet(stages), percent, PUBLIC, recipe, grown_from=f"admm_net{stages}_brain_20")


def _two_parts(
    name: str, network: Callable[[], nn.Module], crops: int, slices: int, rate: float = 1e-3, seed: int = 10
) -> dict[str, Plan]:
    """A network of local filters at 20 %: most of its steps on crops, the last ones on slices under the mask itself."""
    return {
        f"{name}_crops": Plan(network, 20, PUBLIC, Recipe(crops, learning_rate=rate, seed=seed), size=128),
        name: Plan(
            network, 20, PUBLIC, Recipe(slices, learning_rate=rate / 2, seed=seed + 1), grown_from=f"{name}_crops"
        ),
    }


def _from_20(percent: int, steps: int, rate: float = 3e-4, mask: str | None = None) -> Plan:
    """ADMM-CSNet10 for another mask, from the one at 20 %; a mask that is named is one for complex images."""
    data = ("siat_brain",) if mask else PUBLIC
    recipe = Recipe(steps, learning_rate=rate, seed=12)
    return Plan(ADMMCSNet, percent, data, recipe, grown_from="admm_csnet10_brain_20", complex_mask=mask)


TRIAL = Recipe(600, seed=21)
"""a short training of ADMM-Net15 on crops; what else was tried differs from it in one thing, at about as many seconds"""


def _trial(recipe: Recipe, *before: Recipe) -> Plan:
    return Plan(lambda: ADMMNet(15), 20, PUBLIC, recipe, size=128, before=before)


TRIALS: dict[str, Plan] = {
    "admm_net15_trial_adam": _trial(TRIAL),
    "admm_net15_trial_other_seed": _trial(replace(TRIAL, seed=22)),
    "admm_net15_trial_average": _trial(replace(TRIAL, average=0.99)),
    "admm_net15_trial_no_symmetries": _trial(replace(TRIAL, symmetries=False)),
    "admm_net15_trial_greedy": _trial(  # a turn costs what a turn costs: the short ones leave 360 steps for the joint part
        replace(TRIAL, iterations=360), *(replace(TRIAL, iterations=72, turns=turns) for turns in (3, 6, 9, 12, 15))
    ),
    "admm_net15_trial_lbfgs": _trial(
        Recipe(4, "lbfgs", batch=1, symmetries=False, images=50, seed=21), replace(TRIAL, iterations=300)
    ),
    "admm_net15_trial_long": _trial(replace(TRIAL, iterations=1800)),
}
"""What might help, tried on one small training (:doc:`/unrolling/deep_admm_net`)."""

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
    # the spread of the headline's row over seeds, which draw the images' order and their symmetries
    **{f"admm_net15_brain_20_seed{seed}": _from_scratch(15, 10000, seed) for seed in (16, 17)},
    **TRIALS,
    **_two_parts("admm_csnet10_brain_20", ADMMCSNet, 4500, 500),
    **{f"admm_csnet10_brain_{percent}": _from_20(percent, 200) for percent in (30, 40, 50)},
    "admm_csnet10_complex_cartesian_30": _from_20(30, 600, 5e-4, "1D-Cartesian-0.3"),
    "admm_csnet10_complex_random_20": _from_20(20, 600, 5e-4, "2D-random-0.2"),
    **_two_parts("admm_csnet10x32_brain_20", lambda: ADMMCSNet(channels=32), 5000, 600),
    # ISTA-Net+ for as many seconds as the full ADMM-CSNet10: a step of it takes longer
    **_two_parts("ista_net9_brain_20", ISTANet, 2600, 400),
    **{f"admm_net{n}_brain_{percent}": _specialist(n, percent, 300) for percent in (30, 40, 50) for n in (13, 14)},
}
