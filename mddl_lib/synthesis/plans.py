"""How each game is trained: one recipe for all rows, they differ in the slices shown and in the structure loss."""

from __future__ import annotations

import functools

from mddl_lib.synthesis.players import as_made
from mddl_lib.synthesis.problems import STRUCTURE, Game
from mddl_lib.training.plan import Plan
from mddl_lib.training.recipe import Recipe

TAUGHT = (16, 20, 28, 32, 33)
"""cases that teach; 2 validates"""
SCORED = (34, 37)
"""cases that are scored: they teach nothing and choose nothing"""
STEPS = 1800
"""of every row alike: with the structure loss some 18 minutes of one thread, without it 8"""
SEEDS = (1, 2, 3)

ROWS = {
    "cyclegan_unpaired": ("unpaired", 0.0),
    "cyclegan_paired": ("paired", 0.0),
    "cyclegan_selected": ("selected", 0.0),
    "structure_cyclegan": ("selected", STRUCTURE),
}
"""row → how slices are shown, weight of the structure loss"""


def plan(row: str, seed: int = 1) -> Plan:
    """How a row's game is trained; the seed draws weights and slices.

    :param row: a key of :data:`ROWS`.
    :raises KeyError: for another one.
    """
    selection, weight = ROWS[row]
    recipe = Recipe(STEPS, learning_rate=2e-4, clip=0.0, seed=seed)
    return Plan(functools.partial(as_made, seed), Game(TAUGHT, selection, weight), recipe)


PLANS: dict[str, Plan] = {f"{row}_seed{seed}": plan(row, seed) for row in ROWS for seed in SEEDS}
