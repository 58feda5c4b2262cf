"""Sets made by code, or from pictures that a dependency ships: what a chapter runs on where no data can be had.

Each is an ordinary entry of the registry. Its card names a module of this package, whose ``make(index, **options)`` gives
the parts of a sample as a file would hold them (8 bits for a picture); they are then decoded like those of any set.
"""

from __future__ import annotations

import hashlib
import importlib
from typing import Any

import numpy as np

from ..decoders.kinds import finished
from ..registry import Entry


def made(entry: Entry, index: int) -> dict[str, Any]:
    """Part → array of one sample, as a file would hold it."""
    module = importlib.import_module(f".{entry.embedded.maker}", __name__)
    return module.make(index, **entry.embedded.options)


def parts_of(entry: Entry, index: int) -> dict[str, np.ndarray]:
    """Part → array of one sample, as a chapter gets it."""
    raw = made(entry, index)
    if entry.groups[0].kind == "mesh":
        return finished(raw, entry.groups[0], entry.name)
    groups = {group.part_name: group for group in entry.groups}
    return {part: array for name in raw for part, array in finished(raw[name], groups[name], entry.name).items()}


def sample_names(entry: Entry) -> tuple[str, ...]:
    """``phantom_brain_01`` and so on."""
    return tuple(f"{entry.dataset}_{index + 1:02d}" for index in range(entry.embedded.count))


def sha256_of(entry: Entry) -> str:
    """One hash over all samples as a file would hold them."""
    total = hashlib.sha256()
    for index in range(entry.embedded.count):
        for array in made(entry, index).values():
            total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()
