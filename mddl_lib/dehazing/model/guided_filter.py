"""The guided filter: an image that follows the edges of another one."""

from __future__ import annotations

import torch
from torch import Tensor

from mddl_lib.core import arguments


def guided_filter(image: Tensor, guide: Tensor, window: int, smoothness: float) -> Tensor:
    r"""In each window the output is linear in the guide: :math:`q = \bar a\, g + \bar b`, where

    .. math:: a = \frac{\mathrm{cov}(g, p)}{\mathrm{var}(g) + \varepsilon}, \qquad b = \bar p - a \bar g

    and the bars are means over a window. The border is reflected, its pixels twice.

    :param image: p, (B, 1, H, W).
    :param guide: g, of the same shape.
    :param window: side of the windows, odd.
    :param smoothness: ε, above 0.
    :raises ValueError: for another shape, a window that is even or reaches over an image, or NaN.

    Source: He, Sun, Tang 2010.
    """
    slope, offset = fitted(image, guide, window, smoothness)
    return slope * guide + offset


def fitted(image: Tensor, guide: Tensor, window: int, smoothness: float) -> tuple[Tensor, Tensor]:
    r"""The lines of the guided filter, averaged: :math:`\bar a` and :math:`\bar b`, each of the image's shape.

    The parameters, and what is refused, are those of :func:`guided_filter`.
    """
    for name, one in (("image", image), ("guide", guide)):
        arguments.tensors(**{name: one})
        if one.ndim != 4 or one.shape[1] != 1 or one.shape != image.shape or not one.numel():
            raise ValueError(
                f"image has the shape {tuple(image.shape)}, guide {tuple(guide.shape)}: expected (batch, 1, height, width) of both"
            )
        if not one.is_floating_point():
            raise ValueError(f"{name} holds {one.dtype}: expected real numbers")
        arguments.finite(name, one)
    arguments.counts(1, window=window)
    arguments.positive(smoothness=smoothness)
    if window % 2 == 0 or window // 2 > min(image.shape[-2:]):
        raise ValueError(
            f"window is {window}: expected an odd number up to twice the shorter side {min(image.shape[-2:])}"
        )
    mean_guide, mean_image = box_mean(guide, window), box_mean(image, window)
    variance = box_mean(guide * guide, window) - mean_guide * mean_guide
    covariance = box_mean(guide * image, window) - mean_guide * mean_image
    slope = covariance / (variance + smoothness)
    offset = mean_image - slope * mean_guide
    return box_mean(slope, window), box_mean(offset, window)


def box_mean(image: Tensor, window: int) -> Tensor:
    """Means over windows by running sums, whatever the window's size; the border is reflected, its pixels twice.

    The sums are in double precision: differences of long single-precision sums would be off by what a window varies.
    """
    total = image.double()
    for dim in (-1, -2):
        total = _line_mean(total, window, dim)
    return total.to(image.dtype)


def _line_mean(image: Tensor, window: int, dim: int) -> Tensor:
    reach = window // 2
    size = image.shape[dim]
    left = image.narrow(dim, 0, reach).flip(dim)
    right = image.narrow(dim, size - reach, reach).flip(dim)
    sums = torch.cat([left, image, right], dim).cumsum(dim)
    zero = torch.zeros_like(sums.narrow(dim, 0, 1))
    sums = torch.cat([zero, sums], dim)
    return (sums.narrow(dim, window, size) - sums.narrow(dim, 0, size)) / window
