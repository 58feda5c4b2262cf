"""Files of each format, written here, and the groups that read them."""

from __future__ import annotations

import gzip
import io
import struct

import h5py
import nibabel
import numpy as np
import pytest
import scipy.io
import scipy.sparse
import torch
from PIL import Image

from data_fetch.registry import Group

GENERATOR = np.random.default_rng(0)
VOLUME = Group(kind="volume", decoder="nifti", part="image")
LABEL = Group(kind="label", decoder="nifti")
DIGITS = Group(kind="image", decoder="idx", samples=3)
MESH = Group(kind="mesh", decoder="mesh")
TENSORS = Group(kind="network", decoder="tensors")
NETWORK = Group(kind="network", decoder="network")
COLOUR = Group(kind="colour", decoder="picture")
OFF = b"OFF\n4 4 0\n0 0 0\n1 0 0\n0 1 0\n0 0 1.5\n3 0 2 1\n3 0 1 3\n3 1 2 3\n3 2 0 3\n"
OBJ = b"# four\nv 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1.5\nvn 0 0 1\nf 1//1 3//1 2//1\nf 1 2 4\nf 2 3 4\nf 3 1 4\n"
FACES = [[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]]


def matlab_v5(**variables: object) -> bytes:
    """A MATLAB v5 file."""
    stream = io.BytesIO()
    scipy.io.savemat(stream, variables)
    return stream.getvalue()


def matlab_v73(**variables: np.ndarray) -> bytes:
    """A MATLAB v7.3 file as MATLAB writes it: 512 bytes of text, then HDF5 with transposed arrays."""
    stream = io.BytesIO()
    with h5py.File(stream, "w", userblock_size=512) as file:
        for name, value in variables.items():
            if np.iscomplexobj(value):
                pairs = np.empty(value.shape, dtype=[("real", "<f8"), ("imag", "<f8")])
                pairs["real"], pairs["imag"] = value.real, value.imag
                value = pairs
            file[name] = value.T
    return b"MATLAB 7.3 MAT-file".ljust(512) + stream.getvalue()[512:]


def saved(image: Image.Image, form: str) -> bytes:
    """A picture file."""
    stream = io.BytesIO()
    image.save(stream, form)
    return stream.getvalue()


class Bomb:
    """What a hostile pickle would run."""

    def __reduce__(self) -> tuple:
        return (pytest.fail, ("a pickle was opened",))


def nifti(array: np.ndarray) -> bytes:
    """A compressed NIfTI file."""
    return gzip.compress(nibabel.Nifti1Image(array, np.eye(4)).to_bytes())


def idx(array: np.ndarray) -> bytes:
    """An IDX file of bytes."""
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def torch_file(state: object, **options: object) -> bytes:
    """A torch file."""
    stream = io.BytesIO()
    torch.save(state, stream, **options)
    return stream.getvalue()
