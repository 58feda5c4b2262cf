"""The talk's third table: two convolutional networks, ten thousand steps, scored on the test digits.

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
from mddl_lib.optimizers.optimizees.convolutional import Convolutional
from mddl_lib.optimizers.optimizees.digits import Digits
from mddl_lib.optimizers.rivals import CosineAdam
from mddl_lib.optimizers.rows import itself
from mddl_lib.optimizers.scoring import Trainings
from mddl_lib.optimizers.studies.long_training import kept_file, train_long
from mddl_lib.results.cells import Cell
from mddl_lib.results.metric import Metric
from mddl_lib.results.scores import Scores

STEPS = 10_000
COLUMNS = {"CNN 1": "cnn1", "CNN 2": "cnn2"}
RATES = {"cnn1": 0.0055625, "cnn2": 0.00255243}
"""Adam's learning rate for 10 000 steps. Source: the release of Wang et al."""
PRINTED = ("Adam", "DMoptimizer", "RNNprop", "HyperAdam")
"""the paper's rows; the book's further ones are trained on the first network alone"""
DESCRIBED = {
    "loss": Metric("loss", "lower", 4, title="loss on the test digits"),
    "top1": Metric("top1", "higher", 2, unit="%", title="top-1"),
    "top2": Metric("top2", "higher", 2, unit="%", title="top-2"),
}


@dataclass(frozen=True)
class OnTestDigits:
    """Trains on some digits, scores on others. Called as :func:`mddl_lib.results.cells.fill` calls."""

    test: Digits
    steps: int = STEPS
    folder: Path | None = None
    """where each training is kept, to go on from; None: nowhere"""
    compiled: bool = False
    """see :func:`mddl_lib.optimizers.studies.long_training.train_long`"""

    def __call__(
        self, optimizer: Any, trainings: Trainings, optimizee: Convolutional, images: int | None = None, progress: bool = True
    ) -> Scores:  # fmt: skip
        """Loss, top-1 and top-2 of the network after its last step, on all test digits; a run is a unit."""
        count = trainings.count(images)
        arguments.counts(1, images=count)
        values: dict[str, list[float]] = {name: [] for name in DESCRIBED}
        seconds = []
        for run in range(count):
            kept = kept_file(self.folder, optimizee, optimizer, run)
            done = train_long(
                optimizer, optimizee, self.steps, run, checkpoint=kept, compiled=self.compiled, progress=progress
            )
            found = optimizee.scores(done.parameters, self.test)
            for name, share in {"loss": 1, "top1": 100, "top2": 100}.items():
                values[name].append(share * found[name])
            seconds.append(done.seconds)
        return trainings.scores(values, seconds, DESCRIBED)


def convolutional_cells(digits: Digits, networks: Mapping[str, Any], steps: int = STEPS) -> list[Cell]:
    """Every row and column of the table ``hyperadam_cnn``, for :func:`mddl_lib.results.cells.fill` with :class:`OnTestDigits`.

    :param networks: row → a function that loads a learned optimizer.
    """
    arguments.counts(1, steps=steps)
    cells = []
    for column, name in COLUMNS.items():
        problem, rate = Convolutional(digits, name), RATES[name]
        by_hand = {"Adam": Adam(rate), "Adam, cosine decay": CosineAdam(rate, horizon=steps)}
        makes = {row: functools.partial(itself, optimizer) for row, optimizer in by_hand.items()} | dict(networks)
        for row, make in makes.items():
            if row in PRINTED or column == "CNN 1":
                origin = {"learning_rate": rate} if row in by_hand else {"method": row}
                cells.append(Cell(row, column, make, problem, {**origin, "steps": steps}, slow=True))
    return cells
