"""Score a method of label fusion: Dice and Jaccard, slice by slice or subject by subject."""

from __future__ import annotations

import functools
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from data_fetch import load
from mddl_lib.environment import quiet
from mddl_lib.results.cells import Cell
from mddl_lib.results.claims.claim import ONLY
from mddl_lib.results.metric import Unit
from mddl_lib.results.scores import Scores
from mddl_lib.segmentation.alignment.aligned import Stack
from mddl_lib.segmentation.atlases import Atlas
from mddl_lib.segmentation.deep_fusion.fusion_net import FusionNet
from mddl_lib.segmentation.hearts import CANDIDATES, PARTS, REGISTERED, Case, others, slices, subject_of
from mddl_lib.segmentation.methods import RULES, Method, by_network
from mddl_lib.segmentation.overlap import dice, jaccard
from mddl_lib.segmentation.problems import as_fusion

SLICE, SUBJECT = Unit("slice", "slices"), Unit("subject", "subjects")
METRICS = {"adm": dice, "ajm": jaccard}
"""by their names in the table of the 2009 challenge"""
COLUMNS = {
    "epicardium": ("epicardium",),
    "endocardium": ("endocardium",),
    "myocardium": ("epicardium", "endocardium"),
}
"""what is scored → the contours that it takes, the first without the second"""


class OfSet:
    """Units of one data set, as the table's filler asks for it: a name, which a subclass says, a hash, and where it is from."""

    name: str

    @property
    def sha256(self) -> str:
        """The set's hash."""
        return load(self.name).sha256

    @property
    def embedded(self) -> bool:
        """Whether it stands in for a set that would be fetched."""
        return load(self.name).embedded


@dataclass(frozen=True)
class Targets(OfSet):
    """Targets with registered atlases, as the table's filler takes them: a length, a name, a hash."""

    targets: str = "sunnybrook/validation"
    atlases: str = "sunnybrook/training"
    count: int = CANDIDATES
    folder: Path = field(default_factory=lambda: REGISTERED)  # made, so that no page prints a folder of this machine
    left_out: str = ""
    """a subject that is not scored"""

    @property
    def name(self) -> str:
        return self.targets

    @property
    def slices(self) -> list[Atlas]:
        """The targets, without the subject that is left out."""
        return [slice_ for slice_ in slices(self.targets) if subject_of(slice_.name) != self.left_out]

    def __len__(self) -> int:
        return len(self.slices)

    def __getitem__(self, index: int) -> Case:
        """A target with its atlases, registered at the first access and kept."""
        return _case(self, range(len(self))[index])


@functools.lru_cache(maxsize=300)
def _case(data: Targets, index: int) -> Case:
    target = data.slices[index]
    names, stack = _stack(data.targets, data.atlases, subject_of(target.name))
    return Case(target, stack.aligned(names.index(target.name), data.count, data.folder))


@functools.lru_cache(maxsize=32)
def _stack(targets: str, atlases: str, subject: str) -> tuple[list[str], Stack]:
    """A subject's slices, by name: the heart is looked for once in all of them, however many are asked for."""
    own = [slice_ for slice_ in slices(targets) if subject_of(slice_.name) == subject]
    return [slice_.name for slice_ in own], Stack([slice_.image for slice_ in own], others(own[0], slices(atlases)))


def score(
    method: Method | FusionNet, data: Targets, part: str, *, images: int | None = None, progress: bool = True
) -> Scores:
    """Segment the targets and compare with their labels: one value a slice, nothing cut and nothing left out.

    :param method: a network stands for itself with all atlases.
    :param part: "epicardium" or "endocardium"; "myocardium" is the one without the other.
    :param images: only the first so many.
    :raises ValueError: for another part.
    """
    if part not in COLUMNS:
        raise ValueError(f"part is {part!r}: expected one of {list(COLUMNS)}")
    return score_parts(method, data, (part,), images=images, progress=progress)[part]


def score_parts(
    method: Method | FusionNet,
    data: Targets,
    wanted: Sequence[str] = tuple(COLUMNS),
    *,
    images: int | None = None,
    progress: bool = True,
) -> dict[str, Scores]:
    """As :func:`score`, several parts from one segmentation: {part: scores}.

    :param wanted: some of epicardium, endocardium, myocardium.
    :raises ValueError: for another one.
    """
    if unknown := [part for part in wanted if part not in COLUMNS]:
        raise ValueError(f"part is {unknown[0]!r}: expected one of {list(COLUMNS)}")
    method = as_method(method)
    count = len(data) if images is None else min(images, len(data))
    found = {
        name: Scores(data.name, data.sha256, data.embedded, [], {metric: [] for metric in METRICS}, [], SLICE)
        for name in wanted
    }
    for target in tqdm(data.slices[:count], desc="slices", disable=quiet() or not progress, mininterval=1.0):
        masks, seconds = _segmented(method, replace(data, left_out=""), target.name)
        truth = {part: target.labels[part] > 0.5 for part in PARTS}
        for name, scores in found.items():
            estimate, wanted_ = (_mask([one[part] for part in COLUMNS[name]]) for one in (masks, truth))
            scores.names.append(target.name)
            scores.seconds.append(seconds)
            for metric, measure in METRICS.items():
                scores.values[metric].append(measure(estimate, wanted_))
    return found


@functools.lru_cache(maxsize=32)
def as_method(method: Method | FusionNet) -> Method:
    """A network stands for itself with all atlases; always the same one for the same network."""
    return by_network(method) if isinstance(method, FusionNet) else method


@functools.lru_cache(maxsize=4000)
def _segmented(method: Method, data: Targets, name: str) -> tuple[dict[str, np.ndarray], float]:
    """Both contours' masks, and the method's wall time; remembered, so that several columns segment once."""
    seen = as_fusion(data[[slice_.name for slice_ in data.slices].index(name)])
    start = time.perf_counter()
    votes = method(seen)
    seconds = time.perf_counter() - start
    return dict(zip(PARTS, votes[0].numpy() > 0.5, strict=True)), seconds


def by_subject(scores: Scores) -> Scores:
    """The mean over a subject's slices, one value a subject."""
    subjects = [subject_of(name) for name in scores.names]
    names = list(dict.fromkeys(subjects))

    def means(values: list[float]) -> list[float]:
        return [float(np.mean([v for v, s in zip(values, subjects, strict=True) if s == name])) for name in names]

    values = {metric: means(found) for metric, found in scores.values.items()}
    return replace(scores, names=names, values=values, seconds=means(scores.seconds), unit=SUBJECT)


def rule_cells(part: str, rows: Sequence[str] = ("MV", "PB", "SVMAF")) -> list[Cell]:
    """The rows of a table that need no training, for :func:`mddl_lib.results.cells.fill` with :func:`score`.

    :param part: as :func:`score` takes it.
    :raises KeyError: for a row that is no rule.
    """
    if unknown := [row for row in rows if row not in RULES]:
        raise KeyError(f"there is no rule {unknown[0]!r}: expected some of {list(RULES)}")
    return [
        Cell(
            row,
            ONLY,
            functools.partial(RULES.__getitem__, row),
            part,
            {"rule": row, "atlases": CANDIDATES},
            row == "SVMAF",
        )
        for row in rows
    ]


def _mask(parts: list[np.ndarray]) -> np.ndarray:
    """One mask of one, or the first without the second."""
    return parts[0] if len(parts) == 1 else parts[0] & ~parts[1]
