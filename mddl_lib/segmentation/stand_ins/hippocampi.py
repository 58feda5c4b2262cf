"""Sagittal slices of the hippocampus crops: which slices, which subjects are atlases and which are targets, and their registration."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from tqdm import tqdm

from data_fetch import load
from mddl_lib.environment import quiet
from mddl_lib.segmentation.alignment.kept import fingerprint, kept
from mddl_lib.segmentation.atlases import Atlas, stretched
from mddl_lib.segmentation.hearts import REGISTERED, Case
from mddl_lib.segmentation.registration import VERSION, Settings, register
from mddl_lib.segmentation.selection import most_similar, most_similar_moved

PART = "hippocampus"
"""both labels of the set, its front and its back, as one mask"""
PLACES = (0.4, 0.5)
"""where the slices lie along the crop's first axis, as shares of its length: no label is looked at"""
SHAPE = (60, 48)
"""to which a slice is widened, its border repeated: the largest crop has 59 × 47 voxels"""
SHARE = 0.6
"""of the subjects, in the order of their names, are atlases and training targets; the rest are test targets"""
CANDIDATES = 16
"""atlases that are registered to a target"""
FINER = 2
"""pictures are registered on a grid so many times finer: the organ is ten pixels wide, and registration skips every other one"""


def sagittal(volume: np.ndarray, place: float) -> np.ndarray:
    """A slice across the first axis, in the middle of 60 × 48 pixels; what is missing repeats its border.

    :param volume: (x, y, z), at most 60 × 48 voxels along the last two axes.
    :param place: between 0 and 1, along the first axis.
    :raises ValueError: for a volume of another shape, or a place outside of it.
    """
    shape = getattr(volume, "shape", type(volume).__name__)
    if not isinstance(volume, np.ndarray) or volume.ndim != 3 or not volume.size:
        raise ValueError(f"volume has the shape {shape}: expected an array (x, y, z)")
    room = [most - size for most, size in zip(SHAPE, shape[1:], strict=True)]
    if min(room) < 0:
        raise ValueError(f"volume has the shape {shape}: expected at most {SHAPE} along the last two axes")
    if not isinstance(place, int | float) or not 0 <= place < 1:
        raise ValueError(f"place is {place!r}: expected a share of the first axis, from 0 up to, but not, 1")
    return np.pad(volume[int(place * shape[0])], [(free // 2, free - free // 2) for free in room], mode="edge")


@functools.cache
def slices(data: str = "hippocampus", test: bool = False) -> tuple[Atlas, ...]:
    """Two slices a subject, of the training or of the test subjects; each picture is stretched to its own range.

    :param data: "hippocampus" or "phantom_volume".
    """
    volumes = load(data)
    first = round(SHARE * len(volumes))
    found = []
    for index in range(first, len(volumes)) if test else range(first):
        sample = volumes[index]
        for number, place in enumerate(PLACES, start=1):
            label = sagittal(sample["label"], place) > 0
            picture = stretched(sagittal(sample["image"], place))
            found.append(Atlas(f"{sample.name}/{number}", picture, {PART: label.astype(np.float32)}))
    return tuple(found)


def subject_of(name: str) -> str:
    """ "hippocampus_003" of "hippocampus_003/1"."""
    return name.rsplit("/", 1)[0]


def cases(
    targets: Sequence[Atlas], atlases: Sequence[Atlas], count: int = CANDIDATES, folder: Path | str = REGISTERED
) -> list[Case]:
    """Each target with the ``count`` most similar slices of other subjects, registered to it; the most similar first.

    What was chosen and registered before is read from ``folder``: an interruption loses one target at most.
    """
    found = []
    for target in tqdm(targets, desc="registration", unit="target", disable=quiet(), mininterval=1.0):
        others = [atlas for atlas in atlases if subject_of(atlas.name) != subject_of(target.name)]
        words = ["hippocampi", VERSION, asdict(Settings()), FINER, count]
        path = Path(folder) / f"{fingerprint(words, [target.image], others)}.safetensors"
        moved = [_coarser(atlas) for atlas in kept(path, {}, functools.partial(_registered, target, others, count))]
        found.append(Case(target, most_similar(target.image, moved, count)))
    return found


def _registered(target: Atlas, others: Sequence[Atlas], count: int) -> list[Atlas]:
    fine = _finer(target).image
    return [register(fine, _finer(atlas)) for atlas in most_similar_moved(target.image, others, count)]


def _finer(atlas: Atlas) -> Atlas:
    def repeated(values: np.ndarray) -> np.ndarray:
        return values.repeat(FINER, 0).repeat(FINER, 1)

    return Atlas(atlas.name, repeated(atlas.image), {part: repeated(label) for part, label in atlas.labels.items()})


def _coarser(atlas: Atlas) -> Atlas:
    def mean(values: np.ndarray) -> np.ndarray:
        height, width = values.shape
        return values.reshape(height // FINER, FINER, width // FINER, FINER).mean((1, 3))

    return Atlas(atlas.name, mean(atlas.image), {part: mean(label) for part, label in atlas.labels.items()})
