"""Does a fresh run confirm what is stored? Every value it recomputed, in every metric, within the metric's tolerance."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mddl_lib.results.description import Description
from mddl_lib.results.metric import Metric
from mddl_lib.results.store import Rows


@dataclass(frozen=True)
class Contradiction:
    """One stored value, or a whole cell, that a fresh run does not confirm."""

    row: str
    column: str
    reason: str
    """in words"""
    difference: float
    """of the two values, in the metric's unit; infinity where one of them is missing"""
    excess: float
    """the difference in tolerances, so that metrics can be compared"""


def contradictions(
    description: Description, stored: Rows, fresh: Rows, places: Collection[tuple[str, str]] | None = None
) -> list[Contradiction]:
    """Everything in ``stored`` that ``fresh`` does not confirm. A cell that is not stored cannot be contradicted.

    Embedded data says nothing about real data, nor real about embedded.

    :param places: the (row, column) pairs to look at; None: all that ``fresh`` holds.
    """
    found: list[Contradiction] = []
    for row, cells in fresh.items():
        for column, new in cells.items():
            old = stored.get(row, {}).get(column)
            if (
                old is None
                or old["embedded"] != new["embedded"]
                or (places is not None and (row, column) not in places)
            ):
                continue
            if (old["data"], old["data_sha256"]) != (new["data"], new["data_sha256"]):
                reason = f"the stored values are of {_data(old)}, this run's of {_data(new)}"
                found.append(Contradiction(row, column, reason, math.inf, math.inf))
                continue
            for metric in description.metrics.values():
                found += _in_one_metric(row, column, metric, old, new)
    return found


def stale_rows(found: Iterable[Contradiction]) -> dict[str, float]:
    """{row: the difference that lies furthest outside its tolerance}."""
    worst: dict[str, Contradiction] = {}
    for one in found:
        if one.row not in worst or one.excess > worst[one.row].excess:
            worst[one.row] = one
    return {row: one.difference for row, one in worst.items()}


def _in_one_metric(
    row: str, column: str, metric: Metric, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterable[Contradiction]:
    if metric.name not in new or metric.name not in old:
        where = "the stored cell" if metric.name not in old else "this run"
        yield Contradiction(row, column, f"{where} has no {metric.title}", math.inf, math.inf)
        return
    known = dict(zip(old["units"], old[metric.name], strict=True))
    for unit, value in zip(new["units"], new[metric.name], strict=True):
        if unit not in known:
            yield Contradiction(row, column, f"{metric.title} of {unit} is not stored", math.inf, math.inf)
            continue
        difference = abs(known[unit] - value)
        if not difference <= metric.tolerance:  # so that NaN is no confirmation
            reason = f"{metric.title} of {unit} is stored as {known[unit]:g}, this run gives {value:g}"
            excess = difference / metric.tolerance if metric.tolerance else math.inf
            yield Contradiction(row, column, reason, difference, excess)


def _data(entry: Mapping[str, Any]) -> str:
    return f"{entry['data']} ({entry['data_sha256'][:12]})"
