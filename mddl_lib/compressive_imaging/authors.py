"""Read the authors' released ADMM-CSNets (MATLAB files) into ours.

Taught in :doc:`/unrolling/admm_csnet`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from torch import nn

from mddl_lib.compressive_imaging.admm_csnet import ADMMCSNet
from mddl_lib.core.unrolled import Unrolled
from mddl_lib.mri.authors import NotTheAuthorsFileError, copy_arrays, read_admm_net, read_layers

SPLIT_TURN = ("conv", "Non_lin", "conv", "MIN", "Multi", "Re", "ADD")


def read_network(path: Path | str) -> Unrolled:
    """The network in one of the authors' .mat files: a basic ADMM-Net or a generic ADMM-CSNet, told by its first layer.

    :raises NotTheAuthorsFileError: as :func:`mddl_lib.mri.authors.read_admm_net` and :func:`read_admm_csnet` do.
    """
    layers = read_layers(path)
    return read_admm_csnet(path) if layers and layers[0][0] == "Reorg" else read_admm_net(path)


def read_admm_csnet(path: Path | str) -> ADMMCSNet:
    """A generic ADMM-CSNet of any number of stages, filters and any filter size from the authors' .mat file.

    The file lists Reorg, then (conv, Non_linear, conv, MIN, Multi…, Re…, ADD) once a turn, the last ADD replaced by the
    loss; MIN and ADD are the subtraction and the addition around the denoiser and have no weights. Files for complex
    images say c_conv. Their convolutions are correlations, as ours are.

    :raises NotTheAuthorsFileError: for a file of another kind, a cut file, another order of layers, or arrays that do not
        fit together.

    Source: Yang, Sun, Li, Xu, PAMI 2020, code release (Generic-ADMM-CSNet).
    """
    layers = read_layers(path)
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
        copy_arrays(parameters, [array[None] if array.ndim == 3 else array for array in arrays])
    except ValueError as error:
        raise NotTheAuthorsFileError(f"{path}, layer {kind}: {error}") from None
