"""The columns of the table of the 2009 challenge: contours, slices or subjects, with and without a subject; filled in one call."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mddl_lib.results.cells import Cell, fill
from mddl_lib.results.claims.claim import ONLY
from mddl_lib.results.scores import Scores
from mddl_lib.results.tables import ResultTable
from mddl_lib.segmentation.deep_fusion.fusion_net import FusionNet
from mddl_lib.segmentation.evaluation import OfSet, Targets, by_subject, score
from mddl_lib.segmentation.hearts import MISPLACED, subject_of
from mddl_lib.segmentation.methods import Method

SUBJECTS, FITTING = "by subject", f"without {MISPLACED}"
PARTS = {
    ONLY: "epicardium",
    SUBJECTS: "epicardium",
    FITTING: "epicardium",
    "endocardium": "endocardium",
    "myocardium": "myocardium",
}
"""column → what is scored in it"""


@dataclass(frozen=True)
class Subjects(OfSet):
    """The targets, a subject a unit."""

    targets: Targets

    @property
    def name(self) -> str:
        return self.targets.name

    @functools.cached_property
    def slices_of(self) -> dict[str, int]:
        """Subject → number of its slices, in the order of the targets."""
        names = [subject_of(slice_.name) for slice_ in self.targets.slices]
        return {name: names.count(name) for name in dict.fromkeys(names)}

    def __len__(self) -> int:
        return len(self.slices_of)


def score_subjects(
    method: Method | FusionNet, data: Subjects, part: str, *, images: int | None = None, progress: bool = True
) -> Scores:
    """As :func:`mddl_lib.segmentation.evaluation.score`, the mean over a subject's slices a value.

    :param images: only the first so many subjects.
    """
    count = len(data) if images is None else min(images, len(data))
    wanted = sum(list(data.slices_of.values())[:count])
    return by_subject(score(method, data.targets, part, images=wanted, progress=progress))


def fill_columns(
    table: ResultTable,
    cells: Sequence[Cell],
    targets: Targets,
    *,
    images: int | None = None,
    check: int | None = None,
    resume: bool = False,
) -> list[Cell]:
    """Every column of the table for each of some cells, which name row, method and origin; a slice is segmented once.

    :param images: as :func:`mddl_lib.results.cells.fill` takes it; as many subjects in the column that has these.
    :param check: of the slow cells, so many slices, or subjects.
    :returns: the cells that were computed.
    """
    places = {
        SUBJECTS: (Subjects(targets), score_subjects),
        FITTING: (replace(targets, left_out=MISPLACED), score),
    }
    computed, cells = [], [replace(cell, make=functools.cache(cell.make)) for cell in cells]
    for column, part in PARTS.items():
        data, scored = places.get(column, (targets, score))
        there = [replace(cell, column=column, mask=part) for cell in cells]
        computed += fill(table, there, data, images=images, check=check, resume=resume, score=scored)
    return computed
