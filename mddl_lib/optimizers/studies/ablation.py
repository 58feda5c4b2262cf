"""HyperAdam with parts left out, each trained alike: what each part is worth. A table of the book's own.

Taught in :doc:`/recent/learning_to_optimise`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from mddl_lib.core import arguments
from mddl_lib.optimizers.learned import HyperAdam
from mddl_lib.optimizers.optimizees.digits import Digits
from mddl_lib.optimizers.optimizees.perceptron import Perceptron
from mddl_lib.optimizers.problems import Runs
from mddl_lib.results.cells import Cell
from mddl_lib.training.plan import Plan
from mddl_lib.training.recipe import Recipe
from mddl_lib.training.seeded import seeded


@dataclass(frozen=True)
class Variant:
    """One row of the ablation: the network's parts and the tricks of its training."""

    candidates: int = 20
    lstm: bool = True
    preprocessing: bool = True
    convex: bool = True
    scaling: bool = True

    def network(self) -> HyperAdam:
        """The network before training."""
        return HyperAdam(self.candidates, lstm=self.lstm, preprocessing=self.preprocessing)


VARIANTS: dict[str, Variant] = {
    "whole": Variant(),
    "without LSTM": Variant(lstm=False),
    "without preprocessing": Variant(preprocessing=False),
    "without either": Variant(lstm=False, preprocessing=False),
    "without convex part": Variant(convex=False),
    "without random scaling": Variant(scaling=False),
    "without both tricks": Variant(convex=False, scaling=False),
    **{f"J = {count}": Variant(count) for count in (1, 5, 10, 15, 25, 35)},
}
"""rows of the table; J = 20 is the whole"""
LAYERS = (1, 3, 4)
"""hidden layers of the optimizee: the columns"""


def weights_name(row: str) -> str:
    """The plan of a row: "hyperadam_study_without_lstm".

    :raises KeyError: for no row of the table.
    """
    if row not in VARIANTS:
        raise KeyError(f"row is {row!r}: expected one of {list(VARIANTS)}")
    return "hyperadam_study_" + row.lower().replace(" = ", "").replace(" ", "_")


PLANS: dict[str, Plan] = {
    # one recipe for all: what differs is the part that is left out
    weights_name(row): Plan(
        seeded(variant.network, 1),
        Runs(scaling=variant.scaling, convex=variant.convex, pooled=4),
        Recipe(700, learning_rate=1e-3, batch=4, symmetries=False, seed=1),
    )
    for row, variant in VARIANTS.items()
}


def column(layers: int) -> str:
    """A column's name: "1 layer", "3 layers".

    :raises ValueError: for a count below 1.
    """
    arguments.counts(1, layers=layers)
    return "1 layer" if layers == 1 else f"{layers} layers"


def ablation_cells(digits: Digits, networks: dict[str, Callable[[], nn.Module]]) -> list[Cell]:
    """Every cell of the table ``hyperadam_ablation`` whose network is at hand.

    :param networks: row → a function that loads its trained network, with a ``header``.
    """
    cells = []
    for layers in LAYERS:
        problem = Perceptron(digits, layers=layers)
        for row, load in networks.items():
            origin = {"weights": weights_name(row), "tensors_sha256": load().header["tensors_sha256"]}
            cells.append(Cell(row, column(layers), load, problem, origin, slow=True))
    return cells
