"""SVM fusion with augmented features (SVMAF): for each pixel, the most similar atlas pixels train a small classifier."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from scipy.ndimage import median_filter, sobel
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.segmentation.fusion_rules.checks import check_patch, check_rule
from mddl_lib.segmentation.fusion_rules.patch_based import shifted, shifts

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
            "SVMAF needs scikit-learn, which is not installed: expected the extra `segmentation`, "
            'as `pip install -e ".[segmentation]"` installs it'
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
    target: Tensor, atlases: Tensor, labels: Tensor, patch: int = 7, radius: int = 2, neighbours: int = 50
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

    Source: Bai, Shi, Ledig, Rueckert, Medical Image Analysis 2015. Window and number of neighbours are ours.
    """
    check_rule(target, atlases, labels)
    check_patch(patch)
    arguments.counts(0, radius=radius)
    arguments.counts(2, neighbours=neighbours)
    maps = torch.stack([augmented_features(picture.detach(), patch) for picture in [target, *atlases]])
    low, high = maps.amin((0, 2, 3), keepdim=True), maps.amax((0, 2, 3), keepdim=True)
    maps = 2 * (maps - low) / (high - low).clamp(min=1e-6) - 1
    mine, theirs = maps[0], maps[1:]
    inside, distances = torch.ones_like(atlases), []
    for _, step in shifts(radius):
        distance = (mine - shifted(theirs, step, radius)).square().sum(1)
        distances.append(distance.masked_fill(shifted(inside, step, radius) == 0, torch.inf))
    stacked = torch.stack(distances).flatten(0, 1)  # (S K, H, W)
    nearest = stacked.topk(min(neighbours, len(stacked)), 0, largest=False)
    used = nearest.values.isfinite()
    shift, atlas = nearest.indices // len(atlases), nearest.indices % len(atlases)
    rows, columns = torch.meshgrid(*(torch.arange(n) for n in target.shape), indexing="ij")
    side = 2 * radius + 1
    rows = (rows + shift // side - radius).clamp(0, target.shape[0] - 1)
    columns = (columns + shift % side - radius).clamp(0, target.shape[1] - 1)
    result = torch.empty_like(labels[0])
    for part in range(labels.shape[1]):
        seen = (labels[:, part] > 0.5)[atlas, rows, columns]  # (neighbours, H, W)
        yes = (seen & used).sum(0)
        result[part] = (yes == used.sum(0)).to(result.dtype)
        for y, x in ((yes > 0) & (yes < used.sum(0))).nonzero().tolist():
            keep = used[:, y, x]
            known = theirs[atlas[keep, y, x], :, rows[keep, y, x], columns[keep, y, x]]
            model = _trained(known.numpy(), seen[keep, y, x].numpy())
            result[part, y, x] = float(model.predict(mine[:, y, x].numpy()[None])[0])
    return result


def _trained(known: np.ndarray, seen: np.ndarray) -> Any:
    import sklearn

    model = support_vector_classifier()
    with sklearn.config_context(assume_finite=True, skip_parameter_validation=True):  # twice as fast on fifty samples
        return model.fit(known, seen)
