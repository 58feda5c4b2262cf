"""DehazeNet: from colours to a transmission by convolution, maxout, three scales, a local maximum, and a bounded ReLU."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mddl_lib.dehazing.model.guided_filter import guided_filter
from mddl_lib.dehazing.model.haze import check, luminance

RADIUS, SMOOTHNESS = 50, 1e-3
"""of the guided filter"""


class DehazeNet(nn.Module):
    """Five layers; what follows them is not learned: a guided filter, the air's light, the model undone.

    Source: Cai, Xu, Jia, Qing, Tao 2016.
    """

    family = "dehaze_net"

    def __init__(self) -> None:
        super().__init__()
        self.config: dict = {}
        self.first = nn.Conv2d(3, 16, 5)
        self.scales = nn.ModuleList(nn.Conv2d(4, 16, side) for side in (3, 5, 7))
        self.last = nn.Conv2d(48, 1, 6)

    def transmission(self, image: Tensor) -> Tensor:
        """(B, 3, H, W) from 0 to 1 to (B, 1, H, W); borders are repeated.

        :raises ValueError: for another shape, or NaN.
        """
        check("image", image)
        x = self.first(_around(image - 0.5, 2))
        x = torch.stack([part.amax(1) for part in x.split(4, 1)], 1)  # maxout of four
        x = torch.cat([scale(_around(x, scale.kernel_size[0] // 2)) for scale in self.scales], 1)
        x = F.max_pool2d(x, 7, 1, 3)
        return self.last(F.pad(x, (2, 3, 2, 3), mode="replicate")).clamp(0, 1)  # MATLAB's middle of six

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """The clear image and its transmission, both from 0 to 1.

        :raises ValueError: for another shape, or NaN.
        """
        raw = self.transmission(image)
        air = torch.stack([_air(one, t[0]) for one, t in zip(image, raw, strict=True)])[:, :, None, None]
        side = 2 * min(RADIUS, min(image.shape[-2:]) // 2) + 1
        t = guided_filter(raw, luminance(image), side, SMOOTHNESS)
        return ((image - air) / t.clamp(min=1e-3) + air).clamp(0, 1), t.clamp(0, 1)


def from_matlab(arrays: Mapping[str, np.ndarray]) -> DehazeNet:
    """The network from the authors' file: a filter's pixels stand in a line there, column by column.

    :raises KeyError: for arrays that are none of its.
    """
    network = DehazeNet()
    names = {
        "conv1": network.first,
        "conv3x3": network.scales[0],
        "conv5x5": network.scales[1],
        "conv7x7": network.scales[2],
    }
    for name, layer in names.items():
        values = np.asarray(arrays[f"weights_{name}"], dtype=np.float32)  # (in, side², out)
        side = layer.kernel_size[0]
        filters = values.transpose(2, 0, 1).reshape(values.shape[2], values.shape[0], side, side).transpose(0, 1, 3, 2)
        _fill(layer, filters, arrays[f"biases_{name}"])
    values = np.asarray(arrays["weights_ip"], dtype=np.float32)  # (48, 36)
    _fill(network.last, values.reshape(1, 48, 6, 6).transpose(0, 1, 3, 2), arrays["biases_ip"])
    return network.eval()


def _fill(layer: nn.Conv2d, filters: np.ndarray, biases: np.ndarray) -> None:
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(np.ascontiguousarray(filters)))
        layer.bias.copy_(torch.from_numpy(np.asarray(biases, dtype=np.float32).ravel()))


def _around(x: Tensor, reach: int) -> Tensor:
    return F.pad(x, (reach,) * 4, mode="replicate")


def _air(image: Tensor, transmission: Tensor) -> Tensor:
    """The mean colour of the brightest pixels among the hundredth with the least transmission."""
    grey, t = luminance(image[None])[0, 0].flatten(), transmission.flatten()
    far = t <= t.sort().values[max(round(0.01 * len(t)) - 1, 0)]
    brightest = far & (grey >= grey[far].max())
    return image.flatten(1)[:, brightest].mean(1)
