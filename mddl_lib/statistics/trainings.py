"""What this field's tables average over: trainings that differ in their seed alone.

Taught in :doc:`/statistical/crf_as_rnn`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mddl_lib.core import arguments
from mddl_lib.results.metric import Metric, Unit
from mddl_lib.results.scores import Scores

TRAINING = Unit("training", "trainings")


@dataclass(frozen=True)
class Trainings:
    """Seeds 1, 2, … and the data on which their networks are tested."""

    name: str
    """of the test data"""
    sha256: str
    number: int
    embedded: bool = False
    """whether the data stand in for others"""

    def __len__(self) -> int:
        return self.number

    def __iter__(self) -> Iterator[str]:
        return (f"seed {seed}" for seed in range(1, self.number + 1))


def score(
    measured: Callable[[int, Any], Mapping[str, float]],
    trainings: Trainings,
    setting: Any,
    images: int | None = None,
    progress: bool = False,
    described: Mapping[str, Metric] | None = None,
) -> Scores:
    """Ask ``measured(seed, setting)`` of one seed after the other.

    :param images: how many seeds; None: all of ``trainings``.
    :param progress: taken for the sake of :func:`mddl_lib.results.cells.fill`, which gives it.
    :raises TypeError: for something that cannot be called, or no :class:`Trainings`.
    :raises ValueError: for a count below 1, or a seed that gives other metrics than the first.
    """
    arguments.callables(measured=measured)
    if not isinstance(trainings, Trainings):
        raise TypeError(f"trainings is {trainings!r}: expected Trainings, with the test data's name and hash")
    count = len(trainings) if images is None else min(images, len(trainings))
    arguments.counts(1, images=count)
    names, values, seconds = [], {}, []
    for seed, name in enumerate(list(trainings)[:count], start=1):
        start = time.perf_counter()
        found = dict(measured(seed, setting))
        seconds.append(float(found.pop("seconds", time.perf_counter() - start)))
        names.append(name)
        values = values or {metric: [] for metric in found}
        if set(found) != set(values):
            raise ValueError(f"seed {seed} gave {sorted(found)}: expected {sorted(values)}, as of the first")
        for metric, value in found.items():
            values[metric].append(float(value))
    return Scores(
        trainings.name, trainings.sha256, trainings.embedded, names, values, seconds, TRAINING, dict(described or {})
    )
