"""A small U-Net: from an image to a map of logits for each kind.

Taught in :doc:`/models/deep_networks`.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mddl_lib.core import arguments


class UNet(nn.Module):
    """Down through halved images, up again, with bridges from each size to itself.

    :param kinds: maps that it gives.
    :param filters: of the first size; each halving doubles them.
    :param depth: halvings.
    :raises ValueError: for counts below 1.

    Source: Ronneberger, Fischer, Brox 2015.
    """

    family = "unet"

    def __init__(self, kinds: int = 1, filters: int = 12, depth: int = 3) -> None:
        super().__init__()
        arguments.counts(1, kinds=kinds, filters=filters, depth=depth)
        self.config = {"kinds": kinds, "filters": filters, "depth": depth}
        widths = [filters * 2**level for level in range(depth + 1)]
        self.down = nn.ModuleList(_pair(a, b) for a, b in zip([1, *widths[:-1]], widths, strict=True))
        self.up = nn.ModuleList(_pair(2 * b + b, b) for b in reversed(widths[:-1]))
        self.maps = nn.Conv2d(filters, kinds, 1)

    def forward(self, image: Tensor) -> Tensor:
        """(B, 1, H, W) → (B, kinds, H, W); sides are multiples of 2^depth.

        :raises ValueError: for another shape, or NaN.
        """
        arguments.tensors(image=image)
        unit = 2 ** self.config["depth"]
        if image.ndim != 4 or image.shape[1] != 1 or any(side % unit or not side for side in image.shape[-2:]):
            raise ValueError(
                f"the image has the shape {tuple(image.shape)}: expected (batch, 1, height, width), sides multiples of {unit}"
            )
        arguments.finite("the image", image)
        x, bridges = image, []
        for level, pair in enumerate(self.down):
            x = pair(x if level == 0 else F.max_pool2d(x, 2))
            bridges.append(x)
        for pair, bridge in zip(self.up, reversed(bridges[:-1]), strict=True):
            x = pair(torch.cat([F.interpolate(x, scale_factor=2, mode="nearest"), bridge], dim=1))
        return self.maps(x)


def _pair(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, 3, padding=1, bias=False), nn.GroupNorm(min(4, after), after), nn.ReLU(),
        nn.Conv2d(after, after, 3, padding=1, bias=False), nn.GroupNorm(min(4, after), after), nn.ReLU(),
    )  # fmt: skip
