"""Write networks in the layout of the authors' MATLAB v7.3 files: HDF5 with cell arrays as object references."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

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
