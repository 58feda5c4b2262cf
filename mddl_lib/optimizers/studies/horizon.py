"""A table of the book's own after a figure of the paper: the loss long after the hundred steps of meta-training.

It reads the trainings of the convolutional table: the loss on the way, where that table has the end.

Taught in :doc:`/recent/learning_to_optimise`.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mddl_lib.core import arguments
from mddl_lib.optimizers.by_hand import Adam
from mddl_lib.optimizers.rivals import CosineAdam
from mddl_lib.optimizers.rows import itself
from mddl_lib.optimizers.scoring import Trainings
from mddl_lib.optimizers.studies.digits_networks import RATES
from mddl_lib.optimizers.studies.long_training import kept_file, smoothed_end, train_long
from mddl_lib.results.cells import Cell
from mddl_lib.results.metric import Metric
from mddl_lib.results.scores import Scores

STEPS = (100, 300, 1000, 3000, 10_000)
DESCRIBED = {"loss": Metric("loss", "lower", 4, title="mean loss of the last 50 steps")}


def column(steps: int) -> str:
    """A column's name: "100 steps".

    :raises ValueError: for a count below 1.
    """
    arguments.counts(1, steps=steps)
    return f"{steps} steps"


@dataclass(frozen=True)
class AfterSteps:
    """Trains for ``last`` steps, or reads what was kept, and scores the loss on the way. Called as
    :func:`mddl_lib.results.cells.fill` calls."""

    problem: Any
    """the optimizee, such as a :class:`~mddl_lib.optimizers.optimizees.convolutional.Convolutional`"""
    folder: Path | None = None
    last: int = max(STEPS)
    compiled: bool = False

    def __call__(
        self, optimizer: Any, trainings: Trainings, steps: int, images: int | None = None, progress: bool = True
    ) -> Scores:
        """The mean of the 50 losses before so many steps; a run is a unit."""
        count = trainings.count(images)
        arguments.counts(1, images=count, steps=steps)
        if steps > self.last:
            raise ValueError(f"steps is {steps}: expected at most {self.last}, as many as are made")
        losses, seconds = [], []
        for run in range(count):
            kept = kept_file(self.folder, self.problem, optimizer, run)
            done = train_long(
                optimizer, self.problem, self.last, run, checkpoint=kept, compiled=self.compiled, progress=progress
            )
            losses.append(smoothed_end(done.losses[:steps]))
            seconds.append(done.seconds * steps / self.last)
        return trainings.scores({"loss": losses}, seconds, DESCRIBED)


def horizon_cells(networks: Mapping[str, Any], steps: tuple[int, ...] = STEPS, last: int = max(STEPS)) -> list[Cell]:
    """Every cell of the table ``hyperadam_horizon``.

    :param networks: row → a function that loads a learned optimizer.
    :param last: the step at which the falling rate is zero.
    """
    arguments.counts(1, last=last, **{f"steps[{place}]": count for place, count in enumerate(steps)})
    rate = RATES["cnn1"]
    by_hand = {"Adam": Adam(rate), "Adam, cosine decay": CosineAdam(rate, horizon=last)}
    makes = {row: functools.partial(itself, optimizer) for row, optimizer in by_hand.items()} | dict(networks)
    return [
        Cell(row, column(count), make, count, {"method": row, "rate": rate, "last": last}, slow=True)
        for count in sorted(steps)
        for row, make in makes.items()
    ]
