"""Two things to segment: the left ventricle in slices of the heart, and striped patches made by code.

Taught in :doc:`/statistical/crf_as_rnn`.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from mddl_lib.core import arguments

SIDE, STRIPES = 64, 3
LABELS = {"hearts": 2, "stripes": STRIPES}
"""how many labels each task has"""


class Labelled(NamedTuple):
    """Images and what every pixel is."""

    images: Tensor
    """(N, 1, H, W), from 0 to 1"""
    labels: Tensor
    """(N, H, W), whole numbers"""


def striped_patches(count: int, seed: int = 0, side: int = SIDE, noise: float = 0.12) -> Labelled:
    """Six patches meet at straight borders; each has a brightness, and stripes that lie, stand or lean: its label.

    Brightness tells where a patch ends, but not what it is; stripes tell what it is, but not where it ends.

    :param noise: its standard deviation; a stripe is .07 bright.
    :raises ValueError: for counts below 1, or a noise below 0.
    """
    arguments.counts(1, count=count, side=side)
    arguments.counts(0, seed=seed)
    arguments.not_negative(noise=noise)
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side]
    waves = [np.sign(np.sin(2 * np.pi * (a * y + b * x) / 4 + 0.3)) for a, b in ((1, 0), (0, 1), (0.71, 0.71))]
    images, labels = [], []
    for _ in range(count):
        middles = random.uniform(0, side, (6, 2))
        patch = ((y[..., None] - middles[:, 0]) ** 2 + (x[..., None] - middles[:, 1]) ** 2).argmin(-1)
        kind, bright = random.integers(STRIPES, size=6), random.permutation(np.linspace(0.2, 0.8, 6))
        label = kind[patch]
        image = bright[patch] + 0.07 * np.choose(label, waves) + noise * random.standard_normal((side, side))
        images.append(np.clip(image, 0, 1))
        labels.append(label)
    return Labelled(torch.from_numpy(np.stack(images)).float()[:, None], torch.from_numpy(np.stack(labels)))


@functools.cache
def heart_slices(name: str) -> Labelled:
    """The middle 64 × 64 pixels of slices that were halved to 128 × 128: 1 is the left ventricle's inside.

    :param name: "sunnybrook/training" or "sunnybrook/validation", or "phantom_heart".
    """
    from data_fetch import load

    images, labels = [], []
    for sample in load(name):
        parts = dict(sample.parts)
        mask = next((parts[part] for part in ("endocardium", "inside", "label") if part in parts), None)
        if mask is None:
            raise ValueError(f"{name}: the parts are {list(parts)}: expected one that marks the ventricle's inside")
        images.append(_middle(np.asarray(parts["image"], dtype=np.float32)))
        labels.append(_middle(np.asarray(mask > 0, dtype=np.float32), largest=1.0) > 0.5)
    return Labelled(torch.stack(images)[:, None], torch.stack(labels).long())


def _middle(image: np.ndarray, largest: float | None = None) -> Tensor:
    x = torch.from_numpy(np.ascontiguousarray(image))[None, None]
    small = torch.nn.functional.interpolate(x / (largest or max(float(x.max()), 1e-6)), (128, 128), mode="area")[0, 0]
    return small[32:96, 32:96]
