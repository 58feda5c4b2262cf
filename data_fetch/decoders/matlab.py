"""MATLAB files, v5 (by scipy) and v7.3 (by h5py), as plain Python: a struct is a dictionary, a cell a list, text a string.

Arrays have MATLAB's own order of axes in both. A sparse matrix that selects rows is the list of what it selects.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..errors import CannotDecode
from ..registry import Group
from .guards.compressed import require_bounded, require_bounded_matlab
from .guards.hdf5 import Walk, opened
from .signatures import is_hdf5

Sparse = Callable[[np.ndarray, np.ndarray, np.ndarray, int], np.ndarray]
"""from the values of a sparse matrix, their rows, where columns start, and its height, to an array"""


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


def value(content: bytes, key: str, sparse: Sparse | None = None) -> Any:
    """The variable or field that ``key`` names, dots going down into structs; nothing beside it is converted.

    :param sparse: what a sparse matrix becomes: `selected`, or `dense`.
    :raises CannotDecode: when there is none, or it lies in another file.
    """
    sparse = sparse or selected
    if is_hdf5(content):
        with opened(content) as walk:
            item = walk.find(key.replace(".", "/"))
            if item is None:
                raise CannotDecode(f"no variable {key!r}, only {walk.names(walk.file)}")
            return plain_hdf5(walk, item, sparse)
    import scipy.io  # here: it is a third of a second that most sets do not need

    require_bounded_matlab(content)
    first, *fields = key.split(".")
    loaded = scipy.io.loadmat(io.BytesIO(content), squeeze_me=False, variable_names=[first])
    if first not in loaded:
        raise CannotDecode(f"no variable {first!r}, only {list(shapes(content))}")
    found = loaded[first]
    for field in fields:
        if getattr(found, "dtype", np.dtype(float)).names is None or field not in found.dtype.names:
            raise CannotDecode(f"no field {field!r} on the way to {key!r}")
        found = found[field].flat[0]
    return plain_v5(found, sparse)


def shapes(content: bytes) -> dict[str, tuple[int, ...]]:
    """Name → shape of every variable, in the order of their names; a struct of a v7.3 file has none."""
    if is_hdf5(content):
        with opened(content) as walk:
            items = {name: walk.member(walk.file, name) for name in walk.names(walk.file)}
            return {name: tuple(reversed(getattr(item, "shape", None) or ())) for name, item in items.items()}
    import scipy.io

    require_bounded_matlab(content)
    return {
        name: shape for name, shape, _ in sorted(scipy.io.whosmat(io.BytesIO(content))) if not name.startswith("__")
    }


def field_names(content: bytes, key: str) -> set[str]:
    """The names of the fields that a struct of a v7.3 file has; none for what is no struct."""
    import h5py

    with opened(content) as walk:
        item = walk.find(key.replace(".", "/"))
        return set(item) if isinstance(item, h5py.Group) else set()


def variables(content: bytes) -> dict[str, Any]:
    """Name → value of every variable in the file, in the order of their names."""
    if is_hdf5(content):
        with opened(content) as walk:
            return {name: plain_hdf5(walk, walk.member(walk.file, name), selected) for name in walk.names(walk.file)}
    import scipy.io

    require_bounded_matlab(content)
    loaded = scipy.io.loadmat(io.BytesIO(content), squeeze_me=False)
    return {name: plain_v5(loaded[name], selected) for name in sorted(loaded) if not name.startswith("__")}


def plain_hdf5(walk: Walk, item: Any, sparse: Sparse) -> Any:
    """A variable of a v7.3 file; HDF5 has the axes backwards and complex values as pairs (real, imag)."""
    import h5py

    if isinstance(item, h5py.Group):
        inside = {name: walk.member(item, name) for name in item}
        if "MATLAB_sparse" in item.attrs:
            parts = (walk.values(inside[part]) if part in inside else np.empty(0) for part in ("data", "ir", "jc"))
            return sparse(*parts, int(item.attrs["MATLAB_sparse"]))
        return {name: plain_hdf5(walk, below, sparse) for name, below in inside.items()}
    array = walk.values(item)
    if item.attrs.get("MATLAB_empty"):  # then the file holds the lengths of its axes
        return "" if item.attrs.get("MATLAB_class") == b"char" else np.zeros(np.ravel(array).astype(int))
    if item.dtype == h5py.ref_dtype:
        return [plain_hdf5(walk, walk.referred(reference), sparse) for reference in array.ravel()]
    if item.attrs.get("MATLAB_class") == b"char":
        return text(array)
    if not isinstance(array, np.ndarray):  # one value, without axes: a number, or a text
        return array.decode(errors="replace") if isinstance(array, bytes) else np.asarray(array)
    if array.dtype.names == ("real", "imag"):
        array = array["real"] + 1j * array["imag"]
    return array.T


def plain_v5(item: Any, sparse: Sparse) -> Any:
    """A variable of a v5 file; an array of structs is a dictionary of lists, as v7.3 has it."""
    if hasattr(item, "tocsc"):
        columns = item.tocsc()
        return sparse(columns.data, columns.indices, columns.indptr, columns.shape[0])
    if not isinstance(item, np.ndarray):  # a MATLAB function, or what scipy has no name for
        raise CannotDecode(f"a variable of the kind {type(item).__name__}, which holds no numbers")
    if item.dtype.names is not None:
        if item.size == 1:
            return {name: plain_v5(item[name].flat[0], sparse) for name in item.dtype.names}
        return {name: [plain_v5(one, sparse) for one in item[name].ravel(order="F")] for name in item.dtype.names}
    if item.dtype == object:
        return [plain_v5(one, sparse) for one in item.ravel(order="F")]
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


def dense(data: np.ndarray, rows: np.ndarray, starts: np.ndarray, height: int) -> np.ndarray:
    """A sparse matrix with its zeros; the parameters are those of `selected`.

    :raises CannotDecode: for a matrix that would be too large.
    """
    counts = np.diff(np.asarray(starts, dtype=np.int64))
    require_bounded(8 * height * len(counts))
    result = np.zeros((height, len(counts)), np.result_type(np.asarray(data).dtype, np.float64))
    result[np.asarray(rows, dtype=np.int64), np.repeat(np.arange(len(counts)), counts)] = data
    return result
