"""How each game is trained: one recipe for all rows, they differ in the slices shown and in the structure loss."""

from __future__ import annotations

import functools

from mddl_lib.synthesis.players import as_made, both_generators, ct_generator
from mddl_lib.synthesis.problems import STRUCTURE, Game
from mddl_lib.training.plan import Plan
from mddl_lib.training.recipe import Recipe

FOLDS = ((16, 20), (28, 32), (33, 34, 37))
"""cases that one fold scores: they teach it nothing and choose nothing. Each fold has a seed of its own, its number"""
CASES = tuple(case for fold in FOLDS for case in fold)
"""all that teach or are scored; case 2, whose MR is of another kind, does neither"""
STEPS = 4000
"""of every row alike"""
ROWS = {
    "cyclegan_unpaired": ("unpaired", 0.0),
    "cyclegan_paired": ("paired", 0.0),
    "cyclegan_selected": ("selected", 0.0),
    "structure_cyclegan": ("selected", STRUCTURE),
}
"""row → how slices are shown, weight of the structure loss"""


def taught(fold: int) -> tuple[int, ...]:
    """The cases that teach in a fold, counted from 1: those that it does not score.

    :raises ValueError: for a fold that there is not.
    """
    if fold not in range(1, len(FOLDS) + 1):
        raise ValueError(f"fold is {fold!r}: expected a whole number from 1 to {len(FOLDS)}")
    return tuple(case for case in CASES if case not in FOLDS[fold - 1])


def plan(row: str, fold: int = 1) -> Plan:
    """How a row's game is trained in one fold; the fold's number is the seed that draws weights and slices.

    :param row: a key of :data:`ROWS`.
    :raises KeyError: for another one.
    :raises ValueError: as :func:`taught`.
    """
    selection, weight = ROWS[row]
    recipe = Recipe(STEPS, learning_rate=2e-4, clip=0.0, momentum=0.5, seed=fold)
    keep = both_generators if row == "cyclegan_unpaired" else ct_generator
    return Plan(functools.partial(as_made, fold), Game(taught(fold), selection, weight), recipe, half=True, keep=keep)


PLANS: dict[str, Plan] = {f"{row}_fold{fold}": plan(row, fold) for row in ROWS for fold in range(1, len(FOLDS) + 1)}
