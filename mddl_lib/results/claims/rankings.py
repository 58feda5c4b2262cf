"""Does the paper's ranking hold of our numbers? Every pair of rows that the paper keeps apart, and what we measured."""

from __future__ import annotations

from dataclasses import dataclass

from mddl_lib.results.claims.claim import ONLY
from mddl_lib.results.scores import Paired
from mddl_lib.results.tables import ResultTable


@dataclass(frozen=True)
class Order:
    """One pair of the paper's rows, by the names of ours."""

    better: str
    worse: str
    column: str
    margin: float
    """of the paper's means, positive"""
    ours: Paired
    """better minus worse, unit by unit"""
    kept: bool

    def __str__(self) -> str:
        margin = self.ours.metric.text(self.ours.metric.sign * self.margin, signed=True)
        where = "" if self.column == ONLY else f", {self.column}"
        return f"{self.better} over {self.worse}{where}: paper {margin}, ours {self.ours}"


def orders(table: ResultTable, metric: str | None = None, margin: float | None = None) -> list[Order]:
    """Every pair of rows whose means differ in the paper by more than ``margin``, where both have a row of ours.

    A paper row with several rows of ours is taken by the first that was computed. Embedded stand-ins do not count.

    :param metric: None: the one of the table's headline.
    :param margin: None: as the table's file says of the metric.
    :raises KeyError: for a metric that the table has not, and for two rows that were computed on different units.
    """
    described = table.metric(metric or table.description.headline)
    metric, margin, sign = described.name, described.margin if margin is None else margin, described.sign
    found = []
    for column in table.columns:
        ours: dict[str, str] = {}
        for row in table.announced():
            entry, paper = table.entry(row, column), table.paper_row(row)
            if paper and entry and not entry["embedded"] and metric in entry:
                ours.setdefault(paper, row)
        ranked = [paper for paper in table.paper if paper in ours and metric in table.paper[paper].get(column, {})]
        for better in ranked:
            for worse in ranked:
                gap = sign * (table.paper[better][column][metric] - table.paper[worse][column][metric])
                if gap > margin:
                    paired = table.paired(ours[better], ours[worse], column, metric)
                    found.append(Order(ours[better], ours[worse], column, gap, paired, sign * paired.mean > 0))
    return found
