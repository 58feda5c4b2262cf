"""What a chapter holds: a data set that decodes its samples when they are asked for."""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .cache import location, read_checked
from .decode import decode
from .errors import HttpRefusal, NoNetwork, ReadOnlyCache, UnknownName
from .fetching import fetch
from .phantom import COUNT, FIRST_SEED, phantom
from .registry import Entry, find, nearest


class Sample(NamedTuple):
    """One image, slice or mask: its name, and a (height, width) array, float32 or complex64.

    Taught in :doc:`/data`.
    """

    name: str
    array: np.ndarray


class DataSet:
    """Samples by number or by name, decoded on each access from bytes whose sha256 has just been checked.

    ``dataset[3]``, ``dataset["brain_test_04"]``, ``len(dataset)``, ``for name, array in dataset``. A set of trained
    networks has no samples to decode: use ``dataset.path("net-stage15.mat")``.

    Taught in :doc:`/data`.
    """

    def __init__(
        self,
        entry: Entry | None,
        *,
        name: str,
        title: str,
        licence: str,
        citation: str,
        paper_used: str,
        sha256: str,
        sample_names: tuple[str, ...],
        decode_sample: Callable[[int], np.ndarray],
    ) -> None:
        self.name, self.title, self.licence, self.citation = name, title, licence, citation
        self.paper_used, self.sha256, self.sample_names = paper_used, sha256, sample_names
        self.embedded = entry is None
        self.entry = entry
        self.decode_sample = decode_sample

    def __repr__(self) -> str:
        return f"DataSet({self.name!r}, {len(self)} samples{', embedded' if self.embedded else ''})"

    def __len__(self) -> int:
        return len(self.sample_names)

    def __iter__(self) -> Iterator[Sample]:
        return (self[index] for index in range(len(self)))

    def __getitem__(self, which: int | str) -> Sample:
        """Decode one sample. Raises IndexError, `UnknownName`, `HashMismatch`, `TruncatedFile`, `CannotDecode`."""
        if isinstance(which, str):
            if which not in self.sample_names:
                raise UnknownName(f"no sample {which!r} in {self.name}{nearest(which, self.sample_names)}")
            index = self.sample_names.index(which)
        else:
            index = operator.index(which)
            if not -len(self) <= index < len(self):
                raise IndexError(f"sample {index} of {self.name}: it has {len(self)}, numbered from 0")
            index %= len(self)
        return Sample(self.sample_names[index], self.decode_sample(index))

    @property
    def files(self) -> tuple[str, ...]:
        """Names of its files, as `path` takes them; none for an embedded set."""
        return tuple(file.name for file in self.entry.files) if self.entry else ()

    def path(self, file: str) -> Path:
        """Path of a file, its sha256 just checked. Raises `UnknownName`, `HashMismatch`, `TruncatedFile`."""
        if self.entry is None:
            raise UnknownName(f"{self.name} is made by code and has no files, so no {file!r}")
        registered = self.entry.file(file)
        read_checked(self.entry, registered)
        return location(self.entry, registered)


def load(name: str) -> DataSet:
    """The data set or subset called ``name``, fetched first where it is missing; every file's sha256 is checked.

    ``load("brain_mr_test")``, ``load("chest_mr/train")``, ``load("phantom_brain")``. Raises what `fetch` raises.

    Taught in :doc:`/data`.
    """
    if name in FIRST_SEED:
        return embedded(name)
    entry = find(name)
    fetch(name)

    def decode_sample(index: int) -> np.ndarray:
        file = entry.files[index]
        return decode(read_checked(entry, file), entry.group(file), file.name)

    return DataSet(
        entry,
        name=entry.name,
        title=entry.title,
        licence=entry.licence,
        citation=entry.citation,
        paper_used=entry.paper_used,
        sha256=entry.sha256,
        sample_names=tuple(file.stem for file in entry.files),
        decode_sample=decode_sample,
    )


def embedded(name: str) -> DataSet:
    """A set made by code: ``phantom_brain`` (8 heads to test on) or ``phantom_brain_train`` (8 others to train on).

    Taught in :doc:`/data`.
    """
    first = FIRST_SEED[name]
    pictures = b"".join(phantom(first + index).tobytes() for index in range(COUNT))
    return DataSet(
        None,
        name=name,
        title=f"{COUNT} head phantoms of 256x256 made by code: Shepp-Logan ellipses, jittered, with a smooth texture",
        licence="BSD-3-Clause, as the code that makes them",
        citation="after L. A. Shepp, B. F. Logan, IEEE Transactions on Nuclear Science 1974, and P. Toft, 1996",
        paper_used="Real images. These stand in where none can be had, and give rows of their own name.",
        sha256=hashlib.sha256(pictures).hexdigest(),
        sample_names=tuple(f"{name}_{index + 1:02d}" for index in range(COUNT)),
        decode_sample=lambda index: phantom(first + index) / np.float32(255),
    )


def load_or_embedded(name: str) -> DataSet:
    """`load`, or the set made by code that stands in where the real one cannot be had: look at ``.embedded``.

    A damaged file or a full disk is still an error, and so is a set that nothing stands in for (masks, networks).

    Taught in :doc:`/data`.
    """
    try:
        return load(name)
    except (NoNetwork, HttpRefusal, ReadOnlyCache):
        stand_in = find(name).embedded
        if stand_in is None:
            raise
        return embedded(stand_in)
