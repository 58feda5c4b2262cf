"""Read the authors' ADMM-CSNets for general operators, and their coded-diffraction operator, into ours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import nn

from data_fetch.decoders import matlab
from mddl_lib.compressive_imaging.general_admm_csnet import GeneralADMMCSNet
from mddl_lib.compressive_imaging.operators.diffraction import CodedDiffraction
from mddl_lib.mri.authors import NotTheAuthorsFileError, copy_arrays

PARAMETERS = "#refs#.c.params"
"""where a MATLAB object of their class keeps its parameters in the file: names and values, one a parameter"""


def read_general(path: Path | str) -> GeneralADMMCSNet:
    """The network in one of the authors' files ``Net-….mat``, for coded diffraction or Walsh-Hadamard measurements.

    The parameters are Recon_k_1 (v), conv1_k_1 and _2, nonlinear_k_1, conv2_k_1 and _2, Muliper_k_1 … 3 (μ) for the turns
    k = 01 … K, and Recon_K+1_1. MATLAB's filters are (row, column, 1, L); its correlations are ours.

    :raises NotTheAuthorsFileError: for a file of another kind, a cut file, or parameters that do not fit together.

    Source: Yang, Sun, Li, Xu, PAMI 2020, code release (Generic-ADMM-CSNet-Image).
    """
    try:
        held = matlab.value(Path(path).read_bytes(), PARAMETERS)
        arrays = dict(zip(held["name"], held["value"], strict=True))
    except Exception as error:  # the reader raises a dozen kinds for a cut file
        wanted = f"expected a MATLAB file with {PARAMETERS}"
        raise NotTheAuthorsFileError(
            f"{path} is no general network of the authors' release: {wanted} ({error})"
        ) from None
    turns = sum(name.startswith("conv1_") and name.endswith("_1") for name in arrays)
    first = arrays.get("conv1_01_1", np.empty(0))
    if turns < 1 or first.ndim != 4 or first.shape[0] != first.shape[1] or first.shape[0] % 2 == 0:
        raise NotTheAuthorsFileError(f"{path} has conv1_01_1 of the shape {first.shape}: expected (s, s, 1, L), s odd")
    network = GeneralADMMCSNet(turns, first.shape[3], first.shape[0])
    for name, parameter in _places(network).items():
        if name not in arrays:
            raise NotTheAuthorsFileError(f"{path} has no {name}: expected {sorted(_places(network))}")
        array = arrays[name]
        if parameter.ndim == 4:  # (row, column, 1, L) or (row, column, L)
            array = np.moveaxis(array.reshape(*array.shape[:2], -1), -1, 0).reshape(parameter.shape)
        elif parameter.ndim == 2:
            array = array.T
        try:
            copy_arrays([parameter], [array])
        except ValueError as error:
            raise NotTheAuthorsFileError(f"{path}, {name}: {error}") from None
    return network.eval()


def _places(network: GeneralADMMCSNet) -> dict[str, nn.Parameter]:
    """The authors' name of each parameter; what the first turn's Muliper_01_1 multiplies is zero."""
    found = {"Recon_01_1": network.start.reconstruction.step}
    for number, stage in enumerate(network.stages, start=1):
        layer, k = stage.denoiser, f"{number:02d}"
        found |= {
            f"conv1_{k}_1": layer.weight1, f"conv1_{k}_2": layer.bias1, f"nonlinear_{k}_1": layer.shrinkage.values,
            f"conv2_{k}_1": layer.weight2, f"conv2_{k}_2": layer.bias2,
            f"Muliper_{k}_2": stage.forth, f"Muliper_{k}_3": stage.back,
            f"Recon_{number + 1:02d}_1": stage.reconstruction.step,
        }  # fmt: skip
        if number > 1:
            found[f"Muliper_{k}_1"] = stage.keep
    return found


def authors_diffraction() -> CodedDiffraction:
    """The authors' operator for 10 % of the coefficients of 256 × 256 images: ``coded_diffraction``, fetched and verified.

    MATLAB counts pixels down the columns, so phases and rows are turned.
    """
    from data_fetch import load

    path = load("coded_diffraction").path("D-0.1.mat")
    content = Path(path).read_bytes()
    phases, rows = matlab.value(content, "mask.picks"), matlab.value(content, "mask.perm")
    side = round(phases.size**0.5)
    mask = torch.zeros(side * side)
    mask[torch.from_numpy(rows)] = 1
    turned = torch.from_numpy(np.ascontiguousarray(phases.reshape(side, side).T))
    return CodedDiffraction(turned, mask.view(side, side).T.contiguous())
