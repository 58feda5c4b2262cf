"""The networks that the authors publish, as ours: filters turned from MATLAB's order."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from mddl_lib.dehazing.proximal_net import ProximalDehazeNet


def from_authors(arrays: Mapping[str, np.ndarray]) -> ProximalDehazeNet:
    """A network from the arrays of a released file, with names such as ``filtU_12`` (stage 1, layer 2 of D-Net).

    :raises ValueError: for arrays that are none of a stage's.
    """
    stages = len([name for name in arrays if name.startswith("filtU_") and name.endswith("1") and len(name) == 8])
    if not stages:
        raise ValueError(f"the arrays are {sorted(arrays)[:5]} …: expected filtU_11, biasU_11 and the like")
    sides = [int(np.asarray(arrays[f"filtU_1{layer}"]).shape[0]) for layer in (1, 2, 3)]
    network = ProximalDehazeNet(stages, *sides)
    for number, stage in enumerate(network.stages, start=1):
        for letter, part in (("U", stage.dark_net), ("T", stage.transmission_net)):
            for layer, convolution in enumerate([*part.convolutions, part.last], start=1):
                weight = _filters(arrays[f"filt{letter}_{number}{layer}"])
                if weight.shape != convolution.weight.shape:
                    raise ValueError(
                        f"filt{letter}_{number}{layer} has the shape {tuple(weight.shape)}: expected {tuple(convolution.weight.shape)}"
                    )
                with torch.no_grad():
                    convolution.weight.copy_(weight)
                    convolution.bias.copy_(torch.from_numpy(np.ravel(arrays[f"bias{letter}_{number}{layer}"])))
    return network.eval()


def _filters(values: np.ndarray) -> Tensor:
    """MATLAB's (height, width, in, out) to (out, in, height, width)."""
    values = np.asarray(values, dtype=np.float32)
    values = values[..., None] if values.ndim == 3 else values
    return torch.from_numpy(np.ascontiguousarray(values.transpose(3, 2, 0, 1)))
