"""The cells of the table ``lista``: a pursuit's error after some layers, on sets of test vectors.

Taught in :doc:`/unrolling/lista`.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from mddl_lib.core import arguments
from mddl_lib.core.unrolled import Unrolled
from mddl_lib.results.cells import Cell
from mddl_lib.results.metric import Metric, Unit
from mddl_lib.results.scores import Scores
from mddl_lib.sparse_coding.pursuit import fista, ista
from mddl_lib.sparse_coding.setting import Setting, nmse_db

SET = Unit("set", "sets")
DESCRIBED = {"nmse": Metric("nmse", "lower", 1, unit="dB", title="NMSE")}
LAYERS = (4, 8, 12, 16)
TITLES = {"noiseless": Setting(), "20 dB": Setting(snr=20.0)}
"""the table's two settings, by what its columns say"""
WEIGHTS = {
    "LISTA": "lista", "LFISTA": "lfista", "LISTA-CP": "lista_cp", "LISTA-CPSS": "lista_cpss", "ALISTA": "alista",
}  # fmt: skip
"""row → the beginning of its weights' names"""
PENALTIES = {"ISTA": (0.02, 0.05, 0.1, 0.2, 0.4), "FISTA": (0.02, 0.05, 0.1, 0.2, 0.4)}
"""λ that tuning tries, on training vectors"""


@dataclass(frozen=True)
class Sets:
    """Test vectors of a setting, in sets: the error of a set is one value of the table."""

    setting: Setting
    number: int = 8
    vectors: int = 1024
    embedded: bool = False

    @property
    def name(self) -> str:
        return self.setting.name

    @property
    def sha256(self) -> str:
        return self.setting.sha256

    def __len__(self) -> int:
        return self.number

    def __iter__(self) -> Iterator[str]:
        return (f"set {index + 1}" for index in range(self.number))


@torch.no_grad()
def layer_errors(
    network: Unrolled, setting: Setting, number: int = 128, seed: int = 0, part: str = "test"
) -> list[float]:
    """NMSE in dB of the start and of every layer, on freshly drawn vectors.

    :raises TypeError: for something that is no :class:`~mddl_lib.core.unrolled.Unrolled` network or no :class:`Setting`.
    """
    if not isinstance(network, Unrolled) or not isinstance(setting, Setting):
        kinds = f"network is a {type(network).__name__}, setting a {type(setting).__name__}"
        raise TypeError(f"{kinds}: expected an Unrolled and a Setting")
    drawn = setting.draw(number, seed, part)
    return [nmse_db(state.estimate, drawn.codes) for state in network.iterates(drawn.signals, setting.physics)]


def score(network: Unrolled, sets: Sets, layers: int, images: int | None = None, progress: bool = False) -> Scores:
    """NMSE after so many layers, a value a set of vectors.

    :param layers: which estimate counts.
    :param progress: taken for the sake of :func:`mddl_lib.results.cells.fill`, which gives it.
    :raises IndexError: for more layers than the network has.
    """
    if not isinstance(sets, Sets):
        raise TypeError(f"sets is a {type(sets).__name__}: expected Sets")
    count = len(sets) if images is None else min(images, len(sets))
    arguments.counts(0, layers=layers)
    arguments.counts(1, images=count)
    if layers > network.turns:
        raise IndexError(f"layers is {layers}: expected at most {network.turns}, as many as the network has")
    values, seconds = [], []
    for seed in range(count):
        start = time.perf_counter()
        values.append(layer_errors(network, sets.setting, sets.vectors, seed)[layers])
        seconds.append((time.perf_counter() - start) / sets.vectors)
    names = [name for _, name in zip(range(count), sets, strict=False)]
    return Scores(sets.name, sets.sha256, sets.embedded, names, {"nmse": values}, seconds, SET, DESCRIBED)


@functools.cache
def tuned_penalty(row: str, setting: Setting, layers: int) -> float:
    """λ of ISTA or FISTA that gives the lowest error after so many turns, on training vectors.

    :raises KeyError: for another algorithm.
    """
    if row not in PENALTIES:
        raise KeyError(f"row is {row!r}: expected one of {list(PENALTIES)}")
    make = {"ISTA": ista, "FISTA": fista}[row]
    errors = {
        penalty: layer_errors(make(setting.physics, penalty, layers), setting, 256, 0, "train")[-1]
        for penalty in PENALTIES[row]
    }
    return min(errors, key=errors.__getitem__)


def column(title: str, layers: int) -> str:
    """A column's name: "16, noiseless".

    :raises KeyError: for no setting of the table.
    """
    if title not in TITLES:
        raise KeyError(f"title is {title!r}: expected one of {list(TITLES)}")
    return f"{layers}, {title}"


def cells(networks: Mapping[str, Callable[[], Any]], title: str) -> list[Cell]:
    """Every cell of one setting whose network is at hand.

    :param networks: weights' name → a function that loads it.
    """
    setting, short = TITLES[title], {"noiseless": "noiseless", "20 dB": "20db"}[title]
    found = []
    for layers in LAYERS:
        for row, make in {"ISTA": ista, "FISTA": fista}.items():
            penalty = tuned_penalty(row, setting, layers)
            made = functools.partial(make, setting.physics, penalty, layers)
            found.append(Cell(row, column(title, layers), made, layers, {"penalty": penalty}))
        for row, start in WEIGHTS.items():
            for seed in (1, 2, 3):
                name = f"{start}_{short}" + (f"_seed{seed}" if seed > 1 else "")
                if name in networks:
                    label = row + (f", seed {seed}" if seed > 1 else "")
                    found.append(Cell(label, column(title, layers), networks[name], layers, {"weights": name}))
    return found
