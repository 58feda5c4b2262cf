"""The place of the organ in each slice of a subject, and for each atlas how it lies there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mddl_lib.segmentation.alignment.path import smoothest
from mddl_lib.segmentation.alignment.templates import Likeness, Templates, mask, matrix, shrunk, step_of, templates
from mddl_lib.segmentation.atlases import Atlas, check_picture, stretched

SHARPNESS = 30.0
"""β: how much louder an atlas speaks that resembles more"""
BELIEF = 0.3
"""how much the usual place counts, against what is seen"""
STEP = 2.0
"""σ: by how much the place may change from slice to slice, in pixels of the search's grid"""
REACH = 3
"""how far from the organ's middle an atlas may lie, in pixels of the search's grid"""

WIDER, ROOM = 1.3, 3
"""the disc that registration compares: so many radii, and so many pixels of the search's grid"""


class Start(NamedTuple):
    """How an atlas lies in a target before it is registered."""

    atlas: int
    """its number"""
    likeness: float
    matrix: np.ndarray
    """from the target's rows and columns, around ``centre``, to the atlas's, around ``source``"""
    centre: tuple[float, float]
    source: tuple[float, float]


class Place(NamedTuple):
    """Where the organ lies in a target, in pixels, without a look at its label."""

    centre: tuple[float, float]
    radius: float
    """of a disc of its area, as the atlases that resemble most have it"""
    reach: float
    """of the disc around the middle that registration compares: the organ and some of what lies around it"""
    starts: tuple[Start, ...]
    """one an atlas, the likest first"""


def places(stack: Sequence[np.ndarray], atlases: Sequence[Atlas]) -> list[Place]:
    r"""The place of the organ in every slice of a subject.

    Each atlas's organ is compared with each place :math:`c` of a slice, in fifteen poses; the best pose has the correlation
    :math:`m_a(c)`. All atlases speak, the likest the loudest, and the usual place counts a little:

    .. math:: S(c) = \log \frac1n \sum_a e^{\beta\, m_a(c)} + \gamma \log p(c), \qquad
              \max_{c_1 \ldots c_Z} \sum_z S_z(c_z) - \sum_z \frac{|c_z - c_{z-1}|^2}{2 \sigma^2}

    - :math:`p`: the normal distribution of the atlases' own centres; :math:`z`: slices; β = 30, γ = 0.3, σ = 2 pixels.

    :param stack: the slices in their order, (H, W) each and of one size; one slice alone is a stack too.
    :param atlases: labelled slices of other subjects, of any size.
    :raises ValueError: for no slice, no atlas, or slices of different sizes.
    """
    if not stack or not atlases:
        raise ValueError(f"{len(stack)} slices and {len(atlases)} atlases: expected one or more of each")
    for number, picture in enumerate(stack):
        check_picture(f"slice {number}", picture)
        if picture.shape != stack[0].shape:
            raise ValueError(f"slices have the shapes {stack[0].shape} and {picture.shape}: expected one size")
    step = step_of(atlases)
    poses = {n: found for n, a in enumerate(atlases) if (found := templates(a, step)) is not None}
    side = max(found.pictures.shape[-1] for found in poses.values())
    eyes = [Likeness(shrunk(stretched(picture), step), side) for picture in stack]
    best = [[eye(found).max(0) for found in poses.values()] for eye in eyes]
    maps = [np.stack([b.values.numpy() for b in row]) for row in best]  # (atlases, H, W) a slice
    usual = _usual(atlases, stack[0].shape, step, maps[0].shape[1:])
    top = [float(m.max()) for m in maps]
    seen = [
        np.log(np.exp(SHARPNESS * (m - t)).mean(0)) + SHARPNESS * t + BELIEF * usual
        for m, t in zip(maps, top, strict=True)
    ]
    return [
        _place(m, np.stack([b.indices.numpy() for b in row]), poses, middle, step)
        for m, row, middle in zip(maps, best, smoothest(seen, STEP), strict=True)
    ]


def _usual(atlases: Sequence[Atlas], shape: tuple, step: int, grid: tuple) -> np.ndarray:
    """The logarithm of the usual place's probability on the search's grid, without its constant."""
    centres = np.array(
        [np.argwhere(mask(a) > 0.5).mean(0) / a.image.shape * shape for a in atlases if (mask(a) > 0.5).any()]
    )
    spread = np.maximum(centres.std(0), np.array(shape) / 20)
    rows, columns = ((step * (np.arange(n) + 0.5) - 0.5) for n in grid)
    middle = centres.mean(0)
    return -0.5 * (((rows[:, None] - middle[0]) / spread[0]) ** 2 + ((columns - middle[1]) / spread[1]) ** 2)


def _place(maps: np.ndarray, numbers: np.ndarray, poses: dict[int, Templates], middle: tuple, step: int) -> Place:
    """Each atlas's best position near the middle, and what they say together."""
    top, left = (max(0, c - REACH) for c in middle)
    near = (slice(None), slice(top, middle[0] + REACH + 1), slice(left, middle[1] + REACH + 1))
    here, which = maps[near], numbers[near]
    flat = here.reshape(len(here), -1).argmax(1)
    rows, columns = np.divmod(flat, here.shape[2])
    each = np.arange(len(here))
    likeness, number = here[each, rows, columns], which[each, rows, columns]
    positions = step * (np.stack([top + rows, left + columns], 1) + 0.5) - 0.5
    areas = np.array([found.areas[k] for found, k in zip(poses.values(), number, strict=True)])
    loud = np.exp(SHARPNESS * (likeness - likeness.max()))
    order = areas.argsort()
    area = areas[order][np.searchsorted(loud[order].cumsum(), loud.sum() / 2)]
    centre = (loud[:, None] * positions).sum(0) / loud.sum()
    keys, found = list(poses), list(poses.values())
    starts = tuple(
        Start(keys[n], float(likeness[n]), matrix(int(number[n])), tuple(positions[n].tolist()), found[n].centre)
        for n in np.argsort(-likeness, kind="stable")
    )
    radius = float(np.sqrt(area / np.pi))
    return Place(tuple(centre.tolist()), radius, WIDER * radius + ROOM * step, starts)
