"""The cells of the table ``neural_em``: how well shapes are told apart, by whom, with how many components.

Taught in :doc:`/statistical/neural_em`.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from typing import Any, NamedTuple

import torch

from mddl_lib.results.cells import Cell
from mddl_lib.statistics.neural_em.network import groups
from mddl_lib.statistics.neural_em.pixel_mixture import first_responsibilities
from mddl_lib.statistics.neural_em.scoring import adjusted_mutual_information, by_hand
from mddl_lib.statistics.neural_em.shapes import Shapes, flying, static


class Setting(NamedTuple):
    """What is to be grouped, and with how many components."""

    kind: str
    objects: int
    components: int

    def shapes(self, count: int) -> Shapes:
        """The test pictures, or films: seeds that no training draws from."""
        return (
            static(count, self.objects, 900_001) if self.kind == "static" else flying(count, self.objects, 21, 900_001)
        )


COLUMNS = {
    "3 shapes, K = 4": Setting("static", 3, 4),
    "3 shapes, K = 3": Setting("static", 3, 3),
    "3 shapes, K = 6": Setting("static", 3, 6),
    "5 shapes, K = 6": Setting("static", 5, 6),
    "flying, 3 shapes, K = 3": Setting("flying", 3, 3),
    "flying, 3 shapes, K = 5": Setting("flying", 3, 5),
    "flying, 5 shapes, K = 5": Setting("flying", 5, 5),
}
"""column → what it is; networks were trained on the first, and on the first flying one"""
PICTURES, FILMS = 300, 100
WEIGHTS = {"N-EM": "n_em", "RNN-EM": "rnn_em"}
BY_HAND = "EM by hand"


def seeds(row: str, setting: Setting) -> int:
    """How many trainings, or starts, a cell takes: five, but two of N-EM, and one on films."""
    if setting.kind == "flying":
        return 1
    return 2 if row == "N-EM" else 5


def digest(setting: Setting) -> str:
    """A hash of the test pictures."""
    shapes = setting.shapes(20)
    return hashlib.sha256(shapes.pixels.numpy().tobytes() + shapes.owners.numpy().tobytes()).hexdigest()


def grouped(network: Any, shapes: Shapes, components: int, seed: int) -> torch.Tensor:
    """The groups of the last turn, (N, P), from the first responsibilities of a seed."""
    first = first_responsibilities(len(shapes.pixels), components, shapes.pixels.shape[-1], seed)
    with torch.no_grad():
        for state in network.iterates(shapes.pixels, first):
            last = state
    return groups(last.estimate)


def truth(shapes: Shapes, turns: int) -> torch.Tensor:
    """The owners in the picture, or in the frame that the last turn's E step saw."""
    return shapes.owners if shapes.owners.ndim == 2 else shapes.owners[:, turns]


def cells(load: Callable[[str], Any], named: Callable[[str, int], str]) -> list[Cell]:
    """Every cell; the film's E steps look at the next frame.

    :param load: from a weights file's name to the network.
    :param named: from a plan and a seed to that name.
    """
    found = []
    for column, setting in COLUMNS.items():
        if setting.kind == "static":
            found += [
                Cell(row, column, functools.partial(_network, load, named, name), setting, {"weights": name}, slow=True)
                for row, name in WEIGHTS.items()
            ]
        else:
            make = functools.partial(_network, load, lambda name, seed: name, "rnn_em_flying")
            found.append(Cell("RNN-EM", column, make, setting, {"weights": "rnn_em_flying"}, slow=True))
        if (column != "3 shapes, K = 3" and setting.components != 5) or setting.objects == 5:
            found.append(Cell(BY_HAND, column, lambda: _by_hand, setting, {"components": setting.objects}, slow=True))
    return found


def _network(load: Callable[[str], Any], named: Callable[[str, int], str], name: str) -> Callable[[int, Setting], dict]:
    def measured(seed: int, setting: Setting) -> dict[str, float]:
        network = load(named(name, seed))
        shapes = setting.shapes(PICTURES if setting.kind == "static" else FILMS)
        found = grouped(network, shapes, setting.components, seed)
        return {"ami": _mean(adjusted_mutual_information(truth(shapes, network.turns), found))}

    return measured


def _by_hand(seed: int, setting: Setting) -> dict[str, float]:
    """Told the number of shapes; of a film it sees the last frame."""
    shapes = setting.shapes(PICTURES if setting.kind == "static" else FILMS)
    pixels = shapes.pixels if shapes.pixels.ndim == 2 else shapes.pixels[:, -1]
    owners = truth(shapes, -1)
    return {"ami": _mean(adjusted_mutual_information(owners, by_hand(pixels, setting.objects, 25, 3, seed)))}


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
