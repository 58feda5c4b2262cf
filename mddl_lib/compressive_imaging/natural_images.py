"""Which pixels of which photographs the table of natural images measures: middles of photographs, and the zebra."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from mddl_lib.core import arguments

SIDE = 256
ZEBRA = "test051"
"""the photograph of BSD68 that the talk's figure seems to show"""


class Middles:
    """The middle ``side`` × ``side`` pixels of each photograph of a data set: what a fast transform can take.

    :param data: a loaded data set, such as ``set12``.
    :raises ValueError: naming the photograph, for one that is smaller.
    """

    def __init__(self, data: Any, side: int = SIDE) -> None:
        arguments.counts(1, side=side)
        if not all(hasattr(data, part) for part in ("__len__", "__getitem__", "name", "sha256", "embedded")):
            raise TypeError(f"data is a {type(data).__name__}: expected a loaded data set, such as load('set12')")
        self.data, self.side = data, side
        self.name, self.sha256, self.embedded = data.name, data.sha256, data.embedded

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> SimpleNamespace:
        sample = self.data[index]
        top, left = ((length - self.side) // 2 for length in sample.array.shape[-2:])
        if min(top, left) < 0:
            raise ValueError(
                f"{sample.name} has the shape {sample.array.shape}: expected {self.side} pixels or more a side"
            )
        square = sample.array[..., top : top + self.side, left : left + self.side]
        return SimpleNamespace(name=sample.name, array=np.ascontiguousarray(square))

    def __iter__(self) -> Iterator[SimpleNamespace]:
        return (self[index] for index in range(len(self)))


class Zebra:
    """One photograph of BSD68 at the size of the authors' Walsh-Hadamard networks, 128 × 128, its areas averaged.

    :param bsd68: the loaded set.
    :raises KeyError: for a set without it.
    """

    def __init__(self, bsd68: Any, side: int = 128) -> None:
        self.name, self.sha256, self.embedded = bsd68.name, bsd68.sha256, bsd68.embedded
        found = [sample for sample in bsd68 if sample.name == ZEBRA]
        if not found:
            raise KeyError(f"{bsd68.name} has no photograph {ZEBRA!r}")
        whole = torch.from_numpy(found[0].array)[None, None]
        small = torch.nn.functional.interpolate(whole, (side, side), mode="area")[0, 0].numpy()
        self.samples = [SimpleNamespace(name=f"{ZEBRA}, {side} x {side}", array=small)]

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> SimpleNamespace:
        return self.samples[index]
