"""A method's numbers: values per unit, and the differences of two methods on the same units."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.special import stdtr

from mddl_lib.results.metric import IMAGE, Metric, Unit


@dataclass
class Scores:
    """What a method reached on one set of data: {metric: one value a unit}.

    ``scores.dice`` is short for ``scores.values["dice"]``.
    """

    data: str
    data_sha256: str
    embedded: bool
    """whether the data is the embedded stand-in: then this is never the paper's row"""
    names: list[str]
    """of the units: images, subjects, slices, runs, query shapes"""
    values: dict[str, list[float]]
    seconds: list[float] = field(repr=False)
    """wall time of the method alone, one a unit; the only entry that differs from run to run"""
    unit: Unit = IMAGE
    described: dict[str, Metric] = field(default_factory=dict, repr=False)
    """how a metric is printed; one that is not described is printed with four decimals"""

    def __getattr__(self, metric: str) -> list[float]:
        values = self.__dict__.get("values", {})  # not there yet while an object is copied or read back
        if metric not in values:
            raise AttributeError(f"these scores have no {metric!r}: expected one of {list(values)}")
        return values[metric]

    def mean(self, metric: str) -> float:
        """The mean over the units of a metric, or of "seconds".

        :raises KeyError: for a metric that was not scored.
        """
        known = {**self.values, "seconds": self.seconds}
        if metric not in known:
            raise KeyError(f"these scores have no {metric!r}: expected one of {list(known)}")
        return statistics.fmean(known[metric])

    def __str__(self) -> str:
        words = []
        for name in self.values:
            metric = self.described.get(name) or Metric(name, "higher")
            words.append(f"{metric.title} {metric.quantity(self.mean(name))}")
        return f"{self.unit.count(len(self.names))} of {self.data}: {', '.join(words)}"


@dataclass(frozen=True)
class Paired:
    """Differences between two methods, unit by unit."""

    mean: float
    spread: float
    """standard deviation over the units"""
    wins: int
    count: int
    metric: Metric
    unit: Unit

    @property
    def p(self) -> float:
        r"""The p of a paired t-test, two-sided: how often chance alone would give a mean difference this large or larger.

        :math:`t = \bar d / (s / \sqrt n)` has Student's distribution with n − 1 degrees of freedom, if the differences are normal
        and independent. 1 where they are all zero; nan of a single unit.
        """
        if self.count < 2:
            return math.nan
        if self.spread == 0:
            return 0.0 if self.mean else 1.0
        return float(2 * stdtr(self.count - 1, -abs(self.mean) * math.sqrt(self.count) / self.spread))

    def __str__(self) -> str:
        difference = self.metric.text(self.mean, self.spread, signed=True)
        return f"{difference}, better on {self.wins} of {self.unit.count(self.count)}"


@dataclass(frozen=True)
class Comparison:
    """The paper's number and ours in one place of the table; None is a number that is not there."""

    paper: float | None
    paper_spread: float | None
    ours: float | None
    spread: float | None
    """standard deviation of ours over the units; None of a single one"""
    difference: float | None
    """ours minus the paper's; None where ours is of the embedded stand-in"""


def paired(first: Sequence[float], second: Sequence[float], metric: Metric, unit: Unit) -> Paired:
    """First minus second.

    :param first: one value a unit.
    :param second: of the same units, in the same order.
    :raises ValueError: for none, or for lists of different lengths.
    """
    if not len(first) or len(first) != len(second):
        raise ValueError(f"{len(first)} values and {len(second)}: expected one of each method for the same {unit.many}")
    difference = np.subtract(first, second)
    return Paired(
        float(difference.mean()),
        spread(difference),
        int((metric.sign * difference > 0).sum()),
        len(difference),
        metric,
        unit,
    )


def spread(values: Sequence[float]) -> float:
    """The standard deviation of a sample; 0 of a single value.

    :raises ValueError: for no value.
    """
    if not len(values):
        raise ValueError("no values: expected one or more")
    return float(np.std(values, ddof=min(1, len(values) - 1)))
