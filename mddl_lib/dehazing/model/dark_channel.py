"""The dark channel: the darkest of all colours in a window. In clear photographs it is nearly black, in haze it is not."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from mddl_lib.core import arguments


def dark_channel(image: Tensor, window: int) -> Tensor:
    r"""The minimum over a window and the colours: :math:`J^{dk}(x) = \min_{y \in \Omega(x)} \min_c J^c(y)`.

    :param image: (B, C, H, W), any number of colours.
    :param window: side of Ω, odd; at the border Ω ends where the image ends.
    :returns: (B, 1, H, W). Where the minimum is reached at several places, they share the gradient.
    :raises ValueError: for another shape, an even window, or NaN.

    Source: He, Sun, Tang 2009, equation 5.
    """
    arguments.tensors(image=image)
    if image.ndim != 4 or not image.numel():
        raise ValueError(f"image has the shape {tuple(image.shape)}: expected (batch, colours, height, width)")
    if not image.is_floating_point():
        raise ValueError(f"image holds {image.dtype}: expected real numbers")
    arguments.finite("image", image)
    arguments.counts(1, window=window)
    if window % 2 == 0:
        raise ValueError(f"window is {window}: expected an odd number")
    least = image.amin(1, keepdim=True)
    return _line_minimum(_line_minimum(least, window, -1), window, -2)  # of a square: along rows, then along columns


def frozen_dark_channel(image: Tensor, window: int) -> tuple[Tensor, Tensor]:
    """The dark channel and where each of its values comes from, so that it becomes linear when that is kept.

    :returns: (B, 1, H, W), and the place of each minimum in the flattened (C, H, W), (B, H · W).
    :raises ValueError: as :func:`dark_channel`.
    """
    dark_channel(image, window)
    channels, height, width = image.shape[1:]
    reach = window // 2
    padded = F.pad(image, (reach,) * 4, value=torch.inf)
    windows = F.unfold(padded, window).view(len(image), channels, window * window, height * width)
    values, places = windows.flatten(1, 2).min(1)
    channel, inside = places // window**2, places % window**2
    here = torch.arange(height * width, device=image.device)
    row, column = here // width + inside // window - reach, here % width + inside % window - reach
    return values.view(-1, 1, height, width), (channel * height + row) * width + column


def _line_minimum(x: Tensor, window: int, dim: int) -> Tensor:
    """Minima over ``window`` neighbours along one axis, by minima over 2, 4, 8 … of them: log₂(window) passes."""
    size, reach = x.shape[dim], window // 2
    x = F.pad(x, (reach, reach) if dim == -1 else (0, 0, reach, reach), value=torch.inf)
    wide = 1
    while 2 * wide <= window:
        x = torch.minimum(x.narrow(dim, 0, x.shape[dim] - wide), x.narrow(dim, wide, x.shape[dim] - wide))
        wide *= 2
    return torch.minimum(x.narrow(dim, 0, size), x.narrow(dim, window - wide, size))
