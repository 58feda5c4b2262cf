"""A table of the book's own after a figure of the paper: perceptrons of one to ten hidden layers, a hundred steps.

Taught in :doc:`/recent/learning_to_optimise`.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from mddl_lib.core import arguments
from mddl_lib.optimizers.evaluation import ADAM_RATES_DEEP, tuned_adam
from mddl_lib.optimizers.optimizees.digits import Digits
from mddl_lib.optimizers.optimizees.perceptron import Perceptron
from mddl_lib.optimizers.rivals import Prodigy
from mddl_lib.optimizers.rows import itself
from mddl_lib.results.cells import Cell

DEPTHS = tuple(ADAM_RATES_DEEP)
"""hidden layers, for which the authors tuned Adam's rate"""


def depth_cells(digits: Digits, networks: Mapping[str, Any], depths: tuple[int, ...] = DEPTHS) -> list[Cell]:
    """Every cell of the table ``hyperadam_depth``, for :func:`mddl_lib.optimizers.scoring.score`.

    :param networks: row → a function that loads a learned optimizer.
    """
    arguments.counts(1, **{f"depths[{place}]": depth for place, depth in enumerate(depths)})
    cells = []
    for depth in depths:
        problem, adam = Perceptron(digits, layers=depth), tuned_adam(layers=depth)
        by_hand = {"Adam": adam, "Prodigy": Prodigy()}
        makes = {row: functools.partial(itself, optimizer) for row, optimizer in by_hand.items()}
        for row, make in {**makes, **networks}.items():
            origin = {"method": row, "learning_rate": adam.learning_rate} if row == "Adam" else {"method": row}
            cells.append(Cell(row, str(depth), make, problem, origin, slow=True))
    return cells
