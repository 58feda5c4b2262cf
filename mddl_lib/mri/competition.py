"""The classical methods of the CS-MRI tables by the name of their row, with the parameters that are tuned for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from mddl_lib.mri.admm import total_variation

Model = Callable[[Tensor, Any], Tensor]


@dataclass(frozen=True)
class Method:
    """One row of the table: how it is made and what is tried for it.

    Taught in :doc:`/models/competition`.
    """

    make: Callable[..., Model]
    """from parameters to ``model(y, physics)``"""
    grid: dict[str, tuple[float, ...]]
    """the values tried of each parameter; all combinations are"""
    every: int = 15
    """one training image in so many is used for tuning"""


METHODS: dict[str, Method] = {
    "TV": Method(
        lambda weight, ratio: total_variation(weight, ratio * weight, turns=80),
        {"weight": (3e-4, 5e-4, 7e-4, 1e-3, 1.4e-3, 2e-3), "ratio": (10.0, 20.0, 40.0)},
    ),
}
