"""How each game is trained: one recipe for all rows, they differ in the slices shown and in the structure loss."""

from __future__ import annotations

import functools
from collections.abc import Callable

from torch import nn

from mddl_lib.synthesis.game.players import as_made
from mddl_lib.synthesis.game.resolution import both_ways, one_way
from mddl_lib.synthesis.problems import STRUCTURE, Game
from mddl_lib.training.plan import Plan
from mddl_lib.training.recipe import Recipe

FOLDS = ((16, 20), (28, 32), (33, 34, 37))
"""cases that one fold scores: they teach it nothing and choose nothing. Each fold has a seed of its own, its number"""
CASES = tuple(case for fold in FOLDS for case in fold)
"""all that teach or are scored; case 2, whose MR is of another kind, does neither"""
STEPS = 2500
"""of every row alike"""
LARGE, LARGE_STEPS = (64, 9), 60_000
"""filters and residual blocks of the paper's generator, and steps of its game here: for a GPU; not trained yet"""
RATE = 4e-4
"""twice the paper's, for a hundredth of its steps; it falls to 0 along half a cosine"""
PHANTOMS = tuple(range(1, 17))
"""heads drawn by code: twelve teach the games of the book's pictures, the last four are shown"""
WEIGHT = 1.0
"""of the structure loss on real heads, chosen in a trial on the heads that teach the third fold: a fifth of the paper's, for MR and CT
of these heads have less structure in common than its model says, and copying the MR is the surest way to keep it"""
ROWS = {
    "cyclegan_unpaired": ("unpaired", 0.0),
    "cyclegan_paired": ("paired", 0.0),
    "cyclegan_selected": ("selected", 0.0),
    "structure_cyclegan": ("selected", WEIGHT),
}
"""row → how slices are shown, weight of the structure loss"""


def taught(fold: int) -> tuple[int, ...]:
    """The cases that teach in a fold, counted from 1: those that it does not score.

    :raises ValueError: for a fold that there is not.
    """
    if fold not in range(1, len(FOLDS) + 1):
        raise ValueError(f"fold is {fold!r}: expected a whole number from 1 to {len(FOLDS)}")
    return tuple(case for case in CASES if case not in FOLDS[fold - 1])


def plan(row: str, fold: int = 1, *, large: bool = False) -> Plan:
    """How a row's game is trained in one fold; the fold's number is the seed that draws weights and slices.

    :param row: a key of :data:`ROWS`.
    :param large: whether in the paper's size and for longer, by the paper's rate and weights: for a GPU.
    :raises KeyError: for another row.
    :raises ValueError: as :func:`taught`.
    """
    selection, weight = ROWS[row]
    if large:
        recipe = Recipe(LARGE_STEPS, learning_rate=2e-4, clip=0.0, momentum=0.5, seed=fold)
        game = Game(taught(fold), selection, STRUCTURE if weight else 0.0)
        return Plan(functools.partial(as_made, fold, *LARGE), game, recipe, half=True, keep=one_way)
    recipe = Recipe(STEPS, learning_rate=RATE, clip=0.0, momentum=0.5, seed=fold)
    return Plan(
        functools.partial(as_made, fold), Game(taught(fold), selection, weight), recipe, half=True, keep=one_way
    )


def phantom_plan(selection: str, weight: float, keep: Callable[[nn.Module], nn.Module]) -> Plan:
    """A game on heads drawn by code, half as wide: for the pictures of the book, which may show no real head."""
    recipe = Recipe(1000, learning_rate=RATE, clip=0.0, momentum=0.5, seed=1)
    game = Game(PHANTOMS[:12], selection, weight, "phantom_mr_ct")
    return Plan(functools.partial(as_made, 1, filters=8), game, recipe, half=True, keep=keep)


PLANS: dict[str, Plan] = {
    **{f"{row}_fold{fold}": plan(row, fold) for row in ROWS for fold in range(1, len(FOLDS) + 1)},
    **{f"{row}_large_fold{fold}": plan(row, fold, large=True) for row in ROWS for fold in range(1, len(FOLDS) + 1)},
    "phantom_cyclegan": phantom_plan("unpaired", 0.0, both_ways),
    "phantom_structure_cyclegan": phantom_plan("selected", STRUCTURE, one_way),
}
