"""The cells of this field's tables: which optimizer, on which problem. A chapter fills them.

Taught in :doc:`/recent/learning_to_optimise`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from mddl_lib.optimizers.by_hand import Adam
from mddl_lib.optimizers.evaluation import ADAM_RATES, ADAM_RATES_SEQUENCE
from mddl_lib.optimizers.optimizees.digits import Digits
from mddl_lib.optimizers.optimizees.perceptron import Perceptron
from mddl_lib.optimizers.optimizees.sequences import SHA256, Sequences
from mddl_lib.optimizers.rivals import CosineAdam, Prodigy
from mddl_lib.optimizers.scoring import Trainings
from mddl_lib.results.cells import Cell

ACTIVATIONS = {"sigmoid": "sigmoid", "ReLU": "relu", "ELU": "elu", "tanh": "tanh"}
"""the table's columns and what the code calls them"""
LEARNED = {
    "DMoptimizer": "dmoptimizer", "RNNprop": "rnnprop", "HyperAdam": "hyperadam",
    "HyperAdam, seed 2": "hyperadam_seed2", "HyperAdam, seed 3": "hyperadam_seed3",
    "RNNprop, trained longer": "rnnprop_long", "HyperAdam, trained longer": "hyperadam_long",
    "HyperAdam, J = 10": "hyperadam_j10",
}  # fmt: skip
"""rows and the weights that fill them"""
SINES = Trainings("sines", SHA256)
"""the hundred trainings of the table ``hyperadam_sequence``"""
COSINE_RATES = {
    "sigmoid": 0.0441942, "ReLU": 0.03125, "ELU": 0.03125, "tanh": 0.0220971,
    "Baseline": 0.125, "Small noise": 0.125, "2-layer": 0.0883883,
}  # fmt: skip
"""the first rate of Adam with cosine decay: of powers of the root of two, the best on runs of seed 1 (the tables take 0)"""


def activation_cells(digits: Digits, networks: Mapping[str, Any]) -> list[Cell]:
    """Every row and column of the table ``hyperadam_activations``.

    :param networks: row → learned optimizer, or a function that loads one.
    """
    problems = {column: Perceptron(digits, name) for column, name in ACTIVATIONS.items()}
    return _cells(problems, {column: ADAM_RATES[name] for column, name in ACTIVATIONS.items()}, networks)


def sequence_problems() -> dict[str, Sequences]:
    """The three columns of the table ``hyperadam_sequence``."""
    return {"Baseline": Sequences(0.1), "Small noise": Sequences(0.01), "2-layer": Sequences(0.1, layers=2)}


def sequence_cells(networks: Mapping[str, Any]) -> list[Cell]:
    """Every row and column of the table ``hyperadam_sequence``.

    :param networks: row → learned optimizer, or a function that loads one.
    """
    return _cells(sequence_problems(), ADAM_RATES_SEQUENCE, networks)


def _cells(problems: Mapping[str, Any], rates: Mapping[str, float], networks: Mapping[str, Any]) -> list[Cell]:
    cells = []
    for column, problem in problems.items():
        by_hand = {
            "Adam": (Adam(rates[column]), {"learning_rate": rates[column]}),
            "Adam, cosine decay": (CosineAdam(COSINE_RATES[column]), {"learning_rate": COSINE_RATES[column]}),
            "Prodigy": (Prodigy(), {}),
        }
        for row, (optimizer, origin) in by_hand.items():
            cells.append(Cell(row, column, functools.partial(itself, optimizer), problem, origin, slow=True))
        for row, network in networks.items():
            make: Callable[[], Any] = network if not hasattr(network, "update") else functools.partial(itself, network)
            cells.append(Cell(row, column, make, problem, {"weights": LEARNED[row]}, slow=True))
    return cells


def itself(optimizer: Any) -> Any:
    """What makes a cell's optimizer when it is there already."""
    return optimizer
