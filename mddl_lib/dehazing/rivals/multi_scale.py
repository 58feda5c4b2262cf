"""MSCNN: a coarse network sees the whole, a fine one gets its answer as a sixth channel and adds edges."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mddl_lib.dehazing.model.haze import check

LEAST, MOST = 0.1, 0.9
NEIGHBOURS = {"size": 5, "alpha": 5 * 2e-5, "beta": 0.75, "k": 1.0}
"""of the local response normalisation, as torch counts"""


class MultiScaleNet(nn.Module):
    """Two networks of three convolutions, each with ReLU, the largest of 2 × 2 pixels and doubling; then a sum of channels.

    Source: Ren, Liu, Zhang, Pan, Cao, Yang 2016.
    """

    family = "multi_scale_net"

    def __init__(self) -> None:
        super().__init__()
        self.config: dict = {}
        self.coarse, self.fine = _layers((5, 5, 10), (11, 9, 7), 3), _layers((6, 5, 10), (7, 5, 3), 3)

    def transmission(self, image: Tensor) -> Tensor:
        """(B, 3, H, W), divided by the air's light, to (B, 1, H, W).

        :raises ValueError: for another shape, or NaN.
        """
        check("image", image)
        size = image.shape[-2:]
        coarse = _resized(_run(self.coarse, image), size)
        return _resized(_run(self.fine, image, coarse), size)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """The clear image from 0 to 1 and its transmission.

        :raises ValueError: for another shape, or NaN.
        """
        check("image", image)
        smallest = -F.max_pool2d(-image, 15, 1, 7)
        air = smallest.amax((2, 3), keepdim=True).clamp(min=1e-3)
        t = self.transmission(image / air).clamp(LEAST, MOST)
        return ((image - air) / t + air).clamp(0, 1), t


def from_matlab(coarse: Mapping[str, np.ndarray], fine: Mapping[str, np.ndarray]) -> MultiScaleNet:
    """The network from the authors' two files.

    :raises KeyError: for arrays that are none of theirs.
    """
    network = MultiScaleNet()
    for part, arrays in ((network.coarse, coarse), (network.fine, fine)):
        for layer, number in zip(part, (0, 5, 10, 14), strict=True):
            filters = np.asarray(arrays[f"layers.{number}.filters"], dtype=np.float32)
            if number == 14:  # one weight a channel
                filters = filters.reshape(1, 1, -1, 1)
            with torch.no_grad():
                layer.weight.copy_(torch.from_numpy(np.ascontiguousarray(filters.transpose(3, 2, 0, 1))))
                biases = np.asarray(arrays[f"layers.{number}.biases"], dtype=np.float32)
                layer.bias.copy_(torch.from_numpy(biases.ravel()))
    return network.eval()


def _layers(channels: tuple[int, int, int], sides: tuple[int, int, int], entry: int) -> nn.ModuleList:
    entries = (entry, *channels[:2])
    convolutions = [nn.Conv2d(e, c, s, padding=s // 2) for e, c, s in zip(entries, channels, sides, strict=True)]
    return nn.ModuleList([*convolutions, nn.Conv2d(channels[2], 1, 1)])


def _run(layers: nn.ModuleList, image: Tensor, coarse: Tensor | None = None) -> Tensor:
    x = image
    for number, layer in enumerate(layers[:3]):
        x = layer(F.local_response_norm(x, **NEIGHBOURS) if number else x)
        if number == 0 and coarse is not None:
            x = torch.cat([x[:, :5], coarse], 1)  # the sixth response is the coarse answer, as in the authors' code
        x = F.max_pool2d(x.relu(), 2)
        x = x.repeat_interleave(2, -2).repeat_interleave(2, -1)
    return layers[3](x).sigmoid()


def _resized(x: Tensor, size: torch.Size) -> Tensor:
    if x.shape[-2:] == size:
        return x
    return F.interpolate(x, size=size, mode="bicubic", align_corners=False)
