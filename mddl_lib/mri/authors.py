"""Read the authors' released networks (MATLAB v7.3 files) into ours. HDF5 is data: nothing in a file is executed."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import torch
from torch import nn

from mddl_lib.mri.admm_net import ADMMNet, Reconstruction, Stage

TURN = ("Convo", "Non_lin", "Multi", "X_mid")


class NotTheAuthorsFileError(ValueError):
    """A file that does not hold a basic ADMM-Net as its authors saved it.

    Taught in :doc:`/unrolling/deep_admm_net`.
    """


def read_admm_net(path: Path | str) -> ADMMNet:
    """A basic ADMM-Net of *any* number of stages from the authors' .mat file.

    The file lists layers: X_org, then (Convo, Non_lin…, Multi…, X_mid) once a turn, then the loss. MATLAB's arrays arrive
    transposed; a coefficient matrix holds one filter a column there, so one a row here.

    :raises NotTheAuthorsFileError: for a file of another kind, a cut file, another order of layers, or another filter size.

    Source: Yang, Sun, Li, Xu, NIPS 2016, code release (Deep-ADMM-Net).

    Taught in :doc:`/unrolling/deep_admm_net`.
    """
    try:
        with h5py.File(path) as file:
            layers = [_layer(file, reference) for reference in np.ravel(file["net/layers"])]
    except (OSError, KeyError, AttributeError, TypeError, ValueError, RuntimeError) as error:
        raise NotTheAuthorsFileError(f"{path} is no network of the authors' release (MAT v7.3): {error}") from None
    kinds = [kind for kind, _ in layers]
    if kinds and kinds[-1] == "loss":
        layers, kinds = layers[:-1], kinds[:-1]
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
            _fill(part, arrays)
        except ValueError as error:
            raise NotTheAuthorsFileError(f"{path}, layer {kind}: {error}") from None
    return network.eval()


def _fill(part: nn.Module, arrays: list[np.ndarray]) -> None:
    """Copy a layer's arrays into the parameters that they are."""
    if isinstance(part, Reconstruction):
        parameters = [part.filters.coefficients, part.penalty]
    elif isinstance(part, Stage):
        parameters = [part.rate]  # the rest of a stage stands in layers of its own
    else:
        parameters = list(part.parameters())
    if len(arrays) != len(parameters):
        raise ValueError(f"{len(arrays)} arrays, expected {len(parameters)}")
    for parameter, array in zip(parameters, arrays, strict=True):
        array = array.ravel() if parameter.ndim == 1 else array
        if array.shape != tuple(parameter.shape):
            raise ValueError(f"an array of shape {array.shape}, expected {tuple(parameter.shape)}")
        if not np.isfinite(array).all():
            raise ValueError("NaN or infinity")
        with torch.no_grad():
            parameter.copy_(torch.from_numpy(array))


def _layer(file: h5py.File, reference: h5py.Reference) -> tuple[str, list[np.ndarray]]:
    layer = file[reference]
    kind = bytes(np.ravel(layer["type"]).astype(np.uint8)).decode()
    if "weights" not in layer:
        return "loss", []
    return kind, [np.array(file[item]) for item in np.ravel(layer["weights"])]
