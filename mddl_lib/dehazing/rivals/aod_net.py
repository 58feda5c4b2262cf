"""AOD-Net: transmission and air's light in one map K, five small convolutions, and J = K I − K + 1."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from mddl_lib.dehazing.model.haze import check


class AODNet(nn.Module):
    r"""K by five convolutions of three channels; :math:`J = K I - K + 1`, from the haze model with
    :math:`K = \frac{(I - A) / T + A - 1}{I - 1}`.

    Source: Li, Peng, Wang, Xu, Feng 2017.
    """

    family = "aod_net"

    def __init__(self) -> None:
        super().__init__()
        self.config: dict = {}
        shapes = ((3, 1), (3, 3), (6, 5), (6, 7), (12, 3))
        self.layers = nn.ModuleList(nn.Conv2d(entry, 3, side, padding=side // 2) for entry, side in shapes)

    def forward(self, image: Tensor) -> tuple[Tensor, None]:
        """The clear image from 0 to 1; it knows no transmission.

        :raises ValueError: for another shape, or NaN.
        """
        check("image", image)
        one, two, three, four, five = self.layers
        a = one(image).relu()
        b = two(a).relu()
        c = three(torch.cat([a, b], 1)).relu()
        d = four(torch.cat([b, c], 1)).relu()
        k = five(torch.cat([a, b, c, d], 1)).relu()
        return (k * image - k + 1).clamp(0, 1), None


def from_caffe(arrays: Mapping[str, np.ndarray]) -> AODNet:
    """The network from the authors' file.

    :raises KeyError: for arrays that are none of its.
    """
    network = AODNet()
    for number, layer in enumerate(network.layers, start=1):
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(np.asarray(arrays[f"conv{number}.0"], dtype=np.float32)))
            layer.bias.copy_(torch.from_numpy(np.asarray(arrays[f"conv{number}.1"], dtype=np.float32).ravel()))
    return network.eval()
