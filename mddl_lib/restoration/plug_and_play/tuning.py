"""The constants of every method on the five blurs and the mosaic: the best of a grid on photographs that no table tests.

Taught in :doc:`/recent/learned_proximal_operators`.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from tqdm import tqdm

from mddl_lib.core import arguments
from mddl_lib.core.unrolled import Unrolled
from mddl_lib.environment import quiet
from mddl_lib.models.admm import total_variation
from mddl_lib.restoration.plug_and_play.algorithms import annealed, plugged
from mddl_lib.restoration.plug_and_play.deblurring import SETTINGS, blurred, score
from mddl_lib.restoration.plug_and_play.splittings import Denoise

STORED = Path(__file__).parent / "tuned.json"
"""{blur: {method: every trial}}, as :func:`tune` found it"""
TURNS = 16
"""of the methods with fixed constants"""

Maker = Callable[..., Unrolled]

GRIDS: dict[str, dict[str, tuple[float, ...]]] = {
    "Total variation": {"weight": (1.0, 2.0, 4.0, 8.0, 16.0)},
    "fixed": {"strength": (5.0, 10.0, 20.0, 40.0), "weight": (0.1, 0.3, 1.0)},
    "annealed": {"weight": (0.03, 0.1, 0.25, 0.6), "last": (0.5, 1.0, 1.6, 2.5)},
}
"""what is tried: weights in units of the noise's variance, strengths in grey levels, ``last`` in units of the noise"""


def make(method: str, noise: float, denoise: Denoise, algorithm: str = "ADMM", **constants: float) -> Unrolled:
    """A method with constants as the grids have them.

    :param method: a key of :data:`GRIDS`.
    :param noise: the measurement's, for images in [0, 1].
    :param algorithm: for the method "fixed", one of :data:`~.algorithms.TURNS`.
    :raises KeyError: for another method.
    """
    arguments.positive(noise=noise)
    if method == "Total variation":
        return total_variation(constants["weight"] * noise**2, turns=100)
    if method == "fixed":
        strength = constants["strength"] / 255
        return plugged(algorithm, denoise, strength, constants["weight"] * noise**2 / strength**2, TURNS)
    if method == "annealed":
        return annealed(denoise, noise, constants["weight"], last=max(noise * constants["last"], 1 / 255))
    raise KeyError(f"method is {method!r}: expected one of {list(GRIDS)}")


class Crops(list):
    """The middles of evenly spread photographs of ``bsd400``: what constants are chosen on."""

    name, sha256, embedded = "middles of bsd400", "", False

    def __init__(self, data: Any, images: int = 4, side: int = 128) -> None:
        arguments.counts(1, images=images, side=side)
        for index in np.linspace(0, len(data) - 1, images):
            sample = data[int(index)]
            top, left = ((length - side) // 2 for length in sample.array.shape)
            self.append(SimpleNamespace(name=sample.name, array=sample.array[top : top + side, left : left + side]))


def tune(method: str, letter: str, denoise: Denoise, data: Any) -> list[dict[str, float]]:
    """Every trial of a method's grid on one blur, the best first.

    :param data: photographs to choose on, such as ``Crops(load("bsd400"))``.
    :raises KeyError: for another method or blur.
    """
    if method not in GRIDS:
        raise KeyError(f"method is {method!r}: expected one of {list(GRIDS)}")
    physics, grid, trials = blurred(letter), GRIDS[method], []
    for values in tqdm(list(itertools.product(*grid.values())), desc=f"{method}, blur {letter}", disable=quiet()):
        constants = dict(zip(grid, values, strict=True))
        model = make(method, SETTINGS[letter].noise, denoise, **constants)
        found = score(model, data, physics, seed=1, progress=False).mean("psnr")
        trials.append({"psnr": round(found, 4), **constants})
    return sorted(trials, key=lambda trial: -trial["psnr"])


def tuned(row: str, letter: str) -> dict[str, float]:
    """The best constants of a row on a blur, as they are stored.

    :raises KeyError: for a row or blur that was not tuned.
    """
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    if letter not in stored or row not in stored[letter]:
        raise KeyError(
            f"{row!r} was not tuned on blur {letter!r}: expected one of {sorted(stored.get('a', {}))}, a to e"
        )
    best = dict(stored[letter][row][0])
    best.pop("psnr")
    return best


def store(row: str, letter: str, trials: list[dict[str, float]]) -> None:
    """Keep the trials of a row on a blur beside those that are there."""
    stored = json.loads(STORED.read_text(encoding="utf-8")) if STORED.exists() else {}
    stored.setdefault(letter, {})[row] = trials
    STORED.write_text(json.dumps(stored, indent=1, sort_keys=True) + "\n", encoding="utf-8")
