"""Patches of an image: take them out, and its adjoint, put them back. Everything is periodic, as the Fourier transform is.

Taught in :doc:`/models/competition`.
"""

from __future__ import annotations

import torch
from torch import Tensor


def corners(shape: tuple[int, int], step: int) -> Tensor:
    """Upper left corners of a regular grid of patches, as linear indices row · W + column: (N,), N = ⌈H/step⌉ ⌈W/step⌉.

    When ``step`` divides H, W and the patch's side s, every pixel lies in exactly (s/step)² patches: then
    ``put(take(x)) = (s/step)² x``, and patches divided by s/step are a tight frame.

    :raises ValueError: for a step below 1.
    """
    if step < 1:
        raise ValueError(f"step is {step}: expected 1 or more pixels")
    rows, columns = torch.arange(0, shape[0], step), torch.arange(0, shape[1], step)
    return (rows[:, None] * shape[1] + columns).flatten()


def patch_index(corner: Tensor, shape: tuple[int, int], size: int) -> Tensor:
    """The pixels of each patch, row by row, periodic: corners (…,) to linear indices (…, size²).

    :raises ValueError: for a patch larger than the image.
    """
    height, width = shape
    if not 1 <= size <= min(shape):
        raise ValueError(
            f"the patches have {size} x {size} pixels, the image {height} x {width}: expected smaller patches"
        )
    steps = torch.arange(size, device=corner.device)
    rows = (corner.div(width, rounding_mode="floor")[..., None] + steps) % height
    columns = (corner[..., None] % width + steps) % width
    return (rows[..., :, None] * width + columns[..., None, :]).flatten(-2)


def take(image: Tensor, index: Tensor) -> Tensor:
    r"""E x, the patches of one image: (1, 1, H, W) and an index (…, P) to (…, P)."""
    return image.reshape(-1)[index]


def put(patches: Tensor, index: Tensor, shape: tuple[int, int]) -> Tensor:
    r"""Eᵀ p, the adjoint of :func:`take`: each patch is added where it was taken, (…, P) to (1, 1, H, W)."""
    image = torch.zeros(shape[0] * shape[1], dtype=patches.dtype, device=patches.device)
    return image.index_add_(0, index.reshape(-1), patches.reshape(-1)).view(1, 1, *shape)


def coverage(index: Tensor, shape: tuple[int, int]) -> Tensor:
    """EᵀE, a diagonal: in how many patches each pixel lies, (1, 1, H, W)."""
    counts = torch.bincount(index.reshape(-1), minlength=shape[0] * shape[1])
    return counts.to(torch.get_default_dtype()).view(1, 1, *shape)
