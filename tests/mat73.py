"""Write networks in the layout of the authors' MATLAB files, v7.3 (HDF5, cells as object references) and v5."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import scipy.io

from mddl_lib.compressive_imaging.admm_csnet import ADMMCSNet
from mddl_lib.mri.admm_net import ADMMNet


def write(path: Path, layers: list[tuple[str, list[np.ndarray]]]) -> Path:
    """``net.layers``: a cell of structs with ``type`` (characters as codes) and a cell ``weights``."""
    with h5py.File(path, "w") as file:
        references = []
        for index, (kind, weights) in enumerate(layers):
            layer = file.create_group(f"#refs#/layer{index}")
            layer["type"] = np.array([[ord(letter)] for letter in kind], np.uint16)
            if weights:
                items = []
                for place, array in enumerate(weights):
                    name = f"#refs#/layer{index}w{place}"
                    file[name] = array
                    items.append(file[name].ref)
                layer.create_dataset("weights", data=np.array(items, dtype=h5py.ref_dtype)[:, None])
            references.append(layer.ref)
        file.create_dataset("net/layers", data=np.array(references, dtype=h5py.ref_dtype)[:, None])
    return path


def layers_of(network: ADMMNet) -> list[tuple[str, list[np.ndarray]]]:
    """A network of ours as the authors' list of layers. MATLAB's (3, 4) array lies as (4, 3) in HDF5."""

    def array(parameter: object) -> np.ndarray:
        return parameter.detach().double().numpy()  # type: ignore[attr-defined]

    def reconstruction(layer: object) -> list[np.ndarray]:
        return [array(layer.filters.coefficients), array(layer.penalty)[:, None]]  # type: ignore[attr-defined]

    layers = [("X_org", reconstruction(network.start.reconstruction))]
    for turn, stage in enumerate(network.stages):
        suffix = "_org" if turn == 0 else "_final" if turn == len(network.stages) - 1 else "_mid"
        layers += [
            ("Convo", [array(stage.filters.coefficients)]),
            ("Non_linorg" if turn == 0 else "Non_linmid", [array(stage.shrinkage.values)]),
            ("Multi" + suffix, [array(stage.rate)[:, None]]),
            ("X_mid", reconstruction(stage.reconstruction)),
        ]
    return [*layers, ("loss", [])]


def write5(path: Path, layers: list[tuple[str, list[np.ndarray]]]) -> Path:
    """The same list as a v5 file, where arrays have MATLAB's own order of axes."""
    cell = np.empty((1, len(layers)), object)
    for index, (kind, weights) in enumerate(layers):
        arrays = np.empty((1, len(weights)), object)
        arrays[0, :] = [array.T for array in weights]
        cell[0, index] = {"type": kind, "weights": arrays}
    scipy.io.savemat(path, {"net": {"layers": cell}})
    return path


def layers_of_csnet(network: ADMMCSNet, prefix: str = "") -> list[tuple[str, list[np.ndarray]]]:
    """A generic ADMM-CSNet as the authors' list of layers, the axes backwards; ``prefix`` is "c_" in complex files."""

    def array(parameter: object, *shape: int) -> np.ndarray:
        values = parameter.detach().double().numpy()  # type: ignore[attr-defined]
        return values.reshape(shape) if shape else values.swapaxes(-1, -2)

    layers = [("Reorg", [array(network.start.reconstruction.penalty, 1, 1)])]
    for turn, stage in enumerate(network.stages):
        layer, last = stage.denoiser, turn == len(network.stages) - 1
        suffix = "_org" if turn == 0 else "_final" if last else "_mid"
        layers += [
            (prefix + "conv", [array(layer.weight1), array(layer.bias1, -1, 1)]),
            ("Non_linear", [array(layer.shrinkage.values, *layer.shrinkage.values.shape)]),
            (prefix + "conv", [array(layer.weight2)[0], array(layer.bias2, 1, 1)]),
            ("MIN", []),
            ("Multi" + suffix, [array(stage.rate, 1, 1)]),
            ("Refinal" if last else "Remid", [array(stage.reconstruction.penalty, 1, 1)]),
            ("rLoss" if last else "ADD", []),
        ]
    return layers
