"""Squares cut from images: what a network of filters can be trained on at a fraction of the cost."""

from __future__ import annotations

from torch import Tensor


def crops(images: Tensor, size: int) -> Tensor:
    """Overlapping squares of each image, half a square apart, without the nearly black ones: (M, C, size, size).

    A network whose weights are filters can learn on them at a fraction of the cost of whole images. A square whose mean
    is below a quarter of its image's is left out: its relative error says nothing.

    :param images: (N, C, H, W), not smaller than a square.

    Taught in :doc:`/unrolling/admm_csnet`.
    """
    if min(images.shape[-2:]) < size:
        raise ValueError(f"the images have the shape {tuple(images.shape)}: expected at least {size} x {size}")
    squares = images.unfold(-2, size, size // 2).unfold(-2, size, size // 2)  # (N, C, rows, columns, size, size)
    squares = squares.flatten(2, 3).transpose(1, 2)
    bright = squares.abs().mean((-3, -2, -1)) >= images.abs().mean((-3, -2, -1))[:, None] / 4
    return squares[bright].contiguous()
