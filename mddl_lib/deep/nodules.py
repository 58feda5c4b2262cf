"""Lesion localisation and classification, small: two kinds of nodules drawn into chest slices, and the free-response curve.

Taught in :doc:`/models/deep_networks`.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from scipy.ndimage import maximum_filter
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.deep.masks_objective import MasksObjective
from mddl_lib.training.recipe import Recipe

SIDE, KINDS, REACH = 128, ("smooth", "spiked"), 5.0
"""pixels a side; the two kinds; how far from a nodule's middle a mark may lie, in pixels"""


class Nodule(NamedTuple):
    """Where a nodule was drawn, and which kind."""

    row: float
    column: float
    kind: int


def draw_into(image: np.ndarray, random: np.random.Generator, most: int = 3) -> tuple[np.ndarray, list[Nodule]]:
    """An image (H, W) with one to ``most`` nodules at random places inside the body, and which they are.

    A smooth one is a soft disc; a spiked one has rays. Radius 4 to 6 pixels, .15 to .35 brighter than what is there.

    :raises ValueError: for another shape, or a count below 1.
    """
    arguments.counts(1, most=most)
    if image.ndim != 2:
        raise ValueError(f"image has the shape {image.shape}: expected (height, width)")
    height, width = image.shape
    rows, columns = np.mgrid[:height, :width]
    made, nodules = image.copy(), []
    body = np.argwhere(image > 0.05)
    body = body[(np.abs(body - [height / 2, width / 2]) < [height / 2 - 10, width / 2 - 10]).all(1)]
    for _ in range(int(random.integers(1, most + 1))):
        row, column = body[random.integers(len(body))] if len(body) else (height // 2, width // 2)
        if any(np.hypot(row - n.row, column - n.column) < 18 for n in nodules):
            continue
        kind, radius = int(random.integers(2)), random.uniform(4, 6)
        angle = np.arctan2(rows - row, columns - column)
        edge = radius * (1 + (0.55 * np.cos(5 * angle + random.uniform(0, 6)) if kind else 0))
        shape = 1 / (1 + np.exp(2.5 * (np.hypot(rows - row, columns - column) - edge)))
        made = made + random.uniform(0.15, 0.35) * shape
        nodules.append(Nodule(float(row), float(column), kind))
    return made.clip(0, 1).astype(np.float32), nodules


def target(nodules: list[Nodule], shape: tuple[int, int]) -> Tensor:
    """Discs of 4 pixels at the nodules' middles, a map a kind: (2, H, W)."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    maps = np.zeros((2, *shape), dtype=np.float32)
    for nodule in nodules:
        maps[nodule.kind][np.hypot(rows - nodule.row, columns - nodule.column) <= 4] = 1
    return torch.from_numpy(maps)


@functools.cache
def chest_set(name: str, copies: int, seed: int) -> tuple[Tensor, Tensor, tuple[tuple[Nodule, ...], ...]]:
    """Chest slices with nodules: images (N, 1, 128, 128), maps (N, 2, 128, 128), and the nodules of each.

    :param name: "chest_mr/train" or "chest_mr/test", or any set of images.
    :param copies: how often each slice is used, with other nodules.
    """
    from data_fetch import load

    arguments.counts(1, copies=copies)
    images, maps, lists = [], [], []
    for index, sample in enumerate(load(name)):
        x = torch.from_numpy(np.ascontiguousarray(sample.array, dtype=np.float32))[None, None]
        small = F.interpolate(x / max(float(x.max()), 1e-6), (SIDE, SIDE), mode="area")[0, 0].numpy()
        for copy in range(copies):
            made, nodules = draw_into(small, np.random.default_rng([seed, index, copy]))
            images.append(torch.from_numpy(made)[None])
            maps.append(target(nodules, (SIDE, SIDE)))
            lists.append(tuple(nodules))
    return torch.stack(images), torch.stack(maps), tuple(lists)


def marks(logits: Tensor, least: float = 0.02) -> list[tuple[float, float, float, int]]:
    """Local maxima of the likelier map: (score, row, column, kind), the surest first.

    :param logits: (2, H, W).
    :param least: scores below are left out.
    :raises ValueError: for another shape.
    """
    arguments.tensors(logits=logits)
    arguments.not_negative(least=least)
    if logits.ndim != 3 or len(logits) != 2:
        raise ValueError(f"logits have the shape {tuple(logits.shape)}: expected (2, height, width)")
    scores = torch.sigmoid(logits)
    smooth = F.avg_pool2d(scores[None], 5, 1, 2)[0].numpy()
    best = smooth.max(0)
    peaks = np.argwhere((best == maximum_filter(best, 11)) & (best > least))
    found = [(float(best[r, c]), float(r), float(c), int(smooth[:, r, c].argmax())) for r, c in peaks]
    kept: list[tuple[float, float, float, int]] = []
    for mark in sorted(found, reverse=True):  # of a flat top many pixels are its highest: the first stands for all
        if all(np.hypot(mark[1] - other[1], mark[2] - other[2]) > REACH for other in kept):
            kept.append(mark)
    return kept


def free_response(
    all_marks: list[list[tuple[float, float, float, int]]], truths: Any
) -> tuple[np.ndarray, np.ndarray, float]:
    """The FROC curve: false marks an image, and the share of nodules found, at every threshold; and how many found ones have
    the right kind.

    A nodule is found by the surest mark within :data:`REACH` pixels; each mark finds one at most, others are false.

    :param all_marks: of each image, as :func:`marks` gives.
    :param truths: the nodules of each image.
    :raises ValueError: for lists of unlike lengths, or no nodule at all.
    """
    if len(all_marks) != len(truths) or not any(len(nodules) for nodules in truths):
        raise ValueError(
            f"{len(all_marks)} lists of marks, {len(truths)} of nodules: expected as many, and a nodule somewhere"
        )
    hits, misses, right = [], [], []
    for found, nodules in zip(all_marks, truths, strict=True):
        left = list(nodules)
        for score, row, column, kind in sorted(found, reverse=True):
            near = [n for n in left if np.hypot(row - n.row, column - n.column) <= REACH]
            if near:
                nodule = min(near, key=lambda n: np.hypot(row - n.row, column - n.column))
                left.remove(nodule)
                hits.append(score)
                right.append(kind == nodule.kind)
            else:
                misses.append(score)
    total = sum(len(nodules) for nodules in truths)
    thresholds = np.r_[np.sort(np.r_[hits, misses])[::-1], 0.0] if hits or misses else np.zeros(1)
    false = np.array([np.sum(np.array(misses) >= t) for t in thresholds]) / len(truths)
    share = np.array([np.sum(np.array(hits) >= t) for t in thresholds]) / total
    return false, share, float(np.mean(right)) if right else 0.0


@dataclass(frozen=True)
class ChestNodules:
    """Chest slices with drawn nodules."""

    copies: int = 4
    data: tuple[str, ...] = ("chest_mr/train",)

    def objective(self, network: nn.Module, recipe: Recipe) -> MasksObjective:
        """Cross-entropy, nodules weighed ten times, and overlap."""
        images, maps, _ = chest_set(self.data[0], self.copies, recipe.seed)
        return MasksObjective(images, maps, recipe, 10.0)

    def record(self) -> dict[str, Any]:
        """Data, copies, size."""
        from data_fetch import load

        sets = {name: load(name) for name in self.data}
        images = self.copies * sum(len(found) for found in sets.values())
        return {"data": {name: found.sha256 for name, found in sets.items()}, "side": SIDE, "images": images}

    def __str__(self) -> str:
        return f"nodules drawn into {self.data[0]}"
