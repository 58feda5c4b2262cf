"""How each learned optimizer of the book is trained. ``python -m mddl_lib train NAME`` carries it out."""

from __future__ import annotations

import functools
from collections.abc import Callable

from torch import nn

from mddl_lib.optimizers.learned import DMoptimizer, HyperAdam, RNNprop
from mddl_lib.optimizers.problems import Runs
from mddl_lib.optimizers.studies import ablation
from mddl_lib.training.plan import Plan
from mddl_lib.training.recipe import Recipe
from mddl_lib.training.seeded import seeded


def _plan(make: Callable[[], nn.Module], problem: Runs, unrolls: int, seed: int = 1, runs: int = 8) -> Plan:
    """Adam from 1e-3 to zero: the papers keep 1e-4 for 350 000 unrolls of one run, many more than ours."""
    recipe = Recipe(unrolls, learning_rate=1e-3, batch=runs, symmetries=False, seed=seed)
    return Plan(seeded(make, seed), problem, recipe)


def _longer(make: Callable[[], nn.Module], start: str, seed: int = 1, loss: str = "mean") -> dict[str, Plan]:
    """Two more trainings of a processor core, half an hour: many unrolls of a 49-20-10 perceptron, some of the 784-20-10 one.

    On three runs of no table (seed 7), mean of the last 20 of 100 losses, before → after both. RNNprop: sigmoid .347 → .327,
    ReLU .339 → .323, ELU .305 → .292. HyperAdam: sigmoid .359 → .349, ReLU .383 → .427, ELU .311 → .349, tanh .367 → .376: it
    gained where it was trained and lost at other activations. So these are rows of their own, and replace nothing.
    """
    small = Recipe(6000, learning_rate=5e-4, batch=4, symmetries=False, seed=seed)
    full = Recipe(700, learning_rate=2e-4, batch=1, symmetries=False, seed=seed)
    return {
        f"{start}_small": Plan(seeded(make, seed), Runs(loss=loss, pooled=4), small, grown_from=start),
        f"{start}_long": Plan(seeded(make, seed), Runs(loss=loss), full, grown_from=f"{start}_small"),
    }


PLANS: dict[str, Plan] = {
    # as many unrolls as four minutes of a GPU gave to each, five trainings side by side
    "hyperadam": _plan(HyperAdam, Runs(), 850),
    **{f"hyperadam_seed{seed}": _plan(HyperAdam, Runs(), 850, seed) for seed in (2, 3)},
    "rnnprop": _plan(RNNprop, Runs(loss="last"), 1805),
    **_longer(HyperAdam, "hyperadam"),
    **_longer(RNNprop, "rnnprop", loss="last"),
    "dmoptimizer": _plan(DMoptimizer, Runs(scaling=False, convex=False), 2340),
    # ten candidates: of J = 5, 10, 15 and 20, trained alike for minutes, 5 and 10 carried over best to three hidden layers and to a
    # convolutional network, on runs of no table (seed 7)
    "hyperadam_j10": Plan(
        seeded(functools.partial(HyperAdam, 10), 1),
        Runs(pooled=4),
        Recipe(5000, learning_rate=1e-3, batch=4, symmetries=False, seed=1),
    ),
    **ablation.PLANS,
}
