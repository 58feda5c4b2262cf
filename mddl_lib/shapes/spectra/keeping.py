"""Eigenpairs kept on disk: computed once a mesh, and verified whenever they are read."""

from __future__ import annotations

import hashlib
import warnings
from pathlib import Path

import numpy as np
import torch

from mddl_lib.shapes.mesh import Mesh
from mddl_lib.shapes.spectra.eigenpairs import Spectrum, spectrum
from mddl_lib.training import weights
from mddl_lib.training.plan import RUNS

SPECTRA = RUNS / "spectra"
METHOD = 2
"""raised whenever repair, Laplacian or solver give other pairs: files of another number are not read"""


def fingerprint(mesh: Mesh, count: int) -> str:
    """A hash of what the eigenpairs depend on: vertices, faces, how many, and the method."""
    digest = hashlib.sha256(f"{METHOD} {count} {mesh.vertices.shape} {mesh.faces.shape}".encode())
    digest.update(mesh.vertices.tobytes() + mesh.faces.tobytes())
    return digest.hexdigest()


def kept_spectrum(mesh: Mesh, count: int = 100, folder: Path | str | None = SPECTRA) -> Spectrum:
    """As :func:`~mddl_lib.shapes.spectra.eigenpairs.spectrum`, from disk where it was computed before, functions as float32.

    A file that is cut, altered or of another mesh is computed anew, with a warning.

    :param folder: where the files lie; None: nothing is kept.
    :raises ValueError: as ``spectrum``.
    """
    if not isinstance(mesh, Mesh):
        raise ValueError(f"mesh is a {type(mesh).__name__}: expected a Mesh")
    name = fingerprint(mesh, count)
    path = None if folder is None else Path(folder) / f"{name[:24]}.safetensors"
    if path is not None and path.exists():
        try:
            return _read(path, name)
        except (weights.WeightsError, KeyError, ValueError) as error:
            warnings.warn(f"{path} is computed anew: {error}", stacklevel=2)
    found = spectrum(mesh, count)
    rounded = Spectrum(found.values, found.functions.astype(np.float32).astype(np.float64), found.areas)
    if path is not None:
        tensors = {
            "values": torch.from_numpy(found.values), "areas": torch.from_numpy(found.areas),
            "functions": torch.from_numpy(found.functions.astype(np.float32)),
        }  # fmt: skip
        weights.save(path, tensors, {"kind": "spectrum", "fingerprint": name, "mesh": mesh.name})
    return rounded


def _read(path: Path, name: str) -> Spectrum:
    """The eigenpairs of a file, if it is whole and of this mesh."""
    tensors, header = weights.read(path)
    if header.get("fingerprint") != name:
        raise ValueError(f"it is of another mesh, {header.get('mesh')!r}")
    values, functions, areas = (tensors[part].numpy() for part in ("values", "functions", "areas"))
    found = Spectrum(values, functions.astype(np.float64), areas)
    squares = (found.functions**2 * areas[:, None]).sum(axis=0)
    if not np.abs(squares - 1).max() < 1e-4:
        raise ValueError("its functions have not the length one")
    return found
