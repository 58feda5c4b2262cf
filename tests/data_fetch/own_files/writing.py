"""One picture in every format that is read, and what is needed to write it."""

from __future__ import annotations

import gzip
from pathlib import Path

import h5py
import nibabel
import numpy as np
import scipy.io
from PIL import Image

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 9), dtype=np.uint8)
PIXELS[0, 0], PIXELS[1, 1] = 255, 0
FLOATS = (PIXELS / np.float32(255)).astype(np.float32)
MASK = np.zeros((6, 9), np.uint8)
MASK[:2, :3] = 1


def save(path: Path, array: np.ndarray) -> Path:
    """Write an array in the format of the path's ending (``.v5.mat``, ``.v73.mat``), in whatever case."""
    name = path.name.lower()
    if name.endswith(".npy"):
        with path.open("wb") as file:
            np.save(file, array)
    elif name.endswith(".npz"):
        with path.open("wb") as file:
            np.savez_compressed(file, x=array)
    elif name.endswith(".v73.mat"):
        with h5py.File(path, "w") as file:
            file["x"] = array.T  # MATLAB stores columns first
    elif name.endswith(".mat"):
        scipy.io.savemat(path, {"x": array}, appendmat=False)
    elif name.endswith(".h5"):
        with h5py.File(path, "w") as file:
            file["x"] = array
            file["note"] = "beside it"
    elif name.endswith((".nii", ".nii.gz")):
        content = nibabel.Nifti1Image(array, np.eye(4)).to_bytes()
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    else:
        Image.fromarray(array).save(path)
    return path
