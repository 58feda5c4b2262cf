"""The rows of the table of denoisers: which model fills which cell, and how it is made."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection

from mddl_lib.core import arguments
from mddl_lib.restoration import classical
from mddl_lib.results.cells import Cell
from mddl_lib.results.tables import ResultTable

SETS = {"BSD68": "bsd68", "Set12": "set12"}
"""the table's data sets by the words of its columns"""
LEVELS = (15, 25, 50)
NETWORKS = {
    "Experts": "experts_{sigma}",
    "Radial basis": "radial_basis_{sigma}",
    "Radial basis, seed 2": "radial_basis_{sigma}_seed2",
    "Radial basis, seed 3": "radial_basis_{sigma}_seed3",
    "Radial basis, trained again": "radial_basis_{sigma}_again",
    "Radial basis, 7 x 7": "radial_basis_{sigma}_seven",
    "Radial basis, 7 x 7 separable": "radial_basis_{sigma}_seven_separable",
    "Non-local": "non_local_{sigma}",
    "Non-local, seed 2": "non_local_{sigma}_seed2",
    "Non-local, seed 3": "non_local_{sigma}_seed3",
    "DnCNN (ours)": "denoiser_{sigma}",
}
"""row → the name of its weights at each noise level; a row has the columns whose weights ship"""
QUICK = ("Noisy", "Wavelet shrinkage", "Total variation")
"""rows that take a few hundredths of a second an image"""


def column(words: str, sigma: int) -> str:
    """A column's name in the table, such as "BSD68, σ = 25"."""
    if words not in SETS:
        raise ValueError(f"words is {words!r}: expected one of {list(SETS)}, the table's data sets")
    arguments.counts(1, sigma=sigma)
    return f"{words}, σ = {sigma}"


def cells(
    words: str, network_cell: Callable[..., Cell], shipped: Collection[str], levels: tuple[int, ...] = LEVELS
) -> list[Cell]:
    """Every cell of the table that one data set's columns have.

    :param words: "BSD68" or "Set12".
    :param network_cell: :func:`mddl_lib.catalogue.network_cell`, which a field does not import.
    :param shipped: names of the weights at hand, as :func:`mddl_lib.catalogue.weights_files` knows them.
    :param levels: noise levels in grey levels of 255.
    :raises ValueError: for another set.
    """
    arguments.callables(network_cell=network_cell)
    if isinstance(shipped, str) or not isinstance(shipped, Collection):
        raise TypeError(f"shipped is {shipped!r}: expected the names of weights, such as weights_files()")
    if not isinstance(levels, tuple | list) or not levels:
        raise ValueError(f"levels are {levels!r}: expected noise levels, such as {LEVELS}")
    found = []
    for sigma in levels:
        place = column(words, sigma)
        found.append(Cell("Noisy", place, lambda: classical.noisy_image, sigma))
        for row in classical.METHODS:
            constant, make = classical.TUNED[row, sigma], functools.partial(classical.tuned, row, sigma)
            found.append(Cell(row, place, make, sigma, {"constant": constant}, slow=row not in QUICK))
        for row, (options, places) in classical.BY_HAND.items():
            if place in places:
                make = functools.partial(classical.experts_by_hand, **options, sigma=sigma)
                found.append(Cell(row, place, make, sigma, options, slow=True))
        for row, pattern in NETWORKS.items():
            name = pattern.format(sigma=sigma)
            if name in shipped:
                found.append(network_cell(row, place, name, sigma, slow=True))
    return found


def ranking(table: ResultTable, stale: Collection[str] = (), by: str = "BSD68, σ = 25") -> tuple[list[str], list[list]]:
    """Published rows and ours in one list, the worst first: head and body of a Markdown table.

    :param stale: rows of ours that a run did not confirm; they are marked.
    :param by: the column that sorts; rows without it come first.
    :raises KeyError: for a column that the table has not.
    """
    if not isinstance(table, ResultTable):
        raise TypeError(f"table is a {type(table).__name__}: expected a ResultTable")
    if isinstance(stale, str) or not isinstance(stale, Collection):
        raise TypeError(f"stale is {stale!r}: expected the names of rows")
    if by not in table.columns:
        raise KeyError(f"table {table.name} has no column {by!r}: expected one of {table.columns}")
    metric, found = table.description.headline, []
    for row, printed in table.paper.items():
        found.append([row, *(printed.get(place, {}).get(metric) for place in table.columns)])
    for row in table.announced():
        if row in table.rows:
            means = [table.mean(row, place, metric) if table.entry(row, place) else None for place in table.columns]
            found.append([f"**{row}**" + " (stale)" * (row in stale), *means])
    place = 1 + table.columns.index(by)
    head = ["method", *(words.replace(", σ = ", " ") for words in table.columns)]
    return head, sorted(found, key=lambda line: line[place] or 0.0)
