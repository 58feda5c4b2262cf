"""A table of the book's own after a figure of the paper: the loss long after the hundred steps of meta-training.

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
from mddl_lib.optimizers.evaluation import ADAM_RATES
from mddl_lib.optimizers.optimizees.perceptron import Perceptron
from mddl_lib.optimizers.rivals import CosineAdam, Prodigy
from mddl_lib.optimizers.rows import itself
from mddl_lib.optimizers.scoring import RUN, Trainings
from mddl_lib.optimizers.studies.long_training import name_of, smoothed_end, train_long
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
    """Trains for so many steps, going on from where fewer ended. Called as :func:`mddl_lib.results.cells.fill` calls."""

    problem: Perceptron
    folder: Path | None = None

    def __call__(
        self, optimizer: Any, trainings: Trainings, steps: int, images: int | None = None, progress: bool = True
    ) -> Scores:
        """The mean of the last 50 losses; a run is a unit."""
        count = len(trainings) if images is None else min(images, len(trainings))
        arguments.counts(1, images=count, steps=steps)
        losses, seconds = [], []
        for run in range(count):
            kept = self.folder and self.folder / f"perceptron_{name_of(optimizer)}_{run + 1}.safetensors"
            done = train_long(optimizer, self.problem, steps, run, checkpoint=kept, progress=progress)
            losses.append(smoothed_end(done.losses))
            seconds.append(done.seconds)
        names = [name for _, name in zip(range(count), trainings, strict=False)]
        return Scores(
            trainings.name, trainings.sha256, trainings.embedded, names, {"loss": losses}, seconds, RUN, DESCRIBED
        )


def horizon_cells(networks: Mapping[str, Any], steps: tuple[int, ...] = STEPS) -> list[Cell]:
    """Every cell of the table ``hyperadam_horizon``, short ones first.

    :param networks: row → a function that loads a learned optimizer.
    """
    arguments.counts(1, **{f"steps[{place}]": count for place, count in enumerate(steps)})
    rate = ADAM_RATES["sigmoid"]
    cells = []
    for count in sorted(steps):
        by_hand: dict[str, Any] = {
            "Adam": Adam(rate),
            "Adam, cosine decay": CosineAdam(rate, horizon=max(steps)),
            "Prodigy": Prodigy(),
        }
        makes = {row: functools.partial(itself, optimizer) for row, optimizer in by_hand.items()}
        for row, make in {**makes, **networks}.items():
            cells.append(
                Cell(row, column(count), make, count, {"method": row, "rate": rate, "last": max(steps)}, slow=True)
            )
    return cells
