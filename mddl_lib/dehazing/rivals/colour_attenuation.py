"""CAP: haze makes things bright and pale, so depth is read from brightness and saturation by a line that was fitted once."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.dehazing.model.guided_filter import guided_filter
from mddl_lib.dehazing.model.haze import check, cleared, luminance

LINE = (0.121779, 0.959710, -0.780245)
"""depth = θ₀ + θ₁ · value + θ₂ · saturation, as the paper fits it"""
LEAST, MOST = 0.1, 0.9
"""T is kept between"""


def depth_of(image: Tensor) -> Tensor:
    r"""The depth by the line, each pixel by itself: :math:`d = \theta_0 + \theta_1 v + \theta_2 s`, (B, 1, H, W).

    - v: the largest colour; s: one minus the smallest over the largest.

    :raises ValueError: for another shape, or NaN.
    """
    check("image", image)
    value, least = image.amax(1, keepdim=True), image.amin(1, keepdim=True)
    saturation = 1 - least / value.clamp(min=1e-6)
    return LINE[0] + LINE[1] * value + LINE[2] * saturation


def colour_attenuation(
    image: Tensor, window: int = 15, scattering: float = 1.0, radius: int = 60, smoothness: float = 1e-3
) -> tuple[Tensor, Tensor]:
    """Depth by the line, its minimum in a window, a guided filter; T = exp(−β d), the air's light where depth is largest.

    :param image: (B, 3, H, W), from 0 to 1.
    :param window: side of the window, odd.
    :param scattering: β.
    :returns: the clear image from 0 to 1, and T.
    :raises ValueError: for another shape, an even window, or NaN.

    Source: Zhu, Mai, Shao 2015.
    """
    check("image", image)
    arguments.counts(1, window=window, radius=radius)
    arguments.positive(scattering=scattering)
    if window % 2 == 0:
        raise ValueError(f"window is {window}: expected an odd number")
    raw = -F.max_pool2d(-depth_of(image), window, 1, window // 2)
    side = 2 * min(radius, min(image.shape[-2:]) // 2) + 1
    depth = guided_filter(raw, luminance(image), side, smoothness)
    transmission = torch.exp(-scattering * depth).clamp(LEAST, MOST)
    return cleared(image, transmission, _air(image, raw)).clamp(0, 1), transmission


def _air(image: Tensor, depth: Tensor) -> Tensor:
    """The brightest of the thousandth of pixels that are farthest."""
    count = max(depth[0].numel() // 1000, 1)
    places = depth.flatten(1).topk(count).indices
    colours = image.flatten(2).gather(2, places[:, None].expand(-1, 3, -1))
    best = colours.norm(dim=1).argmax(1)
    return colours[torch.arange(len(image)), :, best]
