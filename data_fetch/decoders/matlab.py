"""MATLAB files, v5 (by scipy) and v7.3 (by h5py), as plain Python: a struct is a dictionary, a cell a list, text a string.

Arrays have MATLAB's own order of axes in both. A sparse matrix that selects rows is the list of what it selects.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import CannotDecode
from ..registry import Group
from .signatures import is_hdf5

if TYPE_CHECKING:
    import h5py


def read(content: bytes, group: Group) -> list[Any]:
    """The variable ``group.key`` (``a.b`` is field b of struct a), or part → variable where ``key`` names several.

    Several samples are the elements of a cell, or the last axis of an array.

    :raises CannotDecode: when there is no such variable.
    """
    if isinstance(group.key, Mapping):
        return [{part: value(content, key) for part, key in group.key.items()}]
    found = value(content, group.key or "")
    if group.samples == 1:
        return [found]
    return found if isinstance(found, list) else list(np.moveaxis(found, -1, 0))


def value(content: bytes, key: str) -> Any:
    """The variable or field that ``key`` names, dots going down into structs; nothing beside it is converted.

    :raises CannotDecode: when there is none.
    """
    if is_hdf5(content):
        import h5py  # here, as scipy.io below

        with h5py.File(io.BytesIO(content), "r") as file:
            path = key.replace(".", "/")
            if path not in file:
                raise CannotDecode(f"no variable {key!r}, only {variables_of(file)}")
            return plain_hdf5(file, file[path])
    import scipy.io  # here: it is a third of a second that most sets do not need

    first, *fields = key.split(".")
    loaded = scipy.io.loadmat(io.BytesIO(content), squeeze_me=False, variable_names=[first])
    if first not in loaded:
        raise CannotDecode(
            f"no variable {first!r}, only {[name for name, *_ in scipy.io.whosmat(io.BytesIO(content))]}"
        )
    found = loaded[first]
    for field in fields:
        if getattr(found, "dtype", np.dtype(float)).names is None or field not in found.dtype.names:
            raise CannotDecode(f"no field {field!r} on the way to {key!r}")
        found = found[field].flat[0]
    return plain_v5(found)


def field_names(content: bytes, key: str) -> set[str]:
    """The names of the fields that a struct of a v7.3 file has; none for what is no struct."""
    import h5py

    with h5py.File(io.BytesIO(content), "r") as file:
        item = file.get(key.replace(".", "/"))
        return set(item) if isinstance(item, h5py.Group) else set()


def variables(content: bytes) -> dict[str, Any]:
    """Name → value of every variable in the file, in the order of their names."""
    if is_hdf5(content):
        import h5py

        with h5py.File(io.BytesIO(content), "r") as file:
            return {name: plain_hdf5(file, file[name]) for name in variables_of(file)}
    import scipy.io

    loaded = scipy.io.loadmat(io.BytesIO(content), squeeze_me=False)
    return {name: plain_v5(loaded[name]) for name in sorted(loaded) if not name.startswith("__")}


def variables_of(file: h5py.File) -> list[str]:
    """The names of a v7.3 file's variables, without what MATLAB keeps for itself."""
    return [name for name in sorted(file) if not name.startswith("#")]


def plain_hdf5(file: h5py.File, item: Any) -> Any:
    """A variable of a v7.3 file; HDF5 has the axes backwards and complex values as pairs (real, imag)."""
    import h5py

    if isinstance(item, h5py.Group):
        if "MATLAB_sparse" in item.attrs:
            return selected(item["data"][()], item["ir"][()], item["jc"][()], int(item.attrs["MATLAB_sparse"]))
        return {name: plain_hdf5(file, item[name]) for name in item}
    array = item[()]
    if item.attrs.get("MATLAB_empty"):  # then the file holds the lengths of its axes
        return "" if item.attrs.get("MATLAB_class") == b"char" else np.zeros(np.ravel(array).astype(int))
    if item.dtype == h5py.ref_dtype:
        return [plain_hdf5(file, file[reference]) for reference in array.ravel()]
    if item.attrs.get("MATLAB_class") == b"char":
        return text(array)
    if array.dtype.names == ("real", "imag"):
        array = array["real"] + 1j * array["imag"]
    return array.T


def plain_v5(item: Any) -> Any:
    """A variable of a v5 file; an array of structs is a dictionary of lists, as v7.3 has it."""
    if hasattr(item, "tocsc"):
        sparse = item.tocsc()
        return selected(sparse.data, sparse.indices, sparse.indptr, sparse.shape[0])
    if item.dtype.names is not None:
        if item.size == 1:
            return {name: plain_v5(item[name].flat[0]) for name in item.dtype.names}
        return {name: [plain_v5(one) for one in item[name].ravel(order="F")] for name in item.dtype.names}
    if item.dtype == object:
        return [plain_v5(one) for one in item.ravel(order="F")]
    if item.dtype.kind == "U":
        return "".join(item.ravel())
    return item


def text(array: np.ndarray) -> str:
    """Characters that lie as whole numbers, as v7.3 has them."""
    return "".join(map(chr, np.ravel(array).astype(int)))


def selected(data: np.ndarray, rows: np.ndarray, starts: np.ndarray, height: int) -> np.ndarray:
    """The column that each row of a sparse 0/1 matrix selects, from 0 on; (height,) int64.

    :param data: its values, stored column by column.
    :param rows: the row of each value.
    :param starts: where each column starts in ``data``, and its end.
    :raises CannotDecode: for any other sparse matrix.
    """
    columns = np.repeat(np.arange(len(starts) - 1), np.diff(np.asarray(starts, dtype=np.int64)))
    if not (np.asarray(data) == 1).all() or sorted(rows) != list(range(height)):
        raise CannotDecode("a sparse matrix that selects no row of ones, expected a selector: one 1 in each row")
    result = np.empty(height, dtype=np.int64)
    result[np.asarray(rows, dtype=np.int64)] = columns
    return result
