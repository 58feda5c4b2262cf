"""Arrays in .npy, .npz, MATLAB and HDF5 files, each chosen by its name where a file holds several."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import numpy as np

from ..decoders import matlab
from ..decoders.guards import hdf5
from ..decoders.guards.compressed import require_bounded
from .choosing import Refusal, name_among

DEEPEST = 50


def npy(content: bytes, names: list[str]) -> np.ndarray:
    """The array of an .npy file.

    :raises Refusal: for Python objects, and for a file that is shorter than its head says.
    """
    stream = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)
    head = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, kind = head(stream)
    if kind.hasobject:
        raise Refusal("holds Python objects (a pickle), which are not opened: expected an array of numbers")
    if stream.tell() + int(np.prod(shape, dtype=object)) * kind.itemsize > len(content):
        raise Refusal(f"is cut: its head promises {kind} values of the shape {shape}")
    return np.load(io.BytesIO(content), allow_pickle=False)


def npz(content: bytes, names: list[str]) -> np.ndarray:
    """One array of an .npz file.

    :raises Refusal: for a zip file without arrays, or with several and none named.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        inside = {entry.filename.removesuffix(".npy"): entry for entry in archive.infolist()}
        arrays = {name: () for name, entry in inside.items() if entry.filename.endswith(".npy")}
        if not arrays:
            raise Refusal("is a zip archive without arrays: expected an .npz file")
        entry = inside[name_among(arrays, names)]
        require_bounded(entry.file_size)
        return npy(archive.read(entry), [])


def mat(content: bytes, names: list[str]) -> Any:
    """One variable of a MATLAB file, v5 or v7.3, as plain Python; a sparse matrix with its zeros.

    :raises Refusal: for several variables and none named.
    """
    return matlab.value(content, name_among(matlab.shapes(content), names), sparse=matlab.dense)


def h5(content: bytes, names: list[str]) -> Any:
    """One data set of an HDF5 file, in its own order of axes. Texts, and arrays of one axis, are not looked at.

    :raises Refusal: for several and none named.
    """
    import h5py

    with hdf5.opened(content) as walk:
        item: Any = walk.file
        for _ in range(DEEPEST):
            if not isinstance(item, h5py.Group):
                break
            members = {name: walk.member(item, name) for name in walk.names(item)}
            shapes = {name: getattr(member, "shape", ()) for name, member in members.items() if may_lead(member)}
            item = members[name_among(shapes, names)]
        else:
            raise Refusal(f"holds groups in groups, {DEEPEST} deep: expected one array")
        array = walk.values(item)
    if array.dtype.names in (("real", "imag"), ("r", "i")):
        first, second = array.dtype.names
        array = array[first] + 1j * array[second]
    return array


def may_lead(member: Any) -> bool:
    """Whether a member of a group is an image or holds some."""
    import h5py

    if isinstance(member, h5py.Group):
        return True
    return isinstance(member, h5py.Dataset) and member.ndim > 1 and member.dtype.kind in "uifcbV"
