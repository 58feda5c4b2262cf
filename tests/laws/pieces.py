"""Small parts that the cases of the laws share."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from tests.problems import problem


def draw(*shape: int) -> Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def whole(*shape: int) -> Tensor:
    return torch.zeros(shape, dtype=torch.int64)


X = draw(1, 1, 16, 16)
PROBLEM, _, Y = problem(16)
MEASURED = {"physics": PROBLEM, "y": Y}


def images(found: list[np.ndarray]) -> list[Tensor]:
    return [torch.from_numpy(np.ascontiguousarray(x))[None, None] for x in found]
