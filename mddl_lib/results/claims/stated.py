"""What the paper's rows state of each other: every order and every margin, as claims about ours that nobody has picked."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from mddl_lib.results.claims.claim import ONLY
from mddl_lib.results.scores import Paired
from mddl_lib.results.tables import ResultTable

HOLDS = {True: "holds", False: "fails", None: "not yet"}


@dataclass(frozen=True)
class Stated:
    r"""Two rows that the paper keeps apart in one column, by the names of ours.

    The *order* holds where ours have the same sign. The *margin* holds where ours is no smaller than the paper's, less a
    tolerance: what rounding leaves open of two printed numbers, and two standard deviations of a trained row, times
    :math:`\sqrt 2` where both rows were trained.
    """

    better: str
    worse: str
    column: str
    margin: float
    """of the paper's means, positive"""
    tolerance: float
    ours: Paired | None
    """better minus worse, unit by unit; None where one of the two has no full result"""
    off: tuple[float, float]
    """by how much our mean lies above the paper's, of the better and of the worse row"""

    @property
    def order(self) -> str:
        """holds, fails or not yet"""
        return HOLDS[None if self.ours is None else self.ours.metric.sign * self.ours.mean > 0]

    @property
    def size(self) -> str:
        """of the margin: holds, fails or not yet"""
        enough = self.margin - self.tolerance
        return HOLDS[None if self.ours is None else self.ours.metric.sign * self.ours.mean >= enough]

    @property
    def words(self) -> tuple[str, str]:
        """The two verdicts."""
        return self.order, self.size

    @property
    def reason(self) -> str:
        """Which of the two rows left the paper's number, and by how much: what a failure comes from. Empty where both hold."""
        if self.ours is None or "fails" not in self.words:
            return ""
        text = self.ours.metric.text
        return "; ".join(
            f"our {row} is {text(by, signed=True)} from the paper's"
            for row, by in zip((self.better, self.worse), self.off, strict=True)
        )

    def __str__(self) -> str:
        return f"{self.better} over {self.worse}" + ("" if self.column == ONLY else f", {self.column}")


def stated(table: ResultTable) -> list[Stated]:
    """Every order and margin of a table whose file has ``stated``: all pairs of its rows that the paper's digits keep apart.

    A paper row with several rows of ours is taken by the first of them that the column is meant for.

    :returns: an empty list for a table whose file does not ask for it: its claims are written one by one.
    """
    rule = table.description.stated
    return [] if rule is None else list(_pairs(table))


def _pairs(table: ResultTable) -> Iterator[Stated]:
    rule, metric = table.description.stated, table.metric(table.description.stated.metric)
    for column in table.columns:
        beside: dict[str, str] = {}
        for row in table.announced():
            paper = table.paper_row(row)
            if paper and table.expects(row, column) and metric.name in table.paper[paper].get(column, {}):
                beside.setdefault(paper, row)
        for one, other in itertools.combinations(beside, 2):
            first, second = (table.paper[paper][column][metric.name] for paper in (one, other))
            better, worse = (one, other) if metric.sign * (first - second) > 0 else (other, one)
            rows, margin = (beside[better], beside[worse]), abs(first - second)
            tolerance = rule.tolerance(metric.digits, rows)
            if round(margin - tolerance, 9) <= 0:
                continue  # the paper's digits, or the draw of a training, leave their order open
            known = [table.entry(row, column) for row in rows]
            there = all(entry is not None and not entry["embedded"] and metric.name in entry for entry in known)
            off = tuple(
                table.mean(row, column, metric.name) - table.paper[paper][column][metric.name] if there else 0.0
                for row, paper in zip(rows, (better, worse), strict=True)
            )
            ours = table.paired(*rows, column, metric.name) if there else None
            yield Stated(*rows, column, margin, tolerance, ours, off)
