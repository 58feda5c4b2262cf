"""MR images as tensors: the data sets of the CS-MRI tables, as the networks take them.

Taught in :doc:`/unrolling/deep_admm_net`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from data_fetch import load
from mddl_lib.core import arguments


def centre_crop(image: np.ndarray, size: int = 256) -> np.ndarray:
    """The middle ``size`` rows and columns (the SIAT slices are 270x256).

    :raises ValueError: for an image smaller than that.
    """
    arguments.counts(1, size=size)
    if np.ndim(image) != 2 or min(np.shape(image)) < size:
        raise ValueError(f"the image has the shape {np.shape(image)}: expected at least {size} x {size}")
    rows, columns = image.shape
    top, left = (rows - size) // 2, (columns - size) // 2
    return image[top : top + size, left : left + size]


def training_images(names: Sequence[str], size: int = 256, modulus: bool = True) -> Tensor:
    """Images of some data sets, one after the other, each divided by its largest modulus: (N, 1, size, size).

    :param modulus: whether to take the moduli, or the complex images as they are.
    :raises KeyError: for a name that is no data set.
    :raises ValueError: for no name at all, or images smaller than ``size``.
    """
    arguments.counts(1, size=size)
    if isinstance(names, str) or not names:
        raise ValueError(f"names is {names!r}: expected a list of data sets, such as ('chest_mr/train',)")
    images = []
    for name in names:
        for sample in load(name):
            image = centre_crop(np.abs(sample.array) if modulus else sample.array, size)
            kind = np.float32 if modulus else np.complex64
            images.append(torch.from_numpy((image / np.abs(image).max()).astype(kind))[None])
    return torch.stack(images)


def near_duplicates(images: Tensor, known: Tensor, correlation: float = 0.95) -> list[int]:
    """Which of ``images`` (N, 1, H, W) correlate with one of ``known`` (M, 1, H, W) by more than a bound.

    Slices of one volume that lie side by side fall on both sides of a random split: the test then measures memory too.

    :raises ValueError: for images of different sizes.
    """
    arguments.tensors(images=images, known=known)
    arguments.not_negative(correlation=correlation)
    if images.shape[1:] != known.shape[1:]:
        raise ValueError(
            f"the images have {tuple(images.shape[1:])}, the known ones {tuple(known.shape[1:])} pixels: expected one size"
        )
    rows = [group.flatten(1) - group.flatten(1).mean(1, keepdim=True) for group in (images, known)]
    first, second = (row / row.norm(dim=1, keepdim=True).clamp_min(1e-12) for row in rows)
    return torch.nonzero((first @ second.T).amax(1) > correlation).flatten().tolist()


def crops(images: Tensor, size: int) -> Tensor:
    """Overlapping squares of each image, half a square apart, without the nearly black ones: (M, C, size, size).

    A network whose weights are filters can learn on them at a fraction of the cost of whole images. A square whose mean
    is below a quarter of its image's is left out: its relative error says nothing.

    :param images: (N, C, H, W), not smaller than a square.
    :raises ValueError: for smaller images, or a side below 2.
    """
    arguments.tensors(images=images)
    arguments.counts(2, size=size)
    if images.ndim != 4 or min(images.shape[-2:]) < size:
        raise ValueError(f"the images have the shape {tuple(images.shape)}: expected at least {size} x {size}")
    squares = images.unfold(-2, size, size // 2).unfold(-2, size, size // 2)  # (N, C, rows, columns, size, size)
    squares = squares.flatten(2, 3).transpose(1, 2)
    bright = squares.abs().mean((-3, -2, -1)) >= images.abs().mean((-3, -2, -1))[:, None] / 4
    return squares[bright].contiguous()
