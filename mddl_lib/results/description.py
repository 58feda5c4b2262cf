"""What a table's YAML file says: its metrics, units, rows and columns, the paper's numbers, our rows, the claims.

A metric has an entry of its own: ``{better: higher, digits: 2, unit: dB, title: PSNR, tolerance: 0.05, margin: 0.3}``. The
short form ``name: higher`` stands for ``better`` alone. What is left out is: ``digits``, as many decimals as the paper prints;
no ``unit``; ``title``, the name, its underscores as spaces; ``tolerance``, one unit of the last printed digit; ``margin``, 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

import yaml

from mddl_lib.environment import book_folder
from mddl_lib.results.claims.claim import ONLY, Claim, StatedRule
from mddl_lib.results.metric import Metric, Unit

RESERVED = ("data", "data_sha256", "embedded", "units", "origin")
"""what a stored cell holds beside its metrics, so that no metric may be called so"""
KEYS = {
    "title",
    "source",
    "data",
    "metrics",
    "headline",
    "method",
    "unit",
    "columns",
    "rows",
    "ours",
    "claims",
    "anchors",
    "stated",
}


@dataclass(frozen=True)
class OwnRow:
    """A row of ours: the paper's row it stands beside, what differs from that, and the columns it is meant for."""

    paper: str | None = None
    note: str = ""
    columns: tuple[str, ...] | None = None


class Description:
    """A table's file, read and checked.

    :ivar metrics: name → :class:`Metric`, in the file's order, without ``seconds``.
    :ivar paper: {row: {column: {metric: value}}}, as printed.
    :ivar spreads: the standard deviations that the paper prints, in the same shape.
    :ivar seconds: the paper's seconds for one unit, by row.
    :ivar anchors: the published rows are there to compare with: a table of ours, not of the talk. None waits for a row of ours.
    :ivar stated: whether, and how, the paper's orders and margins are claims; None where they are written one by one.
    :ivar headline: the metric that the landing page takes; the first one unless the file names another.
    :ivar method: the paper's row that the talk is about; None where the file names none.
    :raises ValueError: for a file whose parts do not fit, naming the part.
    """

    def __init__(self, name: str, content: Mapping[str, Any]) -> None:
        self.name, self.title = name, content.get("title", name)
        self.anchors = bool(content.get("anchors", False))
        self.source, self.data = content.get("source", ""), content.get("data")
        given = {metric: entry for metric, entry in content["metrics"].items() if metric != "seconds"}
        columns = [str(column) for column in content["columns"]]
        self.columns = [ONLY] if set(columns) <= set(given) else columns
        self.unit = _unit(content.get("unit", "image"))
        self.paper: dict[str, dict[str, dict[str, float]]] = {}
        self.spreads: dict[str, dict[str, dict[str, float]]] = {}
        self.seconds: dict[str, float] = {}
        for row, cells in content["rows"].items():
            self._read(row, cells, list(given))
        self.metrics = {metric: _metric(metric, entry, self._printed(metric)) for metric, entry in given.items()}
        self.headline = content.get("headline", next(iter(self.metrics)))
        self.method = content.get("method")
        self.ours = {row: _own_row(entry) for row, entry in content.get("ours", {}).items()}
        self.claims = [Claim(**claim) for claim in content.get("claims", [])]
        self.stated = StatedRule.read(content.get("stated"))
        self._check(content)

    @classmethod
    def load(cls, name: str) -> Description:
        """The description of a table of the book.

        :raises KeyError: for a name without a file in book/tables.
        """
        path = book_folder() / "tables" / f"{name}.yaml"
        if not path.exists():
            known = ", ".join(sorted(p.stem for p in path.parent.glob("*.yaml")))
            raise KeyError(f"there is no table {name!r}: known are {known}")
        return cls(name, yaml.safe_load(path.read_text(encoding="utf-8")))

    def _read(self, row: str, cells: Mapping[str, Any], metrics: list[str]) -> None:
        """One row as the paper prints it: a list of a column's metrics; or, where the columns are the metrics, a value each.

        A value with a standard deviation is a pair.
        """
        self.paper[row], self.spreads[row] = {}, {}
        cells = {str(column): cell for column, cell in cells.items()}
        self.seconds |= {row: cells["seconds"]} if "seconds" in cells else {}
        cells = {column: cell for column, cell in cells.items() if not column.startswith("seconds")}
        known = metrics if self.columns == [ONLY] else self.columns
        if unknown := [column for column in cells if column not in known]:
            raise ValueError(f"table {self.name}, row {row}: {unknown[0]!r} is none of {known}")
        if self.columns == [ONLY]:
            cells = {ONLY: [cells.get(metric) for metric in metrics]}
        for column, cell in cells.items():
            if len(cell) != len(metrics):
                raise ValueError(f"table {self.name}, {row}, {column}: {cell} has not one value for each of {metrics}")
            pairs = {m: value if isinstance(value, list) else [value] for m, value in zip(metrics, cell, strict=True)}
            self.paper[row][column] = {m: pair[0] for m, pair in pairs.items() if pair[0] is not None}
            self.spreads[row][column] = {m: pair[1] for m, pair in pairs.items() if len(pair) > 1}

    def _printed(self, metric: str) -> Iterable[float]:
        return [cell[metric] for cells in self.paper.values() for cell in cells.values() if metric in cell]

    def _check(self, content: Mapping[str, Any]) -> None:
        where = f"table {self.name}"
        if unknown := set(content) - KEYS:
            raise ValueError(f"{where} has an entry {sorted(unknown)[0]!r}: expected some of {sorted(KEYS)}")
        if taken := {*RESERVED, "images"} & set(self.metrics):
            raise ValueError(f"{where}: no metric may be called {sorted(taken)[0]!r}")
        if self.headline not in self.metrics:
            raise ValueError(f"{where}: the headline is {self.headline!r}: expected one of {list(self.metrics)}")
        if self.method is not None and self.method not in self.paper:
            raise ValueError(f"{where}: the method is {self.method!r}: expected one of {list(self.paper)}")
        for row, own in self.ours.items():
            if own.paper is not None and own.paper not in self.paper:
                raise ValueError(f"{where}: our row {row!r} stands beside {own.paper!r}, which the paper has not")
        if self.stated and not {self.stated.metric, *self.stated.trained} <= {*self.metrics, *self.ours}:
            raise ValueError(f"{where}: {self.stated} names a metric or a row of ours that is not there")
        for claim in self.claims:
            rows = [claim.row] + ([claim.better_than] if claim.better_than else [])
            if not (set(rows) <= set(self.ours) and claim.column in self.columns and claim.metric in self.metrics):
                raise ValueError(f"{where}: the claim {str(claim)!r} names a row, column or metric that is not there")


def _metric(name: str, entry: str | Mapping[str, Any], printed: Iterable[float]) -> Metric:
    entry = {"better": entry} if isinstance(entry, str) else dict(entry)
    known = {field.name for field in fields(Metric)} - {"name"}
    if unknown := set(entry) - known:
        raise ValueError(f"metric {name} has an entry {sorted(unknown)[0]!r}: expected some of {sorted(known)}")
    places = [max(0, -Decimal(repr(value)).normalize().as_tuple().exponent) for value in printed]
    return Metric(name, **{"digits": max(places, default=4), **entry})


def _unit(entry: str | list[str]) -> Unit:
    return Unit(entry, f"{entry}s") if isinstance(entry, str) else Unit(*entry)


def _own_row(entry: Mapping[str, Any]) -> OwnRow:
    columns = entry.get("columns")
    return OwnRow(entry.get("paper"), entry.get("note", ""), None if columns is None else tuple(columns))
