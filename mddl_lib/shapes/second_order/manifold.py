"""Symmetric positive matrices: functions of their eigenvalues, and distances between them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from mddl_lib.core import arguments

FLOOR = 1e-6
r""":math:`\varepsilon`, what is added to eigenvalues, so that a power has a finite slope at 0"""


def mixture_of_powers(matrices: Tensor, powers: Tensor, coefficients: Tensor, floor: float = FLOOR) -> Tensor:
    r"""The SPD-manifold transform: eigenvectors stay, each eigenvalue goes through a mixture of powers.

    .. math:: O = U \Lambda U^\top \mapsto U f(\Lambda) U^\top, \qquad
              f(\lambda) = \sum_k c_k \bigl((\lambda + \varepsilon)^{p_k} - \varepsilon^{p_k}\bigr)

    - :math:`p_k \in (0, 1]`: powers; :math:`c_k \ge 0`: how much of each; :math:`\varepsilon`: ``floor``.
    - :math:`f(0) = 0`, and with the one power 1 and :math:`c = 1` nothing changes. Small powers come near the logarithm.
    - The gradient is that of Daleckii and Krein: finite where eigenvalues are equal, unlike that of the eigenvectors.

    :param matrices: O, symmetric, (…, D, D). What rounding made negative counts as 0.
    :param powers: (K,).
    :param coefficients: (K,).
    :returns: (…, D, D).
    :raises ValueError: for other shapes, NaN, powers that are not positive, or a negative coefficient.

    Source: Yu, Sun et al., ECCV Workshops 2018; the form of the powers is ours.
    """
    arguments.tensors(matrices=matrices, powers=powers, coefficients=coefficients)
    arguments.positive(floor=floor)
    _check(matrices)
    if powers.ndim != 1 or powers.shape != coefficients.shape or not len(powers):
        raise ValueError(
            f"powers are {tuple(powers.shape)}, coefficients {tuple(coefficients.shape)}: expected (K,) each"
        )
    if not bool((powers > 0).all()) or not bool((coefficients >= 0).all()):
        raise ValueError("powers or coefficients are negative or NaN: expected p > 0 and c of 0 or more")
    return _MixtureOfPowers.apply(matrices, powers.to(matrices), coefficients.to(matrices), floor)


class _MixtureOfPowers(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, matrices: Tensor, powers: Tensor, coefficients: Tensor, floor: float) -> Tensor:
        values, vectors = torch.linalg.eigh((matrices + matrices.mT) / 2)
        shifted = values.clamp(min=0) + floor
        each = shifted[..., None] ** powers - floor**powers  # (…, D, K)
        ctx.save_for_backward(vectors, shifted, each, powers, coefficients)
        return (vectors * (each @ coefficients).unsqueeze(-2)) @ vectors.mT

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, Tensor, None]:
        vectors, shifted, each, powers, coefficients = ctx.saved_tensors
        turned = vectors.mT @ ((gradient + gradient.mT) / 2) @ vectors
        to_coefficients = (turned.diagonal(dim1=-2, dim2=-1)[..., None] * each).flatten(0, -2).sum(0)
        # the divided differences of f; where two values are close, its slope between them
        f = each @ coefficients
        gap = shifted[..., :, None] - shifted[..., None, :]
        middle = (shifted[..., :, None] + shifted[..., None, :]) / 2
        slope = (coefficients * powers * middle[..., None] ** (powers - 1)).sum(-1)
        close = gap.abs() <= torch.finfo(gap.dtype).eps ** 0.5 * middle
        loewner = torch.where(close, slope, (f[..., :, None] - f[..., None, :]) / torch.where(close, 1.0, gap))
        return vectors @ (loewner * turned) @ vectors.mT, None, to_coefficients, None


def matrix_logarithm(matrices: Tensor, floor: float = FLOOR) -> Tensor:
    r""":math:`\log(O + \varepsilon I)`: the matrices laid flat, so that straight lines and means may be taken.

    :param matrices: symmetric, (…, D, D).
    :param floor: :math:`\varepsilon`.
    :raises ValueError: for what is no square matrix, or NaN.
    """
    arguments.tensors(matrices=matrices)
    arguments.positive(floor=floor)
    _check(matrices)
    values, vectors = torch.linalg.eigh((matrices + matrices.mT) / 2)
    return (vectors * (values.clamp(min=0) + floor).log().unsqueeze(-2)) @ vectors.mT


def log_euclidean_distances(matrices: Tensor, floor: float = FLOOR) -> Tensor:
    r""":math:`d(A, B) = \| \log(A + \varepsilon I) - \log(B + \varepsilon I) \|_F` of each with each.

    :param matrices: (n, D, D).
    :returns: (n, n).
    :raises ValueError: for what is no stack of square matrices, or NaN.

    Source: Arsigny, Fillard, Pennec, Ayache, SIAM Journal on Matrix Analysis 2007.
    """
    arguments.tensors(matrices=matrices)
    if matrices.ndim != 3:
        raise ValueError(f"matrices have the shape {tuple(matrices.shape)}: expected (n, D, D)")
    flat = matrix_logarithm(matrices, floor).flatten(1)
    return torch.cdist(flat, flat, compute_mode="donot_use_mm_for_euclid_dist")


def _check(matrices: Tensor) -> None:
    if matrices.ndim < 2 or matrices.shape[-1] != matrices.shape[-2]:
        raise ValueError(f"matrices have the shape {tuple(matrices.shape)}: expected (…, D, D)")
    if not matrices.is_floating_point():
        raise ValueError(f"matrices hold {matrices.dtype}: expected real numbers")
    arguments.finite("matrices", matrices)
