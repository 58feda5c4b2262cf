"""Score the rivals that see a whole picture, on the same slices as the methods with atlases: Dice and Jaccard of the epicardium."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from torch import nn
from tqdm import tqdm

from data_fetch import Sample, load
from mddl_lib.core import arguments
from mddl_lib.environment import quiet
from mddl_lib.results.cells import Cell, fill
from mddl_lib.results.claims.claim import ONLY
from mddl_lib.results.scores import Scores
from mddl_lib.results.tables import ResultTable
from mddl_lib.segmentation.challenge.columns import FITTING, SUBJECTS, Subjects
from mddl_lib.segmentation.evaluation import METRICS, SLICE, OfSet, by_subject
from mddl_lib.segmentation.hearts import MISPLACED, PARTS, subject_of
from mddl_lib.segmentation.rivals.methods import DLDM, DLLS, PictureMethod, in_region


@dataclass(frozen=True)
class WholeSlices(OfSet):
    """The slices that have both contours, whole: those of :class:`mddl_lib.segmentation.evaluation.Targets`, in its order."""

    data: str = "sunnybrook/validation"
    left_out: str = ""
    """a subject that is not scored"""

    @property
    def name(self) -> str:
        return self.data

    @property
    def slices(self) -> list[Sample]:
        """The slices, without the subject that is left out."""
        return [sample for sample in _samples(self.data) if subject_of(sample.name) != self.left_out]

    def __len__(self) -> int:
        return len(self.slices)


def score(
    method: PictureMethod,
    data: WholeSlices,
    part: str = "epicardium",
    *,
    images: int | None = None,
    progress: bool = True,
) -> Scores:
    """Segment whole pictures and compare with their labels: one value a slice, nothing cut and nothing left out.

    :param images: only the first so many.
    :raises ValueError: for a part without a contour.
    :raises TypeError: for a method that cannot be called.
    """
    arguments.callables(method=method)
    if part not in PARTS:
        raise ValueError(f"part is {part!r}: expected one of {PARTS}")
    scores = Scores(data.name, data.sha256, data.embedded, [], {name: [] for name in METRICS}, [], SLICE)
    for sample in tqdm(data.slices[:images], desc="slices", disable=quiet() or not progress, mininterval=1.0):
        estimate, seconds = _segmented(method, data.data, sample.name)
        scores.seconds.append(seconds)
        scores.names.append(sample.name)
        for name, metric in METRICS.items():
            scores.values[name].append(metric(estimate, np.asarray(sample[part] > 0)))
    return scores


def score_subjects(
    method: PictureMethod, data: Subjects, part: str = "epicardium", *, images: int | None = None, progress: bool = True
) -> Scores:
    """As :func:`score`, the mean over a subject's slices a value.

    :param images: only the first so many subjects.
    """
    wanted = sum(list(data.slices_of.values())[:images])
    return by_subject(score(method, data.targets, part, images=wanted, progress=progress))


def fill_columns(
    table: ResultTable, cells: Sequence[Cell], data: WholeSlices, *, images: int | None = None, resume: bool = False
) -> list[Cell]:
    """The table's three columns of the epicardium for each of some cells; a slice is segmented once.

    :param images: only the first so many slices, and as many subjects in the column that has these.
    :returns: the cells that were computed.
    """
    computed, cells = [], [replace(cell, make=functools.cache(cell.make)) for cell in cells]
    for column, seen, scored in (
        (ONLY, data, score),
        (SUBJECTS, Subjects(data), score_subjects),
        (FITTING, replace(data, left_out=MISPLACED), score),
    ):
        there = [replace(cell, column=column) for cell in cells]
        computed += fill(table, there, seen, images=images, resume=resume, score=scored)
    return computed


@functools.cache
def _samples(data: str) -> tuple[Sample, ...]:
    return tuple(sample for sample in load(data) if all(part in sample for part in PARTS))


@functools.lru_cache(maxsize=2000)
def _segmented(method: PictureMethod, data: str, name: str) -> tuple[np.ndarray, float]:
    """The mask, and the method's wall time; remembered, so that several columns segment once."""
    picture = load(data)[name]["image"]
    start = time.perf_counter()
    mask = method(picture)
    return mask, time.perf_counter() - start


def cells(region: nn.Module, shape: nn.Module, context: nn.Module) -> list[Cell]:
    """The rows DLDM_init, DLDM and DLLS, for :func:`fill_columns`.

    :param region: the network that finds the region of the first two.
    :param shape: the network that draws their mask.
    :param context: the network of DLLS, in the fixed region.
    :raises TypeError: for networks that are none.
    """
    for what, network in {"region": region, "shape": shape, "context": context}.items():
        if not isinstance(network, nn.Module):
            raise TypeError(
                f"{what} is a {type(network).__name__}: expected a torch module, such as mddl_lib.load gives"
            )

    def cell(row: str, make: Callable[[], PictureMethod], *networks: nn.Module, **origin: Any) -> Cell:
        headers = [getattr(network, "header", {}) for network in networks]
        made_by = [{key: header.get(key) for key in ("name", "seed", "tensors_sha256")} for header in headers]
        return Cell(row, ONLY, make, "epicardium", {"networks": made_by, **origin})

    return [
        cell("DLDM_init", lambda: in_region(shape, region), region, shape),
        cell("DLDM", lambda: in_region(shape, region, DLDM), region, shape, level_set=vars(DLDM)),
        cell("DLLS", lambda: in_region(context, None, DLLS), context, level_set=vars(DLLS)),
    ]
