"""Read the authors' released networks (MATLAB files, v7.3 and v5) into ours: data, nothing in a file is executed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from data_fetch.decoders import matlab
from mddl_lib.core.unrolled import Unrolled
from mddl_lib.mri.admm_csnet import ADMMCSNet
from mddl_lib.mri.admm_net import ADMMNet, Reconstruction, Stage

TURN = ("Convo", "Non_lin", "Multi", "X_mid")
SPLIT_TURN = ("conv", "Non_lin", "conv", "MIN", "Multi", "Re", "ADD")

Layers = list[tuple[str, list[np.ndarray]]]
"""Kind and arrays of every layer, the axes as HDF5 has them: MATLAB's backwards."""


class NotTheAuthorsFileError(ValueError):
    """A file that does not hold a network as the authors of ADMM-Net and ADMM-CSNet saved it.

    Taught in :doc:`/unrolling/deep_admm_net`.
    """


def read_network(path: Path | str) -> Unrolled:
    """The network in one of the authors' .mat files: a basic ADMM-Net or a generic ADMM-CSNet, told by its first layer.

    :raises NotTheAuthorsFileError: as :func:`read_admm_net` and :func:`read_admm_csnet` do.

    Taught in :doc:`/unrolling/admm_csnet`.
    """
    layers = _layers(path)
    return read_admm_csnet(path) if layers and layers[0][0] == "Reorg" else read_admm_net(path)


def read_admm_csnet(path: Path | str) -> ADMMCSNet:
    """A generic ADMM-CSNet of any number of stages, filters and any filter size from the authors' .mat file.

    The file lists Reorg, then (conv, Non_linear, conv, MIN, Multi…, Re…, ADD) once a turn, the last ADD replaced by the
    loss; MIN and ADD are the subtraction and the addition around the denoiser and have no weights. Files for complex
    images say c_conv. Their convolutions are correlations, as ours are.

    :raises NotTheAuthorsFileError: for a file of another kind, a cut file, another order of layers, or arrays that do not
        fit together.

    Taught in :doc:`/unrolling/admm_csnet`. Source: Yang, Sun, Li, Xu, PAMI 2020, code release (Generic-ADMM-CSNet).
    """
    layers = _layers(path)
    kinds = [kind.removeprefix("c_") for kind, _ in layers]
    turns, rest = divmod(len(layers), 7)  # Reorg stands for the ADD that the last turn lacks
    if turns < 1 or rest or kinds[0] != "Reorg" or not all(
        kind.startswith(SPLIT_TURN[place % 7]) for place, kind in enumerate(kinds[1:])
    ):  # fmt: skip
        raise NotTheAuthorsFileError(f"{path} has the layers {kinds}: expected Reorg and then {SPLIT_TURN} once a turn")
    first = layers[1][1][0] if layers[1][1] else np.empty(0)
    if first.ndim != 4 or first.shape[2] != first.shape[3] or first.shape[2] % 2 == 0:
        raise NotTheAuthorsFileError(f"{path} has filters of the shape {first.shape}: expected (L, 1, s, s), s odd")
    network = ADMMCSNet(turns, first.shape[0], first.shape[2])
    _copy(path, layers[0], [network.start.reconstruction.penalty])
    for turn, stage in enumerate(network.stages):
        layer = stage.denoiser
        parts = {
            1: [layer.weight1, layer.bias1], 2: [layer.shrinkage.values], 3: [layer.weight2, layer.bias2], 4: [],
            5: [stage.rate], 6: [stage.reconstruction.penalty],
        }  # fmt: skip
        for place, parameters in parts.items():
            _copy(path, layers[7 * turn + place], parameters)
    return network.eval()


def _copy(path: Path | str, layer: tuple[str, list[np.ndarray]], parameters: list[nn.Parameter]) -> None:
    """Copy a layer's arrays into parameters. The last two axes of a filter are (column, row) in the file."""
    kind, arrays = layer
    arrays = [array.swapaxes(-1, -2) if array.ndim > 2 else array for array in arrays]
    try:
        _fill(parameters, [array[None] if array.ndim == 3 else array for array in arrays])
    except ValueError as error:
        raise NotTheAuthorsFileError(f"{path}, layer {kind}: {error}") from None


def read_admm_net(path: Path | str) -> ADMMNet:
    """A basic ADMM-Net of *any* number of stages from the authors' .mat file.

    The file lists layers: X_org, then (Convo, Non_lin…, Multi…, X_mid) once a turn, then the loss. MATLAB's arrays arrive
    transposed; a coefficient matrix holds one filter a column there, so one a row here.

    :raises NotTheAuthorsFileError: for a file of another kind, a cut file, another order of layers, or another filter size.

    Source: Yang, Sun, Li, Xu, NIPS 2016, code release (Deep-ADMM-Net).

    Taught in :doc:`/unrolling/deep_admm_net`.
    """
    layers = _layers(path)
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
            _fill(_parameters(part), arrays)
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


def _fill(parameters: list[nn.Parameter], arrays: list[np.ndarray]) -> None:
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


def _layers(path: Path | str) -> Layers:
    """The layers of a MATLAB file, v7.3 (HDF5) or v5, without the loss at the end."""
    try:
        layers = [_layer(layer) for layer in matlab.value(Path(path).read_bytes(), "net.layers")]
    except Exception as error:  # the two readers raise a dozen kinds for a cut file
        raise NotTheAuthorsFileError(f"{path} is no network of the authors' release (MATLAB): {error}") from None
    return layers[:-1] if layers and layers[-1][0] in ("loss", "rLoss", "c_rLoss") else layers


def _layer(layer: dict[str, Any]) -> tuple[str, list[np.ndarray]]:
    kind, weights = layer["type"], layer.get("weights", [])
    if not isinstance(weights, list):  # an empty cell is an array without values
        weights = []
    return kind if isinstance(kind, str) else matlab.text(kind), [array.T for array in weights]
