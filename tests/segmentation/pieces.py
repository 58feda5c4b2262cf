"""Small pictures, atlases and fusions that the tests of this field share."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from mddl_lib.segmentation.atlases import Atlas
from mddl_lib.segmentation.problems import Fusion


def draw(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def fusion(count: int = 3, masks: int = 2, height: int = 14, width: int = 19, batch: int = 1) -> Fusion:
    """Random pictures and masks, in doubles."""
    return Fusion(
        draw(batch, 1, height, width),
        draw(batch, count, 1, height, width, seed=1),
        (draw(batch, count, masks, height, width, seed=2) > 0).double(),
        (draw(batch, masks, height, width, seed=3) > 0).double(),
    )


def disc(row: float = 32.0, column: float = 32.0, radius: float = 14.0, size: int = 64, name: str = "disc") -> Atlas:
    """A bright disc in a dark ring on grey ground that brightens to the right."""
    rows, columns = np.mgrid[:size, :size]
    distance = np.hypot(rows - row, columns - column)
    picture = (
        0.4
        + 0.2 * columns / size
        + 0.4 * (distance < 0.6 * radius)
        - 0.3 * (abs(distance - 0.8 * radius) < 0.2 * radius)
    )
    return Atlas(name, picture.astype(np.float32), {"label": (distance < radius).astype(np.float32)})
