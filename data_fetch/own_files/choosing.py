"""One array out of what a file holds: by the names after the file's own, or because there is only one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


class Refusal(ValueError):
    """Why a file is not taken; the sentence goes on after the file's name."""


def name_among(known: Mapping[str, Sequence[int]], names: list[str]) -> str:
    """The name that is meant, taken from the front of ``names``, or the only one there is.

    :param known: name → shape.
    :raises Refusal: for a name that is not there, for several and none said, and for none at all.
    """
    if names and names[0] in known:
        return names.pop(0)
    if names and len(known) != 1:
        raise Refusal(f"holds no {names[0]!r}, only {listed(known)}")
    if len(known) != 1:
        if not known:
            raise Refusal("holds no array of numbers that has two axes: expected one")
        raise Refusal(f"holds {listed(known)}: expected one array; name one, such as FILE:{next(iter(known))}")
    return next(iter(known))


def number_among(count: int, names: list[str], what: str = "images") -> int:
    """The number that is meant, taken from the front of ``names``, or 0 when there is one only.

    :raises Refusal: for a number that is not there, and for several and none said.
    """
    if names and (count != 1 or names[0] == "0"):
        number = names.pop(0)
        if not number.isdecimal() or int(number) >= count:
            raise Refusal(f"holds {count} {what}, numbered from 0: there is none called {number!r}")
        return int(number)
    if count != 1:
        raise Refusal(f"holds {count} {what}: expected one image; name one, FILE:0 to FILE:{count - 1}")
    return 0


def listed(known: Mapping[str, Sequence[int]], most: int = 6) -> str:
    """A few names with their shapes, for messages."""
    words = [f"{name} ({' × '.join(map(str, shape))})" if shape else name for name, shape in known.items()]
    more = [f"and {len(words) - most} more"] if len(words) > most else []
    return ", ".join([*words[:most], *more])


def one_image(value: Any, left: list[str], last: bool = False) -> np.ndarray:
    """The two-dimensional array of numbers that the names ``left`` lead to; they are taken off the list.

    A container of one thing is that thing, and an axis of length one is none.

    :param value: what a reader returned: an array, a struct (dictionary), a cell (list), a text.
    :param last: whether the images of a stack are counted along the last axis, as MATLAB and NIfTI have them.
    :raises Refusal: when that is no image, or there are several.
    """
    while isinstance(value, dict | list):
        if isinstance(value, dict):
            value = value[
                name_among({key: getattr(below, "shape", ()) for key, below in value.items() if _has(below)}, left)
            ]
        else:
            value = value[number_among(len(value), left, "elements")] if value else np.empty(0)
    array = value if isinstance(value, np.ndarray) else np.asarray(value)
    if array.dtype.names is not None:
        raise Refusal(f"holds records with the fields {', '.join(array.dtype.names)}: expected an array of numbers")
    if array.dtype.kind not in "uifcb":
        what = "text" if array.dtype.kind in "USO" else f"values of the type {array.dtype}"
        raise Refusal(f"holds {what}: expected an array of numbers")
    if array.ndim > 2 and left:
        array = np.moveaxis(array, -1, 0) if last else array
        array = array[number_among(len(array), left)]
    if left:
        raise Refusal(f"holds an array of the shape {array.shape}: there is nothing called {left[0]!r} in it")
    if array.ndim > 2:
        shape, array = array.shape, array.reshape([length for length in array.shape if length != 1] or [1])
        if array.ndim > 2:
            count = shape[-1 if last else 0]
            raise Refusal(
                f"holds an array of the shape {shape}: expected one image (height, width); name one, FILE:0 to "
                f"FILE:{count - 1}"
            )
    if array.ndim != 2 or not array.size:
        raise Refusal(f"holds an array of the shape {array.shape}: expected one image (height, width)")
    return array


def _has(value: Any) -> bool:
    """Whether something may lead to an image: names of formats and versions beside it do not."""
    return isinstance(value, dict | list) or (isinstance(value, np.ndarray) and value.ndim > 1)
