"""MR images as tensors: the data sets of the CS-MRI tables, as the networks take them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from data_fetch import load


def centre_crop(image: np.ndarray, size: int = 256) -> np.ndarray:
    """The middle ``size`` rows and columns (the SIAT slices are 270x256).

    :raises ValueError: for an image smaller than that.

    Taught in :doc:`/unrolling/deep_admm_net`.
    """
    rows, columns = image.shape
    if min(rows, columns) < size:
        raise ValueError(f"the image has the shape {image.shape}: expected at least {size} x {size}")
    top, left = (rows - size) // 2, (columns - size) // 2
    return image[top : top + size, left : left + size]


def training_images(names: Sequence[str], size: int = 256) -> Tensor:
    """Modulus images of some data sets, one after the other, each divided by its maximum: (N, 1, size, size).

    Taught in :doc:`/unrolling/deep_admm_net`.
    """
    images = []
    for name in names:
        for sample in load(name):
            image = centre_crop(np.abs(sample.array), size)
            images.append(torch.from_numpy((image / image.max()).astype(np.float32))[None])
    return torch.stack(images)
