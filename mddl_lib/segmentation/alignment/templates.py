"""An atlas's organ as a template: cut out along its label, turned and scaled, and compared with every place of a target."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from scipy.fft import next_fast_len
from scipy.ndimage import affine_transform, distance_transform_edt
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.segmentation.atlases import Atlas, check_picture, stretched

TURNS = (-25.0, 0.0, 25.0)
"""degrees"""
SCALES = (0.7, 0.84, 1.0, 1.2, 1.42)
"""of the atlas's organ, against its own size"""
MARGIN = 2
"""pixels around the label that belong to the template, on the search's grid"""
RADIUS = 12
"""of the middle atlas's organ on the search's grid, in pixels: larger pictures are halved, cut to thirds …"""
LEAST = 1e-4
"""the least variance of a place, so that what is flat resembles nothing"""


class Templates(NamedTuple):
    """One atlas's templates, a pose each: turns × scales of them."""

    pictures: Tensor
    """(poses, S, S): the organ's middle at S // 2"""
    weights: Tensor
    """(poses, S, S): one on the organ and its margin, and summing to one"""
    areas: np.ndarray
    """(poses,): of the label, in pixels of the atlas"""
    centre: tuple[float, float]
    """of the label, row and column, in pixels of the atlas"""


def pose(number: int) -> tuple[float, float]:
    """Turn in radians, and scale, of a template by its number."""
    return math.radians(TURNS[number // len(SCALES)]), SCALES[number % len(SCALES)]


def matrix(number: int) -> np.ndarray:
    """From a target's rows and columns around the organ's middle to the atlas's: turned back and scaled back, (2, 2)."""
    turn, scale = pose(number)
    return np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]]) / scale


def step_of(atlases: Sequence[Atlas]) -> int:
    """By how much pictures are shrunk for the search: the middle atlas's organ has a radius of about 12 pixels then.

    :raises ValueError: for no atlas, or none whose first label marks something.
    """
    areas = [float((mask(atlas) > 0.5).sum()) for atlas in atlases]
    if not any(areas):
        raise ValueError("no atlas has a label above one half: expected a mask that marks something")
    return max(1, round(math.sqrt(float(np.median([a for a in areas if a])) / math.pi) / RADIUS))


def mask(atlas: Atlas) -> np.ndarray:
    """The label by which an atlas's organ is looked for: its first part."""
    return next(iter(atlas.labels.values()))


def shrunk(values: np.ndarray, step: int) -> np.ndarray:
    """Means of blocks of ``step`` × ``step`` pixels; what is left over at the far borders is cut.

    :raises ValueError: for what is no picture, or a step that is not in it.
    """
    arguments.counts(1, step=step)
    if not isinstance(values, np.ndarray) or values.ndim != 2 or min(values.shape) < step:
        raise ValueError(
            f"values is {getattr(values, 'shape', values)}: expected a picture, {step} pixels or more a side"
        )
    height, width = (n // step for n in values.shape)
    return values[: height * step, : width * step].reshape(height, step, width, step).mean((1, 3))


def templates(atlas: Atlas, step: int) -> Templates | None:
    """The organ in every pose; None when the label marks nothing on the search's grid.

    :param step: as :func:`step_of` gives it.
    """
    picture, label = shrunk(stretched(atlas.image), step), shrunk(mask(atlas).astype(np.float64), step)
    inside = label >= 0.5
    if not inside.any():
        return None
    near = (distance_transform_edt(~inside) <= MARGIN).astype(np.float64)
    centre = np.argwhere(inside).mean(0)
    reach = max(SCALES) * np.hypot(*(np.argwhere(near > 0) - centre).T).max()
    side = 2 * math.ceil(reach) + 1
    pictures, weights, areas = [], [], []
    for number in range(len(TURNS) * len(SCALES)):
        back = matrix(number)
        offset = centre - back @ np.full(2, side // 2)
        turned = [affine_transform(v, back, offset, (side, side), order=1) for v in (picture, near, label)]
        pictures.append(turned[0])
        weights.append(turned[1] / turned[1].sum())
        areas.append(turned[2].sum() * step**2)
    full = tuple(float(step * (c + 0.5) - 0.5) for c in centre)
    return Templates(_tensor(pictures), _tensor(weights), np.array(areas), full)


class Likeness:
    r"""How much the surroundings of each pixel of a target resemble a template: the weighted correlation.

    .. math:: c(p) = \frac{\sum_s w_s (x_{p+s} - \bar x_p)(a_s - \bar a)}
                          {\sqrt{\sum_s w_s (x_{p+s} - \bar x_p)^2 \sum_s w_s (a_s - \bar a)^2}}

    - :math:`x`: target; :math:`a, w`: template and its weights; :math:`\bar x_p, \bar a`: weighted means.

    All places are compared at once, by Fourier transforms. Outside the picture is 0; templates that reach farther out than
    half their size see the far side there.

    :param target: a picture on the search's grid.
    :param side: of the largest template.
    """

    def __init__(self, target: np.ndarray, side: int) -> None:
        check_picture("the target", target)
        self.shape, self.room = target.shape, side // 4
        self.size = tuple(next_fast_len(n + 2 * self.room, real=True) for n in target.shape)
        wide = torch.zeros(self.size)
        wide[self.room : self.room + target.shape[0], self.room : self.room + target.shape[1]] = torch.from_numpy(
            target
        )
        self.first, self.second = (torch.fft.rfft2(part) for part in (wide, wide.square()))

    def __call__(self, poses: Templates) -> Tensor:
        """(poses, H, W), between −1 and 1: one value for each pose and place of the organ's middle."""
        w, a = poses.weights, poses.pictures
        a = a - (w * a).sum((1, 2), keepdim=True)
        variance = (w * a.square()).sum((1, 2), keepdim=True).clamp(min=LEAST / 10)
        ours, ours_too = (torch.fft.rfft2(part, s=self.size).conj() for part in (w, w * a))
        mean, square, together = (
            torch.fft.irfft2(part, s=self.size)
            for part in (self.first * ours, self.second * ours, self.first * ours_too)
        )
        found = together / ((square - mean.square()).clamp(min=LEAST) * variance).sqrt()
        # the value at r is that of the template's corner: its middle lies S // 2 farther on
        shift = a.shape[-1] // 2 - self.room
        return found.roll((shift, shift), (1, 2))[:, : self.shape[0], : self.shape[1]]


def _tensor(values: list[np.ndarray]) -> Tensor:
    return torch.from_numpy(np.stack(values)).float()
