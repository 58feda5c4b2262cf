"""What an MR and a CT of one head share: which patches near a pixel look like the patch around it (MIND)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from mddl_lib.core import arguments

REACH = 4
"""the non-local region is (2 · 4 + 1)² pixels without its centre: 80"""
PATCH = 3
"""a patch is (2 · 3 + 1)² pixels"""
SIGMA = 2.0
"""of the Gaussian that weighs a patch's pixels"""
BORDER = REACH + PATCH
"""pixels lost at each side: 7"""
SMALLEST = 1e-5
"""added to the variance"""

OFFSETS = tuple(
    (row, column) for row in range(-REACH, REACH + 1) for column in range(-REACH, REACH + 1) if (row, column) != (0, 0)
)
"""the 80 displacements α, row by row"""
NEIGHBOURS = tuple(OFFSETS.index(one) for one in ((-1, 0), (0, -1), (0, 1), (1, 0)))
"""the channels of the four neighbours"""


def patch_distances(image: Tensor) -> Tensor:
    r"""Squared distances of patches: :math:`D_\alpha(x) = \sum_q w_q (I(x + q) - I(x + \alpha + q))^2`.

    :math:`w` is a Gaussian of σ = 2 in 7 × 7 pixels that sums to 1, α runs over :data:`OFFSETS`. Only one of α and −α is computed,
    for :math:`D_{-\alpha}(x) = D_\alpha(x - \alpha)`.

    :param image: (B, 1, H, W).
    :returns: (B, 80, H − 14, W − 14): only pixels whose patches all lie inside.
    :raises ValueError: for another shape, sides of 14 pixels or fewer, whole or complex numbers, or NaN.
    """
    _check(image)
    height, width = image.shape[-2:]
    half = OFFSETS[len(OFFSETS) // 2 :]  # the second 40 are the first 40 backwards, with the other sign
    around = F.pad(image, (REACH,) * 4)  # by zeros, which reach no pixel that is returned
    moved = [
        around[..., REACH + row : REACH + row + height, REACH + column : REACH + column + width] for row, column in half
    ]
    squares = (image - torch.cat(moved, 1)).square()
    line = torch.exp(-torch.arange(-PATCH, PATCH + 1, dtype=image.dtype, device=image.device).square() / (2 * SIGMA**2))
    line = (line / line.sum()).expand(len(half), 1, 1, -1)
    blurred = F.conv2d(F.conv2d(squares, line, groups=len(half)), line.transpose(2, 3), groups=len(half))

    def cut(channel: int, row: int, column: int) -> Tensor:
        """D of one α at x + (row, column)."""
        top, left = REACH + row, REACH + column
        return blurred[:, channel : channel + 1, top : top + height - 2 * BORDER, left : left + width - 2 * BORDER]

    forth = [cut(channel, 0, 0) for channel in range(len(half))]
    back = [cut(channel, -row, -column) for channel, (row, column) in enumerate(half)]
    return torch.cat([*reversed(back), *forth], 1)


def structure_features(image: Tensor) -> Tensor:
    r"""MIND: :math:`F_x^\alpha(I) = \frac1Z \exp(-D_\alpha(x) / V(x))`, with the largest channel 1.

    :math:`V(x)` is the mean distance to the four neighbours plus 10⁻⁵. The features do not change when grey levels are
    shifted or turned over, and hardly when they are scaled.

    :param image: (B, 1, H, W), grey levels from −1 to 1.
    :returns: (B, 80, H − 14, W − 14), from 0 to 1.
    :raises ValueError: as :func:`patch_distances`.

    Source: Heinrich et al. 2012; Yang, Sun et al. 2018, its equation 3.
    """
    distances = patch_distances(image)
    variance = distances[:, NEIGHBOURS].mean(1, keepdim=True) + SMALLEST
    features = torch.exp(-distances / variance)
    return features / features.amax(1, keepdim=True)


def structure_map(one: Tensor, other: Tensor) -> Tensor:
    """Where two images differ in structure: the mean over the 80 channels of their features' differences.

    :param one: (B, 1, H, W).
    :param other: of the same shape.
    :returns: (B, 1, H − 14, W − 14).
    :raises ValueError: for shapes that differ, and as :func:`patch_distances`.
    """
    arguments.tensors(one=one, other=other)
    if one.shape != other.shape:
        raise ValueError(f"one has the shape {tuple(one.shape)}, other {tuple(other.shape)}: expected one shape")
    return (structure_features(one) - structure_features(other)).abs().mean(1, keepdim=True)


def structure_loss(one: Tensor, other: Tensor) -> Tensor:
    r"""One direction of the talk's structure loss: :math:`\frac1{N |R_{nl}|} \sum_x \|F_x(I) - F_x(J)\|_1`, one number.

    :param one: (B, 1, H, W), such as the CT that was made.
    :param other: of the same shape, such as the MR that it was made from.
    :raises ValueError: as :func:`structure_map`.
    """
    return structure_map(one, other).mean()


def _check(image: Tensor) -> None:
    arguments.tensors(image=image)
    if image.ndim != 4 or image.shape[1] != 1 or min(image.shape[-2:]) <= 2 * BORDER or not len(image):
        raise ValueError(
            f"the image has the shape {tuple(image.shape)}: expected (batch, 1, height, width), sides above {2 * BORDER}"
        )
    if not image.is_floating_point():
        raise ValueError(f"the image is {image.dtype}: expected real numbers")
    arguments.finite("the image", image)
