"""Semantic segmentation, small: the left ventricle's inside in short-axis slices of the heart."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.deep.masks_objective import MasksObjective
from mddl_lib.training.recipe import Recipe

SIDE = 128


@functools.cache
def slices(name: str) -> tuple[Tensor, Tensor, tuple[str, ...]]:
    """Images (N, 1, 128, 128) from 0 to 1, masks of the same shape, and the slices' names.

    :param name: "sunnybrook/training" or "sunnybrook/validation", or "phantom_heart".
    :raises ValueError: for a set whose slices have no mask of the inside.
    """
    from data_fetch import load

    images, masks, names = [], [], []
    for sample in load(name):
        parts = dict(sample.parts)
        mask = next((parts[part] for part in ("endocardium", "inside", "label") if part in parts), None)
        if mask is None:
            raise ValueError(f"{name}: the parts are {list(parts)}: expected one that marks the ventricle's inside")
        images.append(_small(np.asarray(parts["image"], dtype=np.float32)))
        masks.append((_small(np.asarray(mask > 0, dtype=np.float32)) > 0.5).float())
        names.append(sample.name)
    return torch.stack(images), torch.stack(masks), tuple(names)


def dice(logits: Tensor, masks: Tensor) -> Tensor:
    r"""Overlap of each image, :math:`2|A \cap B| / (|A| + |B|)`, 1 where both are empty: (N,).

    :raises ValueError: for shapes that differ.
    """
    arguments.tensors(logits=logits, masks=masks)
    if logits.shape != masks.shape:
        raise ValueError(f"logits have the shape {tuple(logits.shape)}, masks {tuple(masks.shape)}: expected one")
    found = (logits > 0).float()
    both, total = (found * masks).flatten(1).sum(1), (found + masks).flatten(1).sum(1)
    return torch.where(total > 0, 2 * both / total.clamp_min(1), torch.ones_like(total))


@dataclass(frozen=True)
class HeartSlices:
    """Slices with masks."""

    data: tuple[str, ...] = ("sunnybrook/training",)

    def objective(self, network: nn.Module, recipe: Recipe) -> MasksObjective:
        """Cross-entropy and overlap."""
        images, masks, _ = slices(self.data[0])
        return MasksObjective(images, masks, recipe)

    def record(self) -> dict[str, Any]:
        """Data and size."""
        from data_fetch import load

        return {
            "data": {name: load(name).sha256 for name in self.data},
            "side": SIDE,
            "images": len(slices(self.data[0])[2]),
        }

    def __str__(self) -> str:
        return f"the ventricle's inside in {self.data[0]}"


def _small(image: np.ndarray) -> Tensor:
    x = torch.from_numpy(np.ascontiguousarray(image))[None, None]
    return F.interpolate(x / max(float(x.max()), 1e-6), (SIDE, SIDE), mode="area")[0]
