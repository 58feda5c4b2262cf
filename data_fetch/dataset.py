"""What a chapter holds: a data set that decodes its samples when they are asked for."""

from __future__ import annotations

import functools
import operator
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .cache import location, read_checked
from .decoders import finished, read
from .embedded import parts_of, sample_names, sha256_of
from .errors import HttpRefusal, NoNetwork, UnknownName, nearest
from .fetching import fetch
from .registry import Entry, find
from .registry.plan import Source
from .sample import Sample


class DataSet:
    """Samples by number or by name, decoded on each access from bytes whose sha256 has just been checked.

    ``dataset[3]``, ``dataset["brain_test_04"]``, ``len(dataset)``, ``for name, array in dataset``. A file that holds many
    samples (digits) is checked and read once, on the first access to one of them. What has no samples to decode is had
    by its path: ``dataset.path("net-stage15.mat")``.
    """

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.name, self.title, self.licence, self.citation = entry.name, entry.title, entry.licence, entry.citation
        self.paper_used, self.embedded = entry.paper_used, entry.embedded is not None
        self._stacks: dict[str, Sequence[Any]] = {}
        self.sample_names = sample_names(entry) if entry.embedded else tuple(entry.plan)

    def __repr__(self) -> str:
        return f"DataSet({self.name!r}, {len(self)} samples{', embedded' if self.embedded else ''})"

    def __len__(self) -> int:
        return len(self.sample_names)

    def __iter__(self) -> Iterator[Sample]:
        return (self[index] for index in range(len(self)))

    def __getitem__(self, which: int | str) -> Sample:
        """Decode one sample.

        :raises IndexError: for a number that no sample has.
        :raises UnknownName: for a name that no sample has.
        :raises HashMismatch: as `TruncatedFile`, when a file is not the registered one any more.
        :raises CannotDecode: when a file holds no array of its kind.
        """
        if isinstance(which, str):
            if which not in self._places:
                raise UnknownName(f"no sample {which!r} in {self.name}{nearest(which, self.sample_names)}")
            index = self._places[which]
        else:
            index = operator.index(which)
            if not -len(self) <= index < len(self):
                raise IndexError(f"sample {index} of {self.name}: it has {len(self)}, numbered from 0")
            index %= len(self)
        name = self.sample_names[index]
        if self.embedded:
            return Sample(name, parts_of(self.entry, index))
        sources = sorted(self.entry.plan[name], key=lambda source: self._rank[id(source.group)])
        return Sample(name, {k: v for source in sources for k, v in self._decoded(source).items()})

    def _decoded(self, source: Source) -> dict[str, np.ndarray]:
        """What one file gives to a sample."""
        group, file, index = source
        if group.samples == 1:
            stack = read(read_checked(self.entry, file), group, file.name)
        else:
            if file.name not in self._stacks:
                self._stacks[file.name] = read(read_checked(self.entry, file), group, file.name)
            stack = self._stacks[file.name]
        return finished(stack[index], group, file.name)

    @functools.cached_property
    def _rank(self) -> dict[int, int]:
        return {id(group): place for place, group in enumerate(self.entry.groups)}  # parts stand as on the card

    @functools.cached_property
    def _places(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.sample_names)}

    @functools.cached_property
    def sha256(self) -> str:
        """One hash over all files; of a set made by code, over all its samples."""
        return sha256_of(self.entry) if self.embedded else self.entry.sha256

    def stacked(self, part: str) -> np.ndarray:
        """One part of all samples in one array, (samples, …): for sets whose samples have one shape and fit the memory.

        :raises UnknownName: when a sample has no such part.
        :raises ValueError: when the shapes differ.
        """
        return np.stack([sample[part] for sample in self])

    @property
    def files(self) -> tuple[str, ...]:
        """Names of its files, as `path` takes them; none for an embedded set."""
        return tuple(file.name for file in self.entry.files)

    def path(self, file: str) -> Path:
        """Path of a file, its sha256 just checked.

        :raises UnknownName: for a file that is not in the set; a set made by code has none.
        :raises HashMismatch: as `TruncatedFile`, when it is not the registered one any more.
        """
        registered = self.entry.file(file)
        read_checked(self.entry, registered)
        return location(self.entry, registered)


def load(name: str) -> DataSet:
    """The data set or subset called ``name``, fetched first where it is missing; every file's sha256 is checked.

    ``load("brain_mr_test")``, ``load("chest_mr/train")``, ``load("phantom_brain")``.

    :raises DataError: as `fetch` does.
    """
    entry = find(name)
    fetch(name)
    return DataSet(entry)


def load_or_embedded(name: str) -> DataSet:
    """`load`, or the set made by code that stands in where the real one cannot be had: look at ``.embedded``.

    Where there is no network, the chapters say that they use it; a host that refuses is warned of here. A damaged file,
    a full disk and a mistake in the set-up (a certificate, a proxy, a cache folder that cannot be written) are still errors,
    and so is a set that nothing stands in for (masks, networks).

    :raises DataError: as `fetch` does, in these cases.
    """
    try:
        return load(name)
    except (NoNetwork, HttpRefusal) as error:
        stand_in = find(name).stand_in
        if stand_in is None:
            raise
        if isinstance(error, HttpRefusal):
            warnings.warn(f"{stand_in} stands in for {name}: {error}", stacklevel=2)
        return load(stand_in)
