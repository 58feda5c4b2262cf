"""An optimizer's losses as the tables keep them: one training is a unit, and both readings of a final loss are kept.

Taught in :doc:`/recent/learning_to_optimise`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mddl_lib.core import arguments
from mddl_lib.optimizers.checks import is_optimizee, is_optimizer
from mddl_lib.optimizers.evaluation import minibatch_mean, train
from mddl_lib.results.metric import Metric, Unit
from mddl_lib.results.scores import Scores

RUN = Unit("run", "runs")
DESCRIBED = {
    "loss": Metric("loss", "lower", 3, title="loss at the last step"),
    "after": Metric("after", "lower", 3, title="loss after the last step"),
}


@dataclass(frozen=True)
class Trainings:
    """Runs to be made, as a table takes them: run r is drawn from (seed, r), so the first ten of a hundred are ten runs."""

    name: str
    """of the data"""
    sha256: str
    number: int = 100
    embedded: bool = False
    """whether the data is a stand-in: then no row is the paper's"""

    def __len__(self) -> int:
        return self.number

    def __iter__(self) -> Iterator[str]:
        return (f"run {index + 1}" for index in range(self.number))

    def count(self, images: int | None) -> int:
        """How many are made when so many are asked for; None: all."""
        return len(self) if images is None else min(images, len(self))

    def scores(self, values: dict[str, list[float]], seconds: list[float], described: dict[str, Metric]) -> Scores:
        """The values of the first runs, as a table takes them."""
        names = [name for _, name in zip(seconds, self, strict=False)]
        return Scores(self.name, self.sha256, self.embedded, names, values, seconds, RUN, described)


def score(
    optimizer: Any,
    trainings: Trainings,
    optimizee: Any,
    images: int | None = None,
    progress: bool = False,
    steps: int = 100,
    seed: int = 0,
) -> Scores:
    r"""Train so many times, and keep for each run two readings of "the final loss".

    .. math::
        \text{loss} = f_T(x_{T-1}), \qquad \text{after} = \frac1T \sum_{t=1}^{T} f_t(x_T)

    - :math:`f_t`: the loss on the minibatch of step t of T = ``steps``; :math:`x_t`: the parameters after t updates.

    The first is what the training sees at its last step, the second what the trained network gives on all its minibatches.

    :param images: how many runs; None: all of ``trainings``.
    :param progress: taken for the sake of :func:`mddl_lib.results.cells.fill`, which gives it.
    :raises TypeError: for something that is no optimizer, no optimizee or no :class:`Trainings`.
    :raises ValueError: for counts below 1, or a seed below 0.
    """
    is_optimizer(optimizer)
    is_optimizee(optimizee)
    if not isinstance(trainings, Trainings):
        raise TypeError(f"trainings is {trainings!r}: expected Trainings, with the data's name and hash")
    arguments.counts(1, images=len(trainings) if images is None else images, steps=steps)
    count = trainings.count(images)
    # on a CPU one by one: a run's rounding, which 100 steps may magnify, then does not depend on how many are made
    together = 1 if optimizee.device.type == "cpu" else 25
    start = time.perf_counter()
    runs = train(optimizer, optimizee, steps, count, seed, together)
    seconds = (time.perf_counter() - start) / count
    after = minibatch_mean(optimizee, runs.parameters, steps, seed)
    values = {"loss": runs.losses[:, -1].tolist(), "after": after.tolist()}
    return trainings.scores(values, [seconds] * count, DESCRIBED)
