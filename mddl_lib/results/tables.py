"""Result tables: the paper's numbers beside ours, values per unit, with where they come from."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from mddl_lib.environment import profile as this_profile
from mddl_lib.environment import results_folder
from mddl_lib.results import freshness, provenance, store
from mddl_lib.results.description import Description
from mddl_lib.results.metric import Metric
from mddl_lib.results.scores import Comparison, Paired, Scores, paired, spread


class Place(Protocol):
    """Anything with a row and a column, such as a cell that was computed."""

    row: str
    column: str


class ResultTable:
    """One table of a paper, and our results for it.

    :ivar paper: {row: {column: {metric: value}}}, as printed.
    :ivar rows: our rows: {row: {column: entry}}, an entry holding ``data``, ``data_sha256``, ``embedded``, ``units`` (their
        names) and one list of values a metric.
    """

    def __init__(self, name: str, description: Description, profile_name: str | None = None) -> None:
        self.name, self.description, self.profile = name, description, profile_name or this_profile()
        self.metrics, self.columns, self.unit = list(description.metrics), description.columns, description.unit
        self.paper, self.claims = description.paper, list(description.claims)
        self.rows: store.Rows = {}
        self.seconds: dict[tuple[str, str], float] = {}
        """this run's seconds for one unit, by row and column: they go into the provenance file"""
        self.known_seconds: dict[str, float] = {}
        """those of the stored paper profile, by "row | column": what a page shows, so that a rerun does not change it"""

    @classmethod
    def load(cls, name: str, profile: str | None = None) -> ResultTable:
        """The table called ``name`` with the results stored for a profile (this run's when not given).

        :raises KeyError: for a name without a file in book/tables.
        :raises mddl_lib.results.store.DamagedResultError: for a stored file that cannot be what a run wrote.
        """
        table = cls(name, Description.load(name), profile)
        file = f"{name}.json"
        table.rows = store.read_rows(store.stored_folder(file, table.profile) / file, table.description, table.profile)
        full = provenance.read_or_warn(store.stored_folder(provenance.NAME, "paper"))
        table.known_seconds = full.get(name, {}).get("seconds", {})
        return table

    def add(self, row: str, column: str, scores: Scores, **origin: object) -> None:
        """Put a method's scores into a cell. ``origin`` says what made it: weights, tuning, seed.

        :raises KeyError: for a column that the table has not, a row that its file does not announce, or scores that lack one
            of its metrics.
        :raises mddl_lib.results.store.DamagedResultError: for no units, lists of unequal lengths, NaN and infinity.
        """
        if column not in self.columns:
            raise KeyError(f"table {self.name} has no column {column!r}: expected one of {self.columns}")
        if row not in self.announced():
            raise KeyError(f"table {self.name} announces no row {row!r} of ours: expected one of {self.announced()}")
        if missing := [metric for metric in self.metrics if metric not in scores.values]:
            raise KeyError(f"table {self.name} needs {missing[0]!r}: the scores have {list(scores.values)}")
        entry: dict[str, Any] = {
            "data": scores.data,
            "data_sha256": scores.data_sha256,
            "embedded": scores.embedded,
            "units": list(scores.names),
            **{metric: self._rounded(metric, scores.values[metric]) for metric in self.metrics},
            "origin": origin,
        }
        store.check(self.description, row, column, entry)
        self.rows.setdefault(row, {})[column] = entry
        self.seconds[row, column] = float(np.median(scores.seconds))

    def _rounded(self, metric: str, values: Iterable[float]) -> list[float]:
        """Four decimals more than are printed: what lies beyond differs between processors."""
        return [round(float(value), max(6, self.metric(metric).digits + 4)) for value in values]

    def save(self, *places: Place) -> Path:
        """Write cells of this run's profile, and their seconds into the profile's provenance file.

        Everything else in the file stays, so that several processes may fill one table.

        :param places: the cells to write; none: all that were added.
        :raises mddl_lib.results.store.StaleResultError: when a stored cell of the same data holds more units than the new one,
            or when embedded data would take the place of real data; nothing is written then.
        """
        chosen = [(place.row, place.column) for place in places] or list(self.seconds)
        new: store.Rows = {}
        for row, column in chosen:
            new.setdefault(row, {})[column] = self.rows[row][column]
        seconds = {f"{row} | {column}": self.seconds[row, column] for row, column in chosen}
        folder = results_folder(self.profile)
        path = folder / f"{self.name}.json"
        with store.locked(folder):
            stored = store.read_rows(path, self.description, self.profile)
            rows = store.merged(path, stored, new, self.description)
            provenance.record(folder, self.name, seconds)
            store.write_json(path, {"table": self.name, "profile": self.profile, "rows": rows})
        return path

    def announced(self) -> list[str]:
        """Names of our rows, in the order in which they stand."""
        return list(self.description.ours)

    def paper_row(self, row: str) -> str | None:
        """The row of the paper that a row of ours stands beside."""
        own = self.description.ours.get(row)
        return own.paper if own else None

    def note(self, row: str) -> str:
        """What differs from the paper's row: data, weights, parameters."""
        own = self.description.ours.get(row)
        return own.note if own else ""

    def expects(self, row: str, column: str) -> bool:
        """Whether a row of ours is meant to have this column: all of them, unless its description names ``columns``."""
        own = self.description.ours.get(row)
        return own is None or own.columns is None or column in own.columns

    def pairs(self, column: str | None = None) -> list[tuple[str | None, str | None]]:
        """(paper's row, our row): the paper's order, each followed by ours beside it, or by None; then ours beside none.

        :param column: only what this column shows: rows of the paper that have it, and rows of ours that are meant for it.
        """
        ours = [row for row in self.announced() if column is None or self.expects(row, column)]
        found: list[tuple[str | None, str | None]] = []
        for paper, cells in self.paper.items():
            beside = [row for row in ours if self.paper_row(row) == paper]
            printed = column is None or column in cells
            found += [(paper, row) for row in beside] or ([(paper, None)] if printed else [])
        return found + [(None, row) for row in ours if self.paper_row(row) is None]

    def metric(self, name: str) -> Metric:
        """What the table's file says of a metric.

        :raises KeyError: for a metric that the table has not.
        """
        if name not in self.description.metrics:
            raise KeyError(f"table {self.name} has no metric {name!r}: expected one of {self.metrics}")
        return self.description.metrics[name]

    def entry(self, row: str, column: str) -> dict | None:
        """Our cell, or None when nothing was computed."""
        return self.rows.get(row, {}).get(column)

    def mean(self, row: str, column: str, metric: str) -> float:
        """The mean over the units of one cell.

        :raises KeyError: for an empty cell, or one without this metric.
        """
        entry = self.entry(row, column)
        if entry is None or metric not in entry:
            raise KeyError(
                f"table {self.name}, profile {self.profile}: nothing was computed for {row}, {column}, {metric}"
            )
        return statistics.fmean(entry[metric])

    def compare(self, paper: str | None, ours: str | None, column: str, metric: str) -> Comparison:
        """The two numbers of one place, and their difference where both stand for the same data."""
        theirs, theirs_spread = (
            printed.get(paper or "", {}).get(column, {}).get(metric)
            for printed in (self.paper, self.description.spreads)
        )
        entry = self.entry(ours, column) if ours else None
        if entry is None or metric not in entry:
            return Comparison(theirs, theirs_spread, None, None, None)
        mine, same = statistics.fmean(entry[metric]), theirs is not None and not entry["embedded"]
        own_spread = spread(entry[metric]) if len(entry[metric]) > 1 else None
        return Comparison(theirs, theirs_spread, mine, own_spread, mine - theirs if same else None)

    def paired(self, row: str, other: str, column: str, metric: str) -> Paired:
        """Row minus other row, unit by unit: on those that both have, where one was computed on fewer.

        :raises KeyError: when the two have no unit of the same data in common.
        """
        pair = [self.entry(row, column), self.entry(other, column)]
        same = all(pair) and len({(entry["data"], entry["data_sha256"]) for entry in pair}) == 1
        first, second = (dict(zip(entry["units"], entry[metric], strict=True)) if same else {} for entry in pair)
        if not (common := [unit for unit in first if unit in second]):
            raise KeyError(f"{row} and {other} have no {self.unit.many} in common in {column} of table {self.name}")
        values = ([by_unit[unit] for unit in common] for by_unit in (first, second))
        return paired(*values, self.metric(metric), self.unit)

    def stale_rows(self, fresh: ResultTable, computed: Iterable[Place] | None = None) -> dict[str, float]:
        """Rows of ours that a fresh run does not confirm: {row: the difference furthest outside its metric's tolerance}.

        :param computed: the cells that the run computed, as ``fill`` returns them; None: every cell that ``fresh`` holds.
        """
        places = None if computed is None else {(cell.row, cell.column) for cell in computed}
        return freshness.stale_rows(freshness.contradictions(self.description, self.rows, fresh.rows, places))
