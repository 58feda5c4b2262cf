"""The test targets of the stand-ins with their registered atlases, subject by subject."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from mddl_lib.segmentation import hearts
from mddl_lib.segmentation.evaluation import OfSet, Targets
from mddl_lib.segmentation.stand_ins import hippocampi


class Subjects(Protocol):
    """Targets with registered atlases, subject by subject."""

    name: str
    sha256: str
    embedded: bool
    parts: tuple[str, ...]
    """one mask; or an outer and an inner one, and what is scored lies between them"""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> tuple[str, list[hearts.Case]]:
        """A subject's name and its slices; they are registered at the first access and kept."""
        ...


@dataclass(frozen=True)
class HeartMuscle(OfSet):
    """The left ventricle's muscle in the slices of the 2009 challenge: its epicardium without its endocardium."""

    slices: Targets = field(default_factory=Targets)
    parts: tuple[str, ...] = hearts.PARTS

    @property
    def name(self) -> str:
        return self.slices.name

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> tuple[str, list[hearts.Case]]:
        """A subject's name and its slices."""
        subject, places = list(self._places.items())[index]
        return subject, [self.slices[place] for place in places]

    @functools.cached_property
    def _places(self) -> dict[str, list[int]]:
        return _grouped(hearts.subject_of(atlas.name) for atlas in self.slices.slices)


@dataclass(frozen=True)
class HippocampusSubjects(OfSet):
    """The test subjects' hippocampus slices, with atlases of the training subjects."""

    data: str = "hippocampus"
    folder: Path = field(
        default_factory=lambda: hearts.REGISTERED
    )  # made, so that no page prints a folder of this machine
    parts: tuple[str, ...] = (hippocampi.PART,)

    @property
    def name(self) -> str:
        return self.data

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> tuple[str, list[hearts.Case]]:
        """A subject's name and its slices."""
        return _hippocampus(self, index)

    @functools.cached_property
    def _places(self) -> dict[str, list[int]]:
        return _grouped(hippocampi.subject_of(atlas.name) for atlas in hippocampi.slices(self.data, test=True))


@functools.lru_cache(maxsize=100)
def _hippocampus(data: HippocampusSubjects, index: int) -> tuple[str, list[hearts.Case]]:
    subject, places = list(data._places.items())[index]
    targets = hippocampi.slices(data.data, test=True)
    atlases = hippocampi.slices(data.data)
    return subject, hippocampi.cases([targets[place] for place in places], atlases, folder=data.folder)


def _grouped(subjects: Iterable[str]) -> dict[str, list[int]]:
    """Each subject's places in the list of slices."""
    found: dict[str, list[int]] = {}
    for place, subject in enumerate(subjects):
        found.setdefault(subject, []).append(place)
    return found
