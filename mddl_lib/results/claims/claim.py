"""What must hold of our numbers: the claims that stand beside every table of the paper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

ONLY = "all"
"""the column of a table whose columns are its metrics: a name that says nothing, so that no sentence has it"""


@dataclass(frozen=True)
class Claim:
    """One sentence about our rows that a computer can check. Exactly one of the three forms is filled in.

    ``near``: the mean lies within ``within`` of a number; ``at_least`` / ``at_most``: it reaches a bound; ``better_than``:
    it beats another row of ours by ``by``, unit by unit, on average; with ``p_below`` a paired t-test on the units also has to
    give a p below it.

    :raises ValueError: for a claim that states nothing, or more than one thing, or a p without a row to compare with.
    """

    row: str
    column: str
    metric: str
    near: float | None = None
    within: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    better_than: str | None = None
    by: float = 0.0
    p_below: float | None = None
    why: str = ""
    fails: str = ""
    """why our rows do not bear it out; empty where they must. The tests hold it to that, both ways"""

    def __post_init__(self) -> None:
        forms = [
            self.near is not None,
            self.at_least is not None,
            self.at_most is not None,
            self.better_than is not None,
        ]
        if sum(forms) != 1 or (self.near is None) != (self.within is None):
            raise ValueError(
                f"{self!r} states {sum(forms)} things: expected one of near+within, at_least, at_most, better_than"
            )
        if self.p_below is not None and (self.better_than is None or not 0 < self.p_below < 1):
            raise ValueError(f"{self!r}: expected p_below between 0 and 1, of a claim with better_than")

    def sentence(self, title: str) -> str:
        """The claim in words; ``title`` is what the metric is called. A table's only column has no name worth saying."""
        subject = ", ".join([self.row, *([] if self.column == ONLY else [self.column]), title])
        if self.near is not None:
            return f"{subject}: {self.near:.10g} ± {self.within:.10g}"
        if self.better_than is not None:
            test = "" if self.p_below is None else f", paired t-test p < {self.p_below:.10g}"
            return f"{subject}: better than {self.better_than} by {self.by:.10g} or more{test}"
        if self.at_least is not None:
            return f"{subject}: at least {self.at_least:.10g}"
        return f"{subject}: at most {self.at_most:.10g}"

    def __str__(self) -> str:
        return self.sentence(self.metric.upper())


@dataclass(frozen=True)
class StatedRule:
    """How the orders and margins of the paper's rows become claims: see :mod:`mddl_lib.results.claims.stated`."""

    metric: str
    spread: float = 0.0
    """standard deviation of one training, over seeds"""
    trained: tuple[str, ...] = ()
    """rows of ours that such a draw made"""

    def tolerance(self, digits: int, rows: Iterable[str]) -> float:
        """Rounding of two printed numbers, and two standard deviations of the difference of so many trained rows."""
        draws = sum(row in self.trained for row in rows)
        return 10.0**-digits + 2 * self.spread * draws**0.5

    @classmethod
    def read(cls, content: Mapping[str, Any] | None) -> StatedRule | None:
        """What a table's file says under ``stated``; None for a file that says nothing."""
        return None if content is None else cls(**{**content, "trained": tuple(content.get("trained", ()))})
