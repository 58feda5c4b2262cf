"""Does the paper's ranking hold of our numbers? Every pair of rows that the paper keeps apart, and what we measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mddl_lib.results.tables import Paired, ResultTable


@dataclass(frozen=True)
class Order:
    """One pair of the paper's rows, by the names of ours."""

    better: str
    worse: str
    column: str
    margin: float
    """of the paper's means, positive"""
    ours: Paired
    """better minus worse, image by image"""
    kept: bool

    def __str__(self) -> str:
        return f"{self.better} over {self.worse}, {self.column}: paper {self.margin:+.2f}, ours {self.ours}"


def orders(table: ResultTable, metric: str = "psnr", margin: float = 0.3) -> list[Order]:
    """Every pair of rows whose means differ in the paper by more than ``margin``, where both have a row of ours.

    A paper row with several rows of ours is taken by the first that was computed. Embedded stand-ins do not count.
    """
    found = []
    sign = 1 if table.higher_is_better(metric) else -1
    for column in table.columns:
        ours: dict[str, str] = {}
        for row in table.announced():
            entry, paper = table.entry(row, column), table.paper_row(row)
            if paper and entry and not entry["embedded"]:
                ours.setdefault(paper, row)
        ranked = [paper for paper in table.paper if paper in ours and metric in table.paper[paper].get(column, {})]
        for better in ranked:
            for worse in ranked:
                gap = sign * (table.paper[better][column][metric] - table.paper[worse][column][metric])
                if gap > margin:
                    paired = table.paired(ours[better], ours[worse], column, metric)
                    found.append(Order(ours[better], ours[worse], column, gap, paired, sign * paired.mean > 0))
    return found
