"""How well an image is segmented: overlap, and whether the borders lie right.

Taught in :doc:`/statistical/crf_as_rnn`.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import distance_transform_edt
from skimage.segmentation import find_boundaries
from torch import Tensor

from mddl_lib.core import arguments


def overlaps(found: Tensor, truth: Tensor, labels: int) -> tuple[list[float], list[float]]:
    r"""Dice and intersection over union of each image, the mean over the labels but 0 (over all, if there are more than two).

    A label that neither has counts as 1.

    :param found: (N, H, W), whole numbers; truth: the same.
    :raises ValueError: for shapes that differ, or a count below 2.
    """
    _check(found, truth)
    arguments.counts(2, labels=labels)
    dice, union = [], []
    for a, b in zip(found, truth, strict=True):
        pairs = []
        for label in range(1 if labels == 2 else 0, labels):
            both, either = float(((a == label) & (b == label)).sum()), float(((a == label) | (b == label)).sum())
            total = float((a == label).sum() + (b == label).sum())
            if total or labels == 2:
                pairs.append((2 * both / total if total else 1.0, both / either if either else 1.0))
        dice.append(float(np.mean([pair[0] for pair in pairs])))
        union.append(float(np.mean([pair[1] for pair in pairs])))
    return dice, union


def boundary_score(found: Tensor, truth: Tensor, tolerance: float = 1.5) -> list[float]:
    r"""The boundary F-score of each image: :math:`F = 2 P R / (P + R)`.

    P: the share of the found border that lies within ``tolerance`` pixels of a true one; R: the other way round. 1 where
    neither has a border, 0 where one has none.

    :raises ValueError: for shapes that differ, or a tolerance below 0.

    Source: Csurka et al., BMVC 2013.
    """
    _check(found, truth)
    arguments.not_negative(tolerance=tolerance)
    scores = []
    for a, b in zip(found.numpy(), truth.numpy(), strict=True):
        mine, true = find_boundaries(a, mode="inner"), find_boundaries(b, mode="inner")
        if not mine.any() or not true.any():
            scores.append(float(mine.any() == true.any()))
            continue
        precision = float((distance_transform_edt(~true)[mine] <= tolerance).mean())
        recall = float((distance_transform_edt(~mine)[true] <= tolerance).mean())
        scores.append(2 * precision * recall / (precision + recall) if precision + recall else 0.0)
    return scores


def _check(found: Tensor, truth: Tensor) -> None:
    arguments.tensors(found=found, truth=truth)
    if found.ndim != 3 or found.shape != truth.shape:
        raise ValueError(
            f"found labels have the shape {tuple(found.shape)}, true ones {tuple(truth.shape)}: expected (N, H, W) of both"
        )
