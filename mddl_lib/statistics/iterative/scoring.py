"""Bounds of test digits, by every kind of inference, and the cells of the table ``iterative_inference``.

Taught in :doc:`/statistical/iterative_inference`.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from mddl_lib.results.cells import Cell
from mddl_lib.statistics.iterative.encoders import GradientAscent, InferenceState, adam_ascent, iterative
from mddl_lib.statistics.iterative.latent_model import Belief
from mddl_lib.statistics.iterative.measuring import DRAWS, drawn, measure
from mddl_lib.statistics.iterative.tuning import TURNS as CLASSICAL
from mddl_lib.statistics.iterative.tuning import tuned

SAME, OWN = "same decoder", "own decoder"
TURNS = {"Iterative": (1, 2, 5, 10), **CLASSICAL}
"""for how many turns each kind stands in the table; the iterative encoder was trained for five"""

Load = Callable[[str], Any]


def infer(method: str, turns: int, loaded: Any, x: Tensor, step: Any = None) -> Belief:
    """λ of pictures by one of "One step", "Iterative", "Gradient ascent" and "Adam".

    :param loaded: the autoencoder whose decoder it is about; of "One step" its encoder answers.
    :param step: the network of an iterative encoder.
    :raises ValueError: for another word.
    """
    bound = drawn(loaded.model, len(x))
    with torch.no_grad():
        if method == "One step":
            return loaded(x)
        if method == "Iterative":
            return InferenceState(iterative(step, turns)(x, bound)).belief
        if method == "Gradient ascent":
            return InferenceState(iterative(GradientAscent(tuned(method, turns)), turns)(x, bound)).belief
        if method == "Adam":
            *_, last = adam_ascent(x, bound, tuned(method, turns), turns)
            return last.belief
    raise ValueError(f"method is {method!r}: expected 'One step' or one of {', '.join(TURNS)}")


def row_name(method: str, turns: int) -> str:
    """Such as "Iterative, 5 turns"."""
    return method if method == "One step" else f"{method}, {turns} turn{'s' * (turns != 1)}"


def cells(load: Load, named: Callable[[str, int], str]) -> list[Cell]:
    """Every cell of the table.

    :param load: from a weights file's name to the network.
    :param named: from a plan and a seed to that name.
    """
    found = [_cell("One step", 1, SAME, load, named)]
    found += [_cell(method, turns, SAME, load, named) for method, counts in TURNS.items() for turns in counts]
    return [*found, _cell("One step", 1, OWN, load, named), _cell("Iterative", 5, OWN, load, named)]


def _cell(method: str, turns: int, column: str, load: Load, named: Callable[[str, int], str]) -> Cell:
    def measured(seed: int, x: Tensor) -> dict[str, float]:
        own = column == OWN and method == "Iterative"
        loaded = load(named("iterative_digits" if own else "one_step_digits", seed))
        step = None
        if method == "Iterative":
            step = loaded.step if own else load(named("iterative_same_decoder", seed)).step
        start = time.perf_counter()
        belief = infer(method, turns, loaded, x, step)
        seconds = time.perf_counter() - start
        return measure(loaded.model, x, belief) | {"seconds": seconds}

    origin = {"turns": turns, "draws": DRAWS} | (
        {"step": tuned(method, turns)} if method in ("Gradient ascent", "Adam") else {}
    )
    return Cell(row_name(method, turns), column, functools.partial(_itself, measured), None, origin, slow=True)


def _itself(measured: Any) -> Any:
    return measured
