"""Read the authors' released networks (MATLAB files, v7.3 and v5) into ours: data, nothing in a file is executed.

Taught in :doc:`/unrolling/deep_admm_net`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from data_fetch.decoders import matlab
from mddl_lib.mri.admm_net import ADMMNet, Reconstruction, Stage

TURN = ("Convo", "Non_lin", "Multi", "X_mid")

Layers = list[tuple[str, list[np.ndarray]]]
"""Kind and arrays of every layer, the axes as HDF5 has them: MATLAB's backwards."""


class NotTheAuthorsFileError(ValueError):
    """A file that does not hold a network as the authors of ADMM-Net and ADMM-CSNet saved it."""


def read_admm_net(path: Path | str) -> ADMMNet:
    """A basic ADMM-Net of *any* number of stages from the authors' .mat file.

    The file lists layers: X_org, then (Convo, Non_lin…, Multi…, X_mid) once a turn, then the loss. MATLAB's arrays arrive
    transposed; a coefficient matrix holds one filter a column there, so one a row here.

    :raises NotTheAuthorsFileError: for a file of another kind, a cut file, another order of layers, or another filter size.

    Source: Yang, Sun, Li, Xu, NIPS 2016, code release (Deep-ADMM-Net).
    """
    layers = read_layers(path)
    kinds = [kind for kind, _ in layers]
    turns, rest = divmod(len(layers) - 1, 4)
    if turns < 1 or rest or kinds[0] != "X_org" or not all(k.startswith(TURN[i % 4]) for i, k in enumerate(kinds[1:])):
        raise NotTheAuthorsFileError(f"{path} has the layers {kinds}: expected X_org and then {TURN} once a turn")
    count = layers[0][1][-1].size  # one penalty a filter
    size = round((count + 1) ** 0.5)
    if size * size - 1 != count:
        raise NotTheAuthorsFileError(f"{path} has {count} filters: expected size² − 1 of them, such as 8")
    network = ADMMNet(turns - 2, size)
    parts = [network.start.reconstruction]
    for stage in network.stages:
        parts += [stage.filters, stage.shrinkage, stage, stage.reconstruction]
    for part, (kind, arrays) in zip(parts, layers, strict=True):
        try:
            copy_arrays(_parameters(part), arrays)
        except ValueError as error:
            raise NotTheAuthorsFileError(f"{path}, layer {kind}: {error}") from None
    return network.eval()


def _parameters(part: nn.Module) -> list[nn.Parameter]:
    """The parameters that a layer's arrays are."""
    if isinstance(part, Reconstruction):
        return [part.filters.coefficients, part.penalty]
    if isinstance(part, Stage):
        return [part.rate]  # the rest of a stage stands in layers of its own
    return list(part.parameters())


def copy_arrays(parameters: list[nn.Parameter], arrays: list[np.ndarray]) -> None:
    """Copy a layer's arrays into parameters.

    :raises ValueError: for another number of arrays, another shape or type, or values that are not finite.
    """
    if len(arrays) != len(parameters):
        raise ValueError(f"{len(arrays)} arrays, expected {len(parameters)}")
    for parameter, array in zip(parameters, arrays, strict=True):
        array = array.reshape(parameter.shape) if parameter.ndim < 2 and array.size == parameter.numel() else array
        if array.shape != tuple(parameter.shape):
            raise ValueError(f"an array of shape {array.shape}, expected {tuple(parameter.shape)}")
        if array.dtype.kind not in "fiub":
            raise ValueError(f"an array of type {array.dtype}, expected numbers")
        if not np.isfinite(array).all():
            raise ValueError("NaN or infinity")
        with torch.no_grad():
            parameter.copy_(torch.from_numpy(np.array(array, dtype=np.float64)))


def read_layers(path: Path | str) -> Layers:
    """The layers of a MATLAB file, v7.3 (HDF5) or v5, without the loss at the end.

    :raises NotTheAuthorsFileError: for a file that holds no network of theirs.
    """
    try:
        layers = [_layer(layer) for layer in matlab.value(Path(path).read_bytes(), "net.layers")]
    except Exception as error:  # the two readers raise a dozen kinds for a cut file
        wanted = "expected a MATLAB file with net.layers"
        raise NotTheAuthorsFileError(f"{path} is no network of the authors' release: {wanted} ({error})") from None
    return layers[:-1] if layers and layers[-1][0] in ("loss", "rLoss", "c_rLoss") else layers


def _layer(layer: dict[str, Any]) -> tuple[str, list[np.ndarray]]:
    kind, weights = layer["type"], layer.get("weights", [])
    if not isinstance(weights, list):  # an empty cell is an array without values
        weights = []
    return kind if isinstance(kind, str) else matlab.text(kind), [array.T for array in weights]
