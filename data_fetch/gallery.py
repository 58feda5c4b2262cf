"""One grey picture per data set for the page on data."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .cache import read_checked
from .dataset import embedded
from .decode import decode
from .errors import HttpRefusal, NoNetwork, ReadOnlyCache
from .fetching import fetch_files
from .registry import Kind, entries, find


class Picture(NamedTuple):
    """A title that says what is shown, and values in [0, 1] (None where nothing can be shown).

    Taught in :doc:`/data`.
    """

    title: str
    values: np.ndarray | None


def pictures() -> list[Picture]:
    """The picture of every set that holds any, in the registry's order.

    Taught in :doc:`/data`.
    """
    return [picture(name) for name, entry in entries().items() if entry.shown]


def picture(name: str) -> Picture:
    """The sample that ``cards.yaml`` names (only its file is fetched), or a phantom, and then the title says so.

    Complex values are shown by their modulus, masks with the DC in the middle. Raises `UnknownName`, `HashMismatch`,
    `TruncatedFile`.

    Taught in :doc:`/data`.
    """
    entry = find(name)
    file = next(file for file in entry.files if file.stem == entry.shown)
    group = entry.group(file)
    try:
        fetch_files(entry, (file,))
    except (NoNetwork, HttpRefusal, ReadOnlyCache):
        if entry.embedded is None:
            return Picture(f"{name}\nnot here", None)
        stand_in = embedded(entry.embedded)
        return Picture(f"{name} is not here:\n{stand_in.name}, made by code", stand_in[0].array)
    array = decode(read_checked(entry, file), group, file.name)
    return Picture(f"{name}\n{file.stem}", for_the_eye(array, group.kind))


def for_the_eye(array: np.ndarray, kind: Kind) -> np.ndarray:
    """Modulus of complex values; a mask that samples its first value has its DC there: it is shifted to the middle.

    Taught in :doc:`/data`.
    """
    return np.fft.fftshift(array) if kind == "mask" and array[0, 0] == 1 else np.abs(array)
