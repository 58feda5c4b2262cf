"""Score methods of label fusion subject by subject: the stand-ins of the table whose hearts cannot be downloaded."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from tqdm import tqdm

from data_fetch import load
from mddl_lib.core import arguments
from mddl_lib.environment import quiet
from mddl_lib.results.cells import Cell
from mddl_lib.results.description import Unit
from mddl_lib.results.scores import Scores
from mddl_lib.segmentation import hearts
from mddl_lib.segmentation.deep_fusion.fusion_net import FusionNet
from mddl_lib.segmentation.evaluation import Targets
from mddl_lib.segmentation.methods import RULES, Method, by_network
from mddl_lib.segmentation.overlap import dice
from mddl_lib.segmentation.problems import as_fusion
from mddl_lib.segmentation.rivals.methods import by_pixels
from mddl_lib.segmentation.rivals.pixel_net import PixelNet
from mddl_lib.segmentation.stand_ins import hippocampi

SUBJECT = Unit("subject", "subjects")
COUNT = 8
"""atlases that vote"""


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
class HeartMuscle:
    """The left ventricle's muscle in the slices of the 2009 challenge: its epicardium without its endocardium."""

    slices: Targets = field(default_factory=Targets)
    parts: tuple[str, ...] = hearts.PARTS

    @property
    def name(self) -> str:
        return self.slices.name

    @property
    def sha256(self) -> str:
        return self.slices.sha256

    @property
    def embedded(self) -> bool:
        return self.slices.embedded

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> tuple[str, list[hearts.Case]]:
        """A subject's name and its slices."""
        subject, places = list(self._places.items())[index]
        return subject, [self.slices[place] for place in places]

    @functools.cached_property
    def _places(self) -> dict[str, list[int]]:
        return _grouped(hearts.subject_of(atlas.name) for atlas in hearts.slices(self.slices.targets))


@dataclass(frozen=True)
class HippocampusSubjects:
    """The test subjects' hippocampus slices, with atlases of the training subjects."""

    data: str = "hippocampus"
    folder: Path = field(
        default_factory=lambda: hearts.REGISTERED
    )  # made, so that no page prints a folder of this machine
    parts: tuple[str, ...] = (hippocampi.PART,)

    @property
    def name(self) -> str:
        return self.data

    @property
    def sha256(self) -> str:
        return load(self.data).sha256

    @property
    def embedded(self) -> bool:
        return load(self.data).embedded

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


def score(
    method: Method, data: Subjects, count: int | None = COUNT, *, images: int | None = None, progress: bool = True
) -> Scores:
    """Segment a subject's slices and compare with their labels: the mean Dice over its slices, one value a subject.

    :param count: the method sees so many atlases, the most similar by mutual information; None: all that were registered.
    :param images: only the first so many subjects.
    :raises ValueError: for a count that is none.
    :raises TypeError: for a method that cannot be called.
    """
    arguments.callables(method=method)
    total = len(data) if images is None else min(images, len(data))
    scores = Scores(data.name, data.sha256, data.embedded, [], {"dice": []}, [], SUBJECT)
    for index in tqdm(range(total), desc="subjects", disable=quiet() or not progress, mininterval=1.0):
        subject, cases = data[index]
        found, start, spent = [], 0.0, 0.0
        for case in cases:
            seen = as_fusion(case, data.parts, count)
            start = time.perf_counter()
            votes = method(seen)
            spent += time.perf_counter() - start
            estimate, truth = (_mask(values[0].numpy() > 0.5) for values in (votes, seen.truth))
            found.append(dice(estimate, truth))
        scores.names.append(subject)
        scores.values["dice"].append(float(np.mean(found)))
        scores.seconds.append(spent)
    return scores


def cells(column: str, network: FusionNet, pixels: PixelNet, count: int = COUNT) -> list[Cell]:
    """The rows of the table on one stand-in, for :func:`mddl_lib.results.cells.fill` with :func:`score`.

    :param network: the rows DFN, whose features choose ``count`` atlases, and DFN_NMI, where mutual information does.
    :param pixels: the row CNN.
    :raises TypeError: for other networks.
    """
    by_pixels(pixels), by_network(network)

    def made_by(given: FusionNet | PixelNet) -> dict[str, Any]:
        header = getattr(given, "header", {})
        return {key: header.get(key) for key in ("name", "seed", "tensors_sha256")}

    def cell(row: str, make: Callable[[], Method], seen: int | None, **origin: Any) -> Cell:
        return Cell(row, column, make, seen, {"atlases": count, **origin}, slow=row in ("SVMAF", "MAPM"))

    def rule(row: str) -> Cell:
        return cell(row, lambda: RULES[row], count, rule=row)

    return [
        *map(rule, ("MV", "PB", "MAPM", "SVMAF")),
        cell("CNN", lambda: by_pixels(pixels), 1, **made_by(pixels)),
        cell(
            "DFN_NMI",
            lambda: by_network(network, count, deep=False),
            None,
            chosen="mutual information",
            **made_by(network),
        ),
        cell("DFN", lambda: by_network(network, count), None, chosen="features", **made_by(network)),
    ]


def _grouped(subjects: Any) -> dict[str, list[int]]:
    """Each subject's places in the list of slices."""
    found: dict[str, list[int]] = {}
    for place, subject in enumerate(subjects):
        found.setdefault(subject, []).append(place)
    return found


def _mask(parts: np.ndarray) -> np.ndarray:
    """One mask of one, or the first without the second."""
    return parts[0] if len(parts) == 1 else parts[0] & ~parts[1]
