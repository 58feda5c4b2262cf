"""Fill a result table: every cell when it is to be stored, a sample of the slow ones when they are only to be checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import torch
from tqdm import tqdm

from mddl_lib.core import arguments
from mddl_lib.environment import quiet, require_writable, results_folder
from mddl_lib.results.evaluation import evaluate
from mddl_lib.results.scores import Scores
from mddl_lib.results.store import StaleResultError
from mddl_lib.results.tables import ResultTable


@dataclass(frozen=True)
class Cell:
    """One cell of a table and how it is computed."""

    row: str
    column: str
    make: Callable[[], Any]
    """gives ``model(y, physics)``; called only when the cell is computed"""
    mask: Any
    """k-space mask or physics, or whatever else ``score`` takes as its third argument"""
    origin: dict[str, Any] = field(default_factory=dict)
    """what makes the numbers: parameters, weights, seed"""
    slow: bool = False
    """whether a run that only checks takes ``check`` units instead of all"""


def fill(
    table: ResultTable,
    cells: Iterable[Cell],
    data: Any,
    *,
    images: int | None = None,
    check: int | None = None,
    resume: bool = False,
    threads: int | None = None,
    score: Callable[..., Scores] = evaluate,
) -> list[Cell]:
    """Compute cells and put them into ``table``, which is saved after each: an interruption loses one cell at most.

    Other processes may fill the same table at the same time.

    :param data: a data set's name, or a loaded one: anything with a length, ``name``, ``sha256`` and ``embedded``.
    :param images: how many units a cell takes; None: all.
    :param check: how many units the slow cells take; None: as many as the others.
    :param resume: leave out a cell that is stored with as many units, the same data and the same origin.
    :param threads: torch threads while computing; None: as they are. Seconds depend on it.
    :param score: called as ``score(cell.make(), data, cell.mask, images=count, progress=False)``; its scores need every metric
        of the table. Not an image: ``functools.partial(evaluate, truth=…, metrics=…)``, or a function of the field's own.
    :returns: the cells that were computed.
    :raises ValueError: for counts that are none.
    :raises PermissionError: before anything is computed, when the results cannot be written.
    """
    if isinstance(data, str):
        from data_fetch import load

        data = load(data)
    for name, count in {"images": images, "check": check, "threads": threads}.items():
        if count is not None:
            arguments.counts(1, **{name: count})
    require_writable(results_folder(table.profile), "the results", "MDDL_RESULTS")
    before = torch.get_num_threads()
    if threads:
        torch.set_num_threads(threads)
    computed, kept = [], 0
    try:
        for cell in (bar := tqdm(list(cells), desc="cells", disable=quiet())):
            bar.set_postfix_str(f"{cell.row}, {cell.column}")
            count = len(data) if images is None else min(images, len(data))
            if cell.slow and check is not None:
                count = min(check, count)
            if resume and _stored(table, cell, data, count):
                continue
            scores = score(cell.make(), data, cell.mask, images=count, progress=False)
            table.add(cell.row, cell.column, scores, **cell.origin)
            try:
                table.save(cell)
            except StaleResultError:  # a stored one of more units, or of real data, stays in its place
                kept += 1
            computed.append(cell)
    finally:
        torch.set_num_threads(before)
    if kept:
        print(
            f"not stored: {kept} of {len(computed)} cells, which are stored already with more {table.unit.many} than this run took"
        )
    return computed


def _stored(table: ResultTable, cell: Cell, data: Any, count: int) -> bool:
    """Whether the table holds this very cell already."""
    entry = table.entry(cell.row, cell.column)
    return (
        entry is not None
        and (entry["data"], entry["data_sha256"], entry["origin"]) == (data.name, data.sha256, cell.origin)
        and len(entry["units"]) >= count
    )
