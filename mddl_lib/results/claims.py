"""What must hold of our numbers: the claims that stand beside every table of the paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mddl_lib.results.tables import ResultTable


@dataclass(frozen=True)
class Claim:
    """One sentence about our rows that a computer can check. Exactly one of the three forms is filled in.

    ``near``: the mean lies within ``within`` of a number; ``at_least`` / ``at_most``: it reaches a bound; ``better_than``:
    it beats another row of ours by ``by``, image by image, on average.
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
    why: str = ""

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

    def holds(self, table: ResultTable) -> bool | None:
        """Whether the stored results bear it out; None when a row that it needs has no full result."""
        entry = table.entry(self.row, self.column)
        if entry is None or entry["embedded"]:
            return None
        if self.better_than is not None:
            other = table.entry(self.better_than, self.column)
            if other is None or other["embedded"]:
                return None
            sign = 1 if table.higher_is_better(self.metric) else -1
            return sign * table.paired(self.row, self.better_than, self.column, self.metric).mean >= self.by
        mean = table.mean(self.row, self.column, self.metric)
        if self.near is not None:
            return abs(mean - self.near) <= self.within
        return mean >= self.at_least if self.at_least is not None else mean <= self.at_most

    def __str__(self) -> str:
        subject = f"{self.row}, {self.column}, {self.metric.upper()}"
        if self.near is not None:
            return f"{subject}: {self.near:g} ± {self.within:g}"
        if self.better_than is not None:
            return f"{subject}: better than {self.better_than} by {self.by:g} or more"
        if self.at_least is not None:
            return f"{subject}: at least {self.at_least:g}"
        return f"{subject}: at most {self.at_most:g}"
