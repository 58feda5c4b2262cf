"""The table of shares: the methods of :mod:`~mddl_lib.compressive_imaging.natural` from 10 to 50 % of the measurements.

Taught in :doc:`/unrolling/general_operators`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from mddl_lib.compressive_imaging import natural
from mddl_lib.compressive_imaging.rivals.message_passing import Denoise
from mddl_lib.results.cells import Cell

PERCENTS = (10, 20, 30, 40, 50)
COLUMNS = {f"{operator} {percent}%": (operator, percent) for operator in natural.SHORT for percent in PERCENTS}
"""words of a column → operator and percent"""


def row(method: str, words: str) -> str:
    """What a row is called: the method, and the set where it is not the first.

    :param words: a key of :data:`~mddl_lib.compressive_imaging.natural.SETS`.
    :raises KeyError: for another set.
    """
    if words not in natural.SETS:
        raise KeyError(f"words is {words!r}: expected one of {list(natural.SETS)}")
    return method if words == "Set11" else f"{method} ({words})"


def cells(
    words: str,
    network_cell: Callable[..., Cell],
    shipped: Collection[str],
    denoise: Denoise,
    learned: Denoise | None = None,
) -> list[Cell]:
    """Every cell of one set; the parameters are those of :func:`mddl_lib.compressive_imaging.natural.cells`.

    Message passing stands with the mean apart where the operator measures it: with the mean it diverges.
    """
    found = []
    for column, (operator, percent) in COLUMNS.items():
        made = natural.method_cells(column, operator, percent, network_cell, shipped, denoise, learned)
        apart = {cell.row for cell in made if "mean apart" in cell.row}
        found += [cell for cell in made if f"{cell.row}, mean apart" not in apart]
    return [replace(cell, row=row(cell.row, words)) for cell in found]
