"""The slices of the 2009 left-ventricle challenge: subjects, the region of interest, and which atlases a target may see."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import rankdata
from tqdm import tqdm

from data_fetch import load
from mddl_lib.environment import quiet
from mddl_lib.segmentation.alignment.aligned import Funnel, Stack
from mddl_lib.segmentation.atlases import Atlas
from mddl_lib.training.plan import RUNS

SIDE = 104
"""pixels along a side of the region of interest: every heart of the training subjects, and a margin"""
CENTRE = (127, 133)
"""its middle, row and column: the mean centre of the training subjects' epicardia. No target's label is looked at."""
PARTS = ("epicardium", "endocardium")
CANDIDATES = 12
"""atlases that vote for a target: of those that were registered to it, the most similar ones"""
MISPLACED = "SC-N-06"
"""a validation subject whose contours do not lie on its pictures: they are the challenge's contours, so the pictures are of
another scan (see :func:`pool_brightness`). Seven slices; every table counts them, one column leaves them out."""
REGISTERED = RUNS / "registered"
"""where registered atlases are kept"""


@dataclass(frozen=True)
class Case:
    """A target with the atlases that were registered to it, the most similar first."""

    target: Atlas
    """its labels are the truth"""
    atlases: list[Atlas]


def subject_of(name: str) -> str:
    """The subject in a slice's name: "SC-HF-I-01" of "SC-HF-I-01-IM-0001-0059"; a slice without one is its own subject.

    :raises ValueError: for what is no name.
    """
    if not isinstance(name, str) or not name:
        raise ValueError(f"name is {name!r}: expected a slice's name, such as 'SC-HF-I-01-IM-0001-0059'")
    found = re.match(r"(SC-(?:HF-I|HF-NI|HYP|N)-\d+)-", name)
    return found.group(1) if found else name


def region(picture: np.ndarray) -> np.ndarray:
    """The square of 104 pixels around the place where the training subjects have their hearts.

    :raises ValueError: for a picture in which it does not lie.
    """
    shape = getattr(picture, "shape", type(picture).__name__)
    top, left = CENTRE[0] - SIDE // 2, CENTRE[1] - SIDE // 2
    if not isinstance(picture, np.ndarray) or picture.ndim != 2 or min(shape[0] - top, shape[1] - left) < SIDE:
        raise ValueError(f"picture has the shape {shape}: expected an array (256, 256), as the challenge's slices")
    return np.ascontiguousarray(picture[top : top + SIDE, left : left + SIDE])


@functools.cache
def slices(data: str) -> tuple[Atlas, ...]:
    """The slices of a data set that have both contours, cut to the region of interest.

    :param data: "sunnybrook/training", "sunnybrook/validation" or "phantom_heart".
    """
    return tuple(
        Atlas(sample.name, region(sample["image"]), {part: region(sample[part]) for part in PARTS})
        for sample in load(data)
        if all(part in sample for part in PARTS)
    )


def pool_brightness(slice_: Atlas) -> float:
    r"""The share of pairs, a pixel of the blood pool and one of the muscle, in which the pool is the brighter one.

    .. math:: \mathrm{P}(x_p > x_m) + \tfrac12 \mathrm{P}(x_p = x_m)

    - :math:`p`: a pixel inside the endocardium; :math:`m`: a pixel between both contours.

    Blood is bright in these pictures: contours that lie on their picture give nearly 1, contours that lie anywhere about one
    half. No method of segmentation has a part in it.

    :raises ValueError: when one of both has no pixel.
    """
    pool, inside = (slice_.labels[part] > 0.5 for part in PARTS[::-1])
    first, second = slice_.image[pool], slice_.image[inside & ~pool]
    if not len(first) or not len(second):
        raise ValueError(
            f"{slice_.name} has {len(first)} pixels of pool and {len(second)} of muscle: expected some of each"
        )
    ranks = rankdata(np.concatenate([first, second]))[: len(first)].sum()
    return float((ranks - len(first) * (len(first) + 1) / 2) / (len(first) * len(second)))


def others(target: Atlas, atlases: Sequence[Atlas]) -> list[Atlas]:
    """The atlases of other subjects: no target sees a slice of its own subject."""
    return [atlas for atlas in atlases if subject_of(atlas.name) != subject_of(target.name)]


def cases(
    targets: Sequence[Atlas],
    atlases: Sequence[Atlas],
    count: int = CANDIDATES,
    folder: Path | str = REGISTERED,
    funnel: Funnel | None = None,
    stacks: Sequence[Atlas] | None = None,
) -> list[Case]:
    """Each target with the ``count`` most similar slices of other subjects, registered to it.

    What was registered before is read from ``folder``: an interruption loses one target at most.

    :param stacks: slices among which the others of a target's subject are looked up, in their order, so that the heart is
        found in all of them together; None: the targets.
    :raises ValueError: when a target has no atlas of another subject, or does not lie among the stacks.
    """
    found, known, stacks = [], {}, targets if stacks is None else stacks
    for target in tqdm(targets, desc="registration", unit="target", disable=quiet(), mininterval=1.0):
        subject = subject_of(target.name)
        if subject not in known:
            slices_ = [slice_ for slice_ in stacks if subject_of(slice_.name) == subject]
            names = [slice_.name for slice_ in slices_]
            known[subject] = (names, Stack([slice_.image for slice_ in slices_], others(target, atlases)))
        names, stack = known[subject]
        if target.name not in names:
            raise ValueError(f"{target.name} is not among the stacks: expected one of {names}")
        found.append(Case(target, stack.aligned(names.index(target.name), count, folder, funnel)))
    return found
