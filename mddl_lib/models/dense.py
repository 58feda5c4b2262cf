"""An operator as a matrix, for small images: its singular values, what it sees of an image, and what it cannot see.

Taught in :doc:`/models/inverse_problems`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from mddl_lib.core import arguments


class Decomposition(NamedTuple):
    r""":math:`A = U\, \mathrm{diag}(s)\, V^T`, of real images; complex measurements count as real and imaginary parts."""

    left: Tensor
    """U, (m, n), its columns orthonormal as far as the rank goes"""
    values: Tensor
    """s, (n,), falling"""
    right: Tensor
    """Vᵀ, (n, n); its rows are images"""
    shape: tuple[int, int]
    """(height, width) of the images"""

    @property
    def rank(self) -> int:
        """How many singular values are above rounding."""
        return int((self.values > 1e-8 * self.values[0]).sum())


def matrix_of(physics: Any, shape: tuple[int, int]) -> Tensor:
    """A as a matrix, column by column, doubles: (m, height · width).

    Of a complex measurement the real parts stand above the imaginary ones, so that lengths stay.

    :param physics: any object with ``A`` and ``A_adjoint`` for images (1, 1, height, width).
    :param shape: (height, width); 4096 pixels at most, for the matrix is full.
    :raises ValueError: for a larger image.
    """
    arguments.operator(physics)
    height, width = arguments.grid(shape)
    if height * width > 4096:
        raise ValueError(f"shape is {shape}: expected 4096 pixels or fewer, for the matrix is full")
    basis = torch.eye(height * width, dtype=torch.float64).view(-1, 1, 1, height, width)
    columns = torch.stack([physics.A(image).flatten() for image in basis], dim=1)
    return torch.cat([columns.real, columns.imag]) if columns.is_complex() else columns


def decompose(physics: Any, shape: tuple[int, int]) -> Decomposition:
    """The singular value decomposition of A on images of one size.

    :raises ValueError: as :func:`matrix_of` does.
    """
    matrix = matrix_of(physics, shape)
    measured, count = matrix.shape
    if measured < count:  # rows of zeros change neither s nor V, and make V square
        matrix = torch.cat([matrix, matrix.new_zeros(count - measured, count)])
    left, values, right = torch.linalg.svd(matrix, full_matrices=False)
    left = left[:measured]
    return Decomposition(left, values, right, arguments.grid(shape))


def unseen(parts: Decomposition, image: Tensor) -> Tensor:
    r"""The part of an image in the null space of A: :math:`x_N = x - V_r V_r^T x`, so that :math:`A x_N = 0`.

    :param image: (1, 1, H, W) of the decomposition's size.
    :raises ValueError: for another size.
    """
    if not isinstance(parts, Decomposition):
        raise TypeError(f"parts is a {type(parts).__name__}: expected what decompose(physics, shape) gives")
    arguments.tensors(image=image)
    if tuple(image.shape) != (1, 1, *parts.shape):
        raise ValueError(f"image has the shape {tuple(image.shape)}: expected {(1, 1, *parts.shape)}")
    rows = parts.right[: parts.rank]
    flat = image.double().flatten()
    return (flat - rows.T @ (rows @ flat)).view_as(image).to(image.dtype)


def truncated(parts: Decomposition, y: Tensor, kept: int) -> Tensor:
    r"""The image from the first ``kept`` singular values: :math:`\sum_{i \le k} \frac{u_i^T y}{s_i} v_i`, (1, 1, H, W).

    :param y: the measurement, of any shape.
    :param kept: k, from 1 to the rank.
    :raises ValueError: for another count, or a measurement of another length.
    """
    if not isinstance(parts, Decomposition):
        raise TypeError(f"parts is a {type(parts).__name__}: expected what decompose(physics, shape) gives")
    arguments.tensors(y=y)
    arguments.counts(1, kept=kept)
    flat = torch.cat([y.real.flatten(), y.imag.flatten()]) if y.is_complex() else y.flatten()
    if len(flat) != len(parts.left) or kept > parts.rank:
        raise ValueError(
            f"y has {len(flat)} numbers, kept is {kept}: expected {len(parts.left)} numbers, at most {parts.rank} kept"
        )
    weights = (parts.left[:, :kept].T @ flat.double()) / parts.values[:kept]
    return (parts.right[:kept].T @ weights).view(1, 1, *parts.shape)
