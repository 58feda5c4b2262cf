"""A dictionary as a forward operator: codes in, signals out.

Taught in :doc:`/unrolling/lista`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mddl_lib.core import arguments


class Dictionary(nn.Module):
    r"""Signals as sums of few atoms: :math:`y = D x`.

    - :math:`D`: (m, n), its columns are the atoms; n > m makes it overcomplete;
    - :math:`x`: codes, (batch, 1, n, w), w vectors side by side; :math:`y`: signals, (batch, 1, m, w).

    The adjoint is :math:`D^\top y`.

    :param matrix: D; it is copied.
    :raises ValueError: for a matrix of another rank, an atom of zeros, or numbers that are not finite.
    """

    matrix: Tensor
    analytic: Tensor

    def __init__(self, matrix: Tensor) -> None:
        super().__init__()
        arguments.tensors(matrix=matrix)
        if matrix.ndim != 2 or not matrix.is_floating_point():
            raise ValueError(f"matrix is {matrix.dtype} {tuple(matrix.shape)}: expected real numbers (m, n)")
        arguments.finite("matrix", matrix)
        if not bool((matrix.norm(dim=0) > 0).all()):
            raise ValueError("matrix has a column of zeros: expected atoms of a positive length")
        self.register_buffer("matrix", matrix.detach().clone(), persistent=False)
        self.register_buffer("analytic", analytic_weight(matrix), persistent=False)

    @property
    def shape(self) -> tuple[int, int]:
        """(m, n)"""
        return self.matrix.shape[0], self.matrix.shape[1]

    def A(self, x: Tensor) -> Tensor:
        """D x: codes (batch, 1, n, w) to signals (batch, 1, m, w)."""
        return self._in(x, 1, "codes").mT.matmul(self.matrix.to(x.dtype).mT).mT

    def A_adjoint(self, y: Tensor) -> Tensor:
        """Dᵀ y: signals (batch, 1, m, w) to codes (batch, 1, n, w)."""
        return self._in(y, 0, "signals").mT.matmul(self.matrix.to(y.dtype)).mT

    def prox_l2(self, z: Tensor, y: Tensor, gamma: float) -> Tensor:
        r"""The proximal operator of the data term, by an inverse of m × m numbers (Woodbury).

        .. math:: \arg\min_x \tfrac\gamma2 \|D x - y\|^2 + \tfrac12 \|x - z\|^2
                  = z + \gamma D^\top (I + \gamma D D^\top)^{-1} (y - D z)

        :param z: codes, (batch, 1, n, w).
        :param gamma: γ, positive.
        :raises ValueError: for a γ that is not positive, or codes and signals that do not fit.
        """
        arguments.positive(gamma=gamma)
        residual = self._in(y, 0, "signals") - self.A(z)
        d = self.matrix.to(z.dtype)
        gram = torch.eye(len(d), dtype=d.dtype, device=d.device) + gamma * d @ d.T
        return z + gamma * self.A_adjoint(torch.linalg.solve(gram, residual))

    def lipschitz(self) -> float:
        r""":math:`L = \|D\|_2^2`, the largest eigenvalue of :math:`D^\top D`."""
        return float(torch.linalg.matrix_norm(self.matrix.double(), 2)) ** 2

    def _in(self, x: Tensor, side: int, what: str) -> Tensor:
        arguments.tensors(**{what: x})
        if x.ndim != 4 or x.shape[1] != 1 or x.shape[2] != self.matrix.shape[side] or not x.is_floating_point():
            raise ValueError(
                f"{what} are {x.dtype} {tuple(x.shape)}: expected real numbers (batch, 1, {self.matrix.shape[side]}, vectors)"
            )
        return x


def analytic_weight(matrix: Tensor) -> Tensor:
    r"""ALISTA's weight: the matrix least coherent with the dictionary.

    .. math:: \min_W \|W^\top D\|_F^2 \quad \text{subject to} \quad w_i^\top d_i = 1 \ \text{for every } i, \qquad
              w_i = \frac{(D D^\top)^{-1} d_i}{d_i^\top (D D^\top)^{-1} d_i}

    It falls apart into one quadratic problem a column, each with one constraint: hence the closed form. Where
    :math:`D D^\top` is singular its pseudo-inverse stands for the inverse.

    :param matrix: D, (m, n).
    :returns: W, (m, n).

    Source: Liu, Chen, Wang, Yin, ICLR 2019, equation (16).
    """
    arguments.tensors(matrix=matrix)
    if matrix.ndim != 2:
        raise ValueError(f"matrix has the shape {tuple(matrix.shape)}: expected (m, n)")
    d = matrix.double()
    w = torch.linalg.pinv(d @ d.T, hermitian=True) @ d
    return (w / (w * d).sum(0)).to(matrix.dtype)


def gaussian_dictionary(rows: int = 256, columns: int = 512, seed: int = 0) -> Dictionary:
    """The standard setting's dictionary: Gaussian entries, unit columns.

    :raises ValueError: for sizes below 1, or a seed below 0.
    """
    arguments.counts(1, rows=rows, columns=columns)
    arguments.counts(0, seed=seed)
    matrix = np.random.default_rng([seed, 1]).normal(size=(rows, columns))
    return Dictionary(torch.from_numpy(matrix / np.linalg.norm(matrix, axis=0)).float())


def cosine_dictionary(side: int = 8, along: int = 12) -> Dictionary:
    r"""An overcomplete cosine dictionary of patches: products of ``along`` cosines each way, side² × along².

    .. math:: d_{kl}(i, j) \propto c_k(i)\, c_l(j), \qquad c_k(i) = \cos\frac{\pi k (2 i + 1)}{2\,\text{along}}

    All but the first have mean zero and every one has length one.

    :raises ValueError: for sizes below 1, or fewer cosines than pixels.
    """
    arguments.counts(1, side=side, along=along)
    if along < side:
        raise ValueError(f"along is {along}: expected {side} or more, as many as a patch's side")
    one = torch.tensor(
        [[math.cos(math.pi * k * (2 * i + 1) / (2 * along)) for k in range(along)] for i in range(side)],
        dtype=torch.float64,
    )
    one[:, 1:] -= one[:, 1:].mean(0)
    matrix = torch.kron(one, one)
    return Dictionary((matrix / matrix.norm(dim=0)).float())


def as_dictionary(physics: Any) -> Dictionary:
    """:raises TypeError: for a physics that is no :class:`Dictionary`."""
    arguments.operator(physics)
    if not isinstance(physics, Dictionary):
        raise TypeError(f"physics is a {type(physics).__name__}: expected a Dictionary, whose matrix the network knows")
    return physics
