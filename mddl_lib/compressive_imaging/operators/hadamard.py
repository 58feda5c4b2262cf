"""Scrambled Walsh-Hadamard measurements: pixels in random order, a fast transform, some of its coefficients."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from mddl_lib.compressive_imaging.operators.fast_transform import walsh_hadamard
from mddl_lib.compressive_imaging.operators.orthonormal_rows import OrthonormalRows
from mddl_lib.core import arguments


class ScrambledHadamard(OrthonormalRows):
    r"""Some coefficients of the Walsh-Hadamard transform of the pixels in random order, :math:`A = P H \Pi`.

    - :math:`\Pi`: a permutation of the pixels, drawn from ``seed``; without it, rows of H are pictures of large blocks, and
      random rows tell nothing of their means;
    - :math:`H`: :func:`~mddl_lib.compressive_imaging.operators.fast_transform.walsh_hadamard`.

    Row 0 is the mean of the image. The release of the paper draws its rows without it; here it is kept unless ``keep_mean``
    is False.

    :param shape: height and width, powers of two.
    :raises ValueError: for other sizes.

    Source: Yang, Sun, Li, Xu, ADMM-CSNet, PAMI 2020, "Walsh-Hadamard measurements".
    """

    order: Tensor

    def __init__(self, shape: tuple[int, int], rows: Tensor | int, seed: int = 0, keep_mean: bool = True) -> None:
        pixels = math.prod(arguments.grid(shape))
        if pixels & (pixels - 1):
            raise ValueError(
                f"shape is {tuple(shape)}: expected powers of two, such as 128 or 256, as the fast transform halves"
            )
        super().__init__(shape, rows, seed, keep_mean)
        # another stream than that of the rows
        order = torch.randperm(pixels, generator=torch.Generator().manual_seed(seed + 2**31))
        self.register_buffer("order", order, persistent=False)

    def transform(self, x: Tensor) -> Tensor:
        """H Π."""
        return walsh_hadamard(x[..., self.order])

    def inverse(self, c: Tensor) -> Tensor:
        """Πᵀ H."""
        pixels = torch.empty_like(c)
        pixels[..., self.order] = walsh_hadamard(c)
        return pixels
