"""What each kind of array must be, whichever format it came in: shape, type, range; and the few changes that are made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import CannotDecode
from ..registry import Group

SHAPES = {
    "image": (2, "(height, width)"), "complex": (2, "(height, width)"), "mask": (2, "(height, width)"),
    "disparity": (2, "(height, width)"), "colour": (3, "(height, width, 3)"), "volume": (3, "(x, y, z)"),
}  # fmt: skip
"""Kind → number of axes, and how a message says it; other kinds have any shape."""


def finished(raw: Any, group: Group, name: str) -> dict[str, np.ndarray]:
    """One sample, or a part of one, as a chapter gets it.

    ``crop`` takes the middle square, ``divide_by`` a scale that the card states, ``divide_by_maximum`` the largest
    modulus of what is left.

    :param raw: an array, or part → array.
    :returns: part → array, C-contiguous.
    :raises CannotDecode: for a shape, a type or values that do not fit ``group.kind``.
    """
    if group.kind == "network":
        return {part: numbers(array, f"{name}, {part}") for part, array in raw.items()}
    if group.kind == "mesh":
        return mesh(raw["vertices"], raw["faces"], name)
    if isinstance(raw, Mapping):
        return {part: folded(array, group, f"{name}, {part}") for part, array in raw.items()}
    return {group.part_name: one(as_array(raw, name), group, name)}


def as_array(raw: Any, name: str) -> np.ndarray:
    """What a reader returned, as an array of numbers.

    :raises CannotDecode: for text, a cell or records: what an array of this kind cannot be.
    """
    try:
        array = np.asarray(raw)
    except ValueError:  # arrays of several shapes
        array = np.empty(len(raw), object)
    if array.dtype.kind not in "uifcb":
        raise CannotDecode(f"{name}: a {type(raw).__name__} of {array.dtype} values, expected an array of numbers")
    return array


def one(array: np.ndarray, group: Group, name: str) -> np.ndarray:
    """An array of a kind that is one array."""
    if group.shape:
        array = array.reshape(group.shape)
    axes, expected = SHAPES.get(group.kind, (array.ndim, ""))
    if array.ndim != axes or (group.kind == "colour" and array.shape[2] != 3) or not array.size:
        raise CannotDecode(f"{name}: shape {array.shape}, expected {expected or 'at least one value'}")
    if group.kind == "label":
        return label(array, name)
    if array.dtype == np.uint8 and group.kind in ("image", "colour"):
        array = array / np.float32(255)
    if group.crop:
        array = middle_square(array, group.crop, name)
    if not np.isfinite(array).all():
        raise CannotDecode(f"{name}: holds values that are not finite")
    if group.kind != "complex" and np.iscomplexobj(array):
        raise CannotDecode(f"{name}: complex values, expected a real {group.kind}")
    if group.divide_by != 1:
        array = array / np.float32(group.divide_by)
    if group.divide_by_maximum:
        array = array / np.abs(array).max()
    if group.kind == "mask" and not np.isin(array, (0, 1)).all():
        raise CannotDecode(f"{name}: a mask holds 0 and 1 only, this one {np.unique(array)[:5]}")
    return np.ascontiguousarray(array, dtype=np.complex64 if group.kind == "complex" else np.float32)


def label(array: np.ndarray, name: str) -> np.ndarray:
    """Whole numbers from 0 on, as int64; some files store them as floats."""
    if (
        array.dtype.kind not in "uif"
        or not np.isfinite(array).all()
        or (array != np.rint(array)).any()
        or array.min() < 0
    ):
        raise CannotDecode(f"{name}: a label holds whole numbers from 0 on, this one {np.unique(array)[:5]}")
    return np.ascontiguousarray(array, dtype=np.int64).reshape(array.shape)  # a digit's label has no axis at all


def numbers(array: np.ndarray, name: str) -> np.ndarray:
    """Finite numbers of any shape: single precision stays, whole numbers stay, double precision stays."""
    array = np.asarray(array)
    if array.dtype.kind not in "uifcb" or not np.isfinite(array).all():
        raise CannotDecode(f"{name}: {array.dtype} values that are no finite numbers")
    return np.ascontiguousarray(array).reshape(array.shape)


def mesh(vertices: np.ndarray, faces: np.ndarray, name: str) -> dict[str, np.ndarray]:
    """Vertices (V, 3) float32 and triangles (F, 3) int64, whose numbers are vertices that exist."""
    vertices, faces = np.asarray(vertices), np.asarray(faces)
    for what, array in (("vertices", vertices), ("faces", faces)):
        if array.ndim != 2 or array.shape[1] != 3 or not len(array):
            raise CannotDecode(f"{name}: {what} of shape {array.shape}, expected (number, 3)")
    if not np.isfinite(vertices).all():
        raise CannotDecode(f"{name}: holds vertices that are not finite")
    if faces.min() < 0 or faces.max() >= len(vertices):
        raise CannotDecode(f"{name}: faces name vertices {faces.min()} to {faces.max()}, there are {len(vertices)}")
    return {"vertices": np.ascontiguousarray(vertices, np.float32), "faces": np.ascontiguousarray(faces, np.int64)}


def folded(array: np.ndarray, group: Group, name: str) -> np.ndarray:
    """A part of an operator on pictures of ``group.shape``, whose pixels MATLAB counts down the columns.

    A vector with a value a pixel becomes a picture; whole numbers, which name pixels, are counted along the rows.
    """
    array, (height, width) = numbers(array, name).ravel(), group.shape or (1, 1)
    if array.dtype.kind in "ui":
        if array.min() < 0 or array.max() >= height * width:
            raise CannotDecode(f"{name}: pixels {array.min()} to {array.max()}, expected 0 to {height * width - 1}")
        return (array % height) * width + array // height
    if array.size != height * width:
        raise CannotDecode(f"{name}: {array.size} values, expected one a pixel of {height} x {width}")
    kind = np.complex64 if np.iscomplexobj(array) else np.float32
    return np.ascontiguousarray(array.reshape(width, height).T, dtype=kind)


def middle_square(array: np.ndarray, side: int, name: str) -> np.ndarray:
    """The middle ``side`` × ``side`` of an array at least that large."""
    top, left = ((n - side) // 2 for n in array.shape)
    if top < 0 or left < 0:
        raise CannotDecode(f"{name}: shape {array.shape} is smaller than the crop of {side}")
    return array[top : top + side, left : left + side]
