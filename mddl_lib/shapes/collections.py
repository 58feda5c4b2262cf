"""Collections of shapes to search: their classes, and the five splits into shapes that teach and shapes that are searched."""

from __future__ import annotations

import functools
import math
import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from data_fetch import DataSet, load
from mddl_lib.core import arguments
from mddl_lib.shapes.mesh import Mesh
from mddl_lib.shapes.spectra.keeping import SPECTRA
from mddl_lib.shapes.surfaces import Surface

TAUGHT = 0.4
"""the share of each class that teaches, rounded up; the others are searched. The contest's protocol"""
CLASS_OF = {
    "faust_5k": lambda name, index: f"person {int(name[-3:]) // 10}",
    "phantom_bodies": lambda name, index: f"person {index // 10}",
    "phantom_bodies_300": lambda name, index: f"person {index // 20}",
    "mcgill": lambda name, index: re.match(r"[a-z]+", name).group(),
}
"""data set → the class of a shape by its name and number"""


@dataclass(frozen=True)
class Collection:
    """Shapes with their classes, as a table's filler takes them: a length, a name, a hash.

    Its units are the splits. No column of the table is called after anything but
    its own data, so these never stand in for others there, the bodies made by code included.

    :param name: of a data set in :data:`CLASS_OF`.
    :param splits: how many.
    :param classes: only the first so many.
    :param members: only the first so many of each class.
    :param folder: where eigenpairs are kept.
    """

    name: str
    splits: int = 5
    classes: int | None = None
    members: int | None = None
    folder: Path | None = field(default_factory=lambda: SPECTRA, repr=False)

    embedded = False

    def __post_init__(self) -> None:
        if self.name not in CLASS_OF:
            raise ValueError(f"name is {self.name!r}: expected one of {list(CLASS_OF)}")
        arguments.counts(1, splits=self.splits)
        for name in ("classes", "members"):
            if getattr(self, name) is not None:
                arguments.counts(2, **{name: getattr(self, name)})

    @property
    def data(self) -> DataSet:
        """The data set, fetched first where it is missing."""
        return _data(self.name)

    @property
    def sha256(self) -> str:
        return self.data.sha256

    @functools.cached_property
    def places(self) -> list[int]:
        """The numbers of its shapes in the data set."""
        names = self.data.sample_names
        kinds = [CLASS_OF[self.name](name, index) for index, name in enumerate(names)]
        kept = list(dict.fromkeys(kinds))[: self.classes]
        chosen = [[i for i, kind in enumerate(kinds) if kind == one][: self.members] for one in kept]
        return sorted(i for members in chosen for i in members)

    @functools.cached_property
    def names(self) -> list[str]:
        return [self.data.sample_names[place] for place in self.places]

    @functools.cached_property
    def labels(self) -> np.ndarray:
        """The class of each shape, as a text."""
        kind = CLASS_OF[self.name]
        return np.array([kind(name, place) for name, place in zip(self.names, self.places, strict=True)])

    def surface(self, index: int) -> Surface:
        """Shape number ``index``, its spectrum computed when it is asked for."""
        return _surface(self, index)

    def split(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of the shapes that teach and of those that are searched, 40 and 60 percent of each class.

        :param number: of the split, from 1 on; it is the seed.
        :raises ValueError: for a number that no split has.
        """
        if number not in range(1, self.splits + 1):
            raise ValueError(f"number is {number!r}: expected a split from 1 to {self.splits}")
        return divided(np.arange(len(self.labels)), self.labels, TAUGHT, number)

    def validation(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """The taught shapes of a split divided again, a quarter of each class to choose by. No searched shape is in it."""
        taught, _ = self.split(number)
        return divided(taught, self.labels[taught], 0.75, number)

    def __len__(self) -> int:
        return self.splits


def divided(numbers: np.ndarray, labels: np.ndarray, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A share of each class, rounded up and drawn at random, and the others; both in ascending order.

    :param numbers: of the shapes, (n,).
    :param labels: their classes, (n,).
    :raises ValueError: for a share that is none.
    """
    if not 0 < share < 1:
        raise ValueError(f"share is {share!r}: expected a number between 0 and 1")
    arguments.counts(0, seed=seed)
    if np.shape(numbers) != np.shape(labels) or np.ndim(labels) != 1:
        raise ValueError(f"numbers are {np.shape(numbers)}, labels {np.shape(labels)}: expected (n,) each")
    random, first = np.random.default_rng([seed, 14]), []
    for kind in np.unique(labels):
        members = numbers[labels == kind]
        first.extend(random.permutation(members)[: math.ceil(share * len(members))])
    chosen = np.array(sorted(first), dtype=np.int64)
    return chosen, np.setdiff1d(numbers, chosen)


@functools.cache
def _data(name: str) -> DataSet:
    return load(name)


@functools.lru_cache(maxsize=64)
def _surface(collection: Collection, index: int) -> Surface:
    sample = collection.data[collection.places[index]]
    return Surface(Mesh(sample["vertices"], sample["faces"], sample.name), collection.folder)
