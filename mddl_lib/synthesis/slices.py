"""Registered slices of MR and CT, case by case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mddl_lib.core import arguments


@dataclass(frozen=True)
class Slices:
    """Registered MR and CT slices, case by case: each (N, 1, H, W) from −1 to 1."""

    mr: Tensor
    ct: Tensor
    cases: tuple[int, ...]

    def __post_init__(self) -> None:
        arguments.tensors(mr=self.mr, ct=self.ct)
        if self.mr.shape != self.ct.shape or self.mr.ndim != 4 or len(self.mr) != len(self.cases):
            raise ValueError(
                f"mr has the shape {tuple(self.mr.shape)}, ct {tuple(self.ct.shape)}, for {len(self.cases)} cases: "
                "expected (slices, 1, height, width) of both, and a case a slice"
            )

    def of(self, case: int) -> Slices:
        """Those of one case, in their order.

        :raises ValueError: for a case without a slice.
        """
        places = [place for place, one in enumerate(self.cases) if one == case]
        if not places:
            raise ValueError(f"case is {case!r}: expected one of {sorted(set(self.cases))}")
        return Slices(self.mr[places], self.ct[places], (case,) * len(places))


def load_slices(name: str, cases: Sequence[int] | None = None) -> Slices:
    """The slices of a data set with parts mr and ct; a sample's name is its case and three digits.

    :param cases: only these; None: all. Phantoms have no cases, each is one of its own.
    :raises ValueError: when no slice is left.
    """
    from data_fetch import load

    found = []
    for sample in load(name):
        number = sample.name.split("_")[-1]
        case = int(number[:-3]) if sample.name.isdigit() else int(number)
        if cases is None or case in cases:
            found.append((case, sample.parts["mr"], sample.parts["ct"]))
    if not found:
        raise ValueError(f"{name} has no slice of the cases {cases}")
    mr, ct = (torch.from_numpy(np.stack([one[part] for one in found]))[:, None] * 2 - 1 for part in (1, 2))
    return Slices(mr, ct, tuple(one[0] for one in found))
