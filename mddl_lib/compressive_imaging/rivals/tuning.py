"""Constants of TVAL3 and NLR-CS, the best of a grid on training images; what was tried is stored beside what was chosen."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from mddl_lib.compressive_imaging.measured_crops import physics
from mddl_lib.compressive_imaging.rivals.low_rank import LowRankGroups
from mddl_lib.compressive_imaging.rivals.tval3 import TVAL3
from mddl_lib.core import arguments
from mddl_lib.core.metrics import psnr
from mddl_lib.environment import quiet
from mddl_lib.results.store import read_json, write_json

STORE = Path(__file__).with_name("tuned.json")
SIDE, SEED, TURNS = 128, 1, 12
"""pixels of the corners a side, seed of the operator, and turns of NLR-CS: as many as in the table"""
CORNERS = (40, 200, 330)
"""which photographs of bsd400 give their upper left corner"""
GRIDS = {
    "TVAL3": {"data": (2.0**6, 2.0**8, 2.0**10), "split": (2.0**1, 2.0**3, 2.0**5)},
    "NLR-CS": {"threshold": (0.0005, 0.002, 0.008), "weight": (0.005, 0.01, 0.02)},
}
"""method → what is tried of each constant; NLR-CS begins with the image of the tuned TVAL3"""


def tune(operator: str, percent: int, store: Path = STORE) -> dict[str, dict[str, float]]:
    """Try every combination for one operator and store all scores; a cell that is stored already is not tried again.

    :param operator: a key of :data:`~mddl_lib.compressive_imaging.measured_crops.OPERATORS`.
    :returns: what :func:`tuned` gives.
    :raises KeyError: for another operator.
    """
    at = physics(operator, (SIDE, SIDE), percent, SEED)
    truths = _corners()
    measured = [at.A(truth) for truth in truths]
    best: dict[str, dict[str, float]] = {}
    for name, grid in GRIDS.items():
        cell, stored = f"{operator}, {percent} %", read_json(store) if store.exists() else {}
        tried = stored.get(cell, {}).get(name, [])
        combinations = [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]
        for constants in tqdm(combinations, desc=f"{name}, {cell}", disable=quiet()):
            if any(constants.items() <= trial.items() for trial in tried):
                continue
            method = _method(name, constants, best)
            values = [float(psnr(method(y, at), x)) for y, x in zip(measured, truths, strict=True)]
            tried.append({**constants, "psnr": round(sum(values) / len(values), 4)})
            stored.setdefault(cell, {})[name] = tried
            write_json(store, stored)
        best[name] = _best(tried)
    return best


def tuned(operator: str, percent: int, store: Path = STORE) -> dict[str, dict[str, float]]:
    """{"TVAL3": {"data": …, "split": …}, "NLR-CS": {"threshold": …, "weight": …}} for an operator and its share of measurements.

    :raises KeyError: for what was not tuned.
    """
    arguments.counts(1, percent=percent)
    stored = read_json(store)
    cell = stored.get(f"{operator}, {percent} %", {})
    if set(cell) != set(GRIDS):
        raise KeyError(f"{operator!r} at {percent} % was not tuned: expected one of {'; '.join(stored)}")
    return {name: _best(tried) for name, tried in cell.items()}


def _method(
    name: str, constants: dict[str, float], best: dict[str, dict[str, float]]
) -> Callable[[Tensor, Any], Tensor]:
    if name == "TVAL3":
        return TVAL3(**constants)
    return LowRankGroups(TVAL3(**best["TVAL3"]), **constants, turns=TURNS)


def _best(tried: list[dict[str, float]]) -> dict[str, float]:
    chosen = max(tried, key=lambda trial: trial["psnr"])
    return {name: value for name, value in chosen.items() if name != "psnr"}


def _corners() -> list[Tensor]:
    from data_fetch import load  # here: what is tuned already needs no fetching

    data = load("bsd400")
    return [torch.from_numpy(data[number].array[:SIDE, :SIDE].copy())[None, None] for number in CORNERS]
