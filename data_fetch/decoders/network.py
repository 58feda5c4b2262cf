"""Trained networks of other programs as named arrays: MATLAB layers and parameters, and Caffe's protobuf."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..errors import CannotDecode
from ..registry import Group
from .caffe import blobs
from .matlab import field_names, value, variables
from .signatures import is_hdf5


def read(content: bytes, group: Group) -> list[dict[str, np.ndarray]]:
    """Name → array, the axes in the order of the program that wrote them.

    In a MATLAB file, ``group.key`` is the network: with ``params`` and ``vars`` (autonn) the parameters by their names,
    else every array of numbers by its way down, ``layers.0.filters``; without a key, the file's variables.

    :raises CannotDecode: when nothing of that kind is in the file.
    """
    if is_hdf5(content) or content.startswith(b"MATLAB"):
        named = is_hdf5(content) and {"params", "vars"} <= field_names(content, group.key or "/")
        found = autonn(content, group.key) if named else dict(leaves(whole(content, group.key), ""))
    else:
        found = blobs(content)
    if not found:
        raise CannotDecode("no arrays in it, expected a trained network")
    return [found]


def whole(content: bytes, key: Any) -> Any:
    """What ``key`` names, or all variables."""
    return value(content, key) if key else variables(content)


def autonn(content: bytes, key: Any) -> dict[str, np.ndarray]:
    """Parameter → value: a parameter has a name and the number of its variable, from 1 on."""
    parameters = {field: value(content, f"{key}.params.{field}") for field in ("name", "var")}
    values = value(content, f"{key}.vars")
    return {
        name: np.asarray(values[int(np.ravel(number)[0]) - 1])
        for name, number in zip(parameters["name"], parameters["var"], strict=True)
    }


def leaves(item: Any, way: str) -> Iterator[tuple[str, np.ndarray]]:
    """Every array of numbers below ``item`` with its way down; text and empty arrays are left out."""
    if isinstance(item, dict):
        for name, below in item.items():
            yield from leaves(below, f"{way}.{name}" if way else name)
    elif isinstance(item, list):
        for number, below in enumerate(item):
            yield from leaves(below, f"{way}.{number}" if way else str(number))
    elif isinstance(item, np.ndarray) and item.size and item.dtype.kind in "uifc":
        yield way, item
