"""Heads that are scored, one after the other: all slices of one case, and a mean over them for each measure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.results.metric import Unit
from mddl_lib.results.scores import Scores
from mddl_lib.results.units import Task, score_units
from mddl_lib.synthesis.measures import METRICS
from mddl_lib.synthesis.plans import CASES
from mddl_lib.synthesis.slices import Slices, load_slices

SUBJECT = Unit("subject", "subjects")

Method = Callable[[Tensor, int], Tensor]
"""from a case's MR slices (B, 1, H, W), from below upwards, and its number, to their CTs"""


class Heads:
    """The cases of a data set, one a unit.

    :param name: a data set with parts mr and ct.
    :param cases: which, in this order; None: all that it has.
    :raises ValueError: for a case that it has not.
    """

    def __init__(self, name: str, cases: tuple[int, ...] | None = None) -> None:
        from data_fetch import load

        data = load(name)
        self.name, self.sha256, self.embedded = data.name, data.sha256, data.embedded
        self.slices = load_slices(name)
        there = tuple(dict.fromkeys(self.slices.cases))
        self.cases = there if cases is None else tuple(cases)
        if missing := [case for case in self.cases if case not in there]:
            raise ValueError(f"{name} has no case {missing[0]}: expected one of {list(there)}")

    def __len__(self) -> int:
        return len(self.cases)

    def __getitem__(self, index: int) -> Slices:
        return self.slices.of(self.cases[index])


def scored_heads() -> Heads:
    """The seven heads of the table."""
    return Heads("aanlib_mrct", CASES)


def score(
    method: Method, data: Heads, mask: None = None, *, images: int | None = None, progress: bool = True
) -> Scores:
    """The CTs that a method makes of each head, compared with the real ones; a head's value is the mean over its slices.

    :param mask: not looked at; a table's filler hands it on.
    :param images: only the first so many heads.
    :raises TypeError: for a method that cannot be called.
    :raises ValueError: for a count that is none, and what a measure refuses, with the case's number.
    """
    arguments.callables(method=method)

    def task(index: int) -> Task:
        head, case = data[index], data.cases[index]
        return f"case {case}", lambda: torch.no_grad()(method)(head.mr, case), lambda made: values(made, head.ct)

    return score_units(data, SUBJECT, METRICS, task, images=images, progress=progress)


def values(made: Tensor, real: Tensor) -> dict[str, float]:
    """Each measure's mean over some slices.

    :raises ValueError: as :mod:`mddl_lib.synthesis.measures`.
    """
    return {name: float(measure(made, real).mean()) for name, measure in METRICS.items()}


def unchanged(mr: Tensor, case: int) -> Any:
    """The method that does nothing: the MR is handed on as the CT."""
    return mr
