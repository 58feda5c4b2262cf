"""Where one pixel's votes come from: its weights over atlases and shifts, painted on the atlases."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.segmentation.views.outlines import OTHER, TRUTH, outlined, tiled

WEIGHT = np.array((0.9, 0.4, 0.0))
"""orange: the largest weight is opaque"""


class Votes(NamedTuple):
    """What one pixel was told."""

    vote: float
    """the weighted mean of the labels"""
    atlases: list[float]
    """share of the weight of each atlas"""
    inside: float
    """share of the weight at pixels whose label is above one half"""


def votes_of(weights: Tensor, labels: Tensor, pixel: tuple[int, int]) -> Votes:
    """Sum up one pixel's weights.

    :param weights: (K, (2t + 1)², H, W), summing to one over atlases and shifts.
    :param labels: (K, H, W), of one part.
    :raises ValueError: for shapes that do not fit, or a pixel outside.
    """
    seen, marks = _at(weights, labels, pixel)
    return Votes(float((seen * marks).sum()), [float(w) for w in seen.sum((1, 2))], float((seen * (marks > 0.5)).sum()))


def vote_map(
    target: np.ndarray,
    truth: np.ndarray,
    atlases: np.ndarray,
    labels: Tensor,
    weights: Tensor,
    pixel: tuple[int, int],
    reach: int = 12,
    zoom: int = 5,
) -> np.ndarray:
    """The target around a pixel, then each atlas there, its label's outline in blue and the pixel's weights in orange.

    :param target: (H, W); ``truth`` its mask, whose outline is green.
    :param atlases: (K, H, W).
    :param labels: (K, H, W).
    :param weights: (K, (2t + 1)², H, W).
    :param reach: pixels that are shown to each side.
    :raises ValueError: for shapes that do not fit, or a pixel outside.
    """
    seen, _ = _at(weights, labels, pixel)
    arguments.counts(1, reach=reach, zoom=zoom)
    t = seen.shape[1] // 2

    def around(values: np.ndarray) -> np.ndarray:
        wide = np.pad(values, reach, mode="edge")
        return wide[pixel[0] : pixel[0] + 2 * reach + 1, pixel[1] : pixel[1] + 2 * reach + 1]

    first = outlined(around(target), {TRUTH: around(truth)}, zoom)
    middle = slice(reach * zoom, (reach + 1) * zoom)
    first[middle, middle] = WEIGHT
    panels = [first]
    for atlas, label, weight in zip(atlases, labels.numpy(), seen.numpy(), strict=True):
        panel = outlined(around(atlas), {OTHER: around(label)}, zoom)
        opaque = np.zeros((2 * reach + 1,) * 2)
        opaque[reach - t : reach + t + 1, reach - t : reach + t + 1] = weight / seen.numpy().max()
        opaque = opaque.repeat(zoom, 0).repeat(zoom, 1)[..., None] ** 0.7
        panels.append(panel * (1 - opaque) + WEIGHT * opaque)
    return tiled(panels, columns=3)


def _at(weights: Tensor, labels: Tensor, pixel: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Weights and labels of the pixel's window: (K, 2t + 1, 2t + 1) each; labels are 0 outside."""
    arguments.tensors(weights=weights, labels=labels)
    side = round(weights.shape[1] ** 0.5) if weights.ndim == 4 else 0
    if side % 2 == 0 or side**2 != weights.shape[1]:
        raise ValueError(f"weights have the shape {tuple(weights.shape)}: expected (atlases, (2t + 1)², height, width)")
    if tuple(labels.shape) != (len(weights), *weights.shape[2:]):
        raise ValueError(
            f"labels have the shape {tuple(labels.shape)}, weights {tuple(weights.shape)}: expected one label an atlas, of one size"
        )
    row, column = pixel
    if not (0 <= row < labels.shape[1] and 0 <= column < labels.shape[2]):
        raise ValueError(f"pixel is {pixel}: expected a row below {labels.shape[1]}, a column below {labels.shape[2]}")
    t = side // 2
    wide = labels.new_zeros(len(labels), labels.shape[1] + 2 * t, labels.shape[2] + 2 * t)
    wide[:, t : t + labels.shape[1], t : t + labels.shape[2]] = labels
    return weights[:, :, row, column].view(-1, side, side), wide[:, row : row + side, column : column + side]
