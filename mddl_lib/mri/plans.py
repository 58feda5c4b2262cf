"""Which network is trained on what, and how: one plan a weights file. ``python -m mddl_lib train NAME`` carries it out.

Taught in :doc:`/unrolling/deep_admm_net`.
"""

from __future__ import annotations

from dataclasses import replace

from mddl_lib.mri.admm_net import ADMMNet
from mddl_lib.mri.problems import Slices
from mddl_lib.training.plan import Plan
from mddl_lib.training.recipe import Recipe

PUBLIC = ("chest_mr/train", "siat_brain")

CHEST = ("chest_mr/train",)


def _from_scratch(stages: int, iterations: int, seed: int | None = None) -> Plan:
    """A network at 20 %, from the paper's initialisation; its seed, unless given, is its number of stages."""
    return Plan(
        lambda: ADMMNet(stages),
        Slices(20, PUBLIC),
        Recipe(iterations=iterations, seed=stages if seed is None else seed),
    )


def _specialist(stages: int, percent: int, iterations: int) -> Plan:
    """A network for another mask, from the one at 20 %: it starts within a few hundredths of a decibel of its end."""
    recipe = Recipe(iterations=iterations, learning_rate=5e-4, seed=stages)
    return Plan(lambda: ADMMNet(stages), Slices(percent, PUBLIC), recipe, grown_from=f"admm_net{stages}_brain_20")


TRIAL = Recipe(600, seed=21)
"""a short training of ADMM-Net15 on crops; what else was tried differs from it in one thing, at about as many seconds"""


def _trial(recipe: Recipe, *before: Recipe) -> Plan:
    return Plan(lambda: ADMMNet(15), Slices(20, PUBLIC, size=128), recipe, before=before)


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
        lambda: ADMMNet(14),
        Slices(20, PUBLIC),
        Recipe(1500, learning_rate=5e-4, seed=14),
        grown_from="admm_net13_brain_20",
    ),
    "admm_net15_brain_20": _from_scratch(15, 10000),
    **{f"admm_net15_brain_{percent}": _specialist(15, percent, 1500) for percent in (30, 40, 50)},
    "admm_net15_chest_20": Plan(
        lambda: ADMMNet(15),
        Slices(20, CHEST),
        Recipe(2000, learning_rate=5e-4, seed=15),
        grown_from="admm_net15_brain_20",
    ),
    "admm_net17_chest_20": Plan(
        lambda: ADMMNet(17),
        Slices(20, CHEST),
        Recipe(2000, learning_rate=5e-4, seed=17),
        grown_from="admm_net15_chest_20",
    ),
    # the spread of the headline's row over seeds, which draw the images' order and their symmetries
    **{f"admm_net15_brain_20_seed{seed}": _from_scratch(15, 10000, seed) for seed in (16, 17)},
    **TRIALS,
    **{f"admm_net{n}_brain_{percent}": _specialist(n, percent, 300) for percent in (30, 40, 50) for n in (13, 14)},
}
