"""Pooling: from numbers at every vertex to numbers for the whole shape, whatever its mesh."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from mddl_lib.core import arguments


def mean_pooling(descriptors: Tensor, areas: Tensor) -> Tensor:
    r"""First order: :math:`m = \sum_i a_i h_i \big/ \sum_i a_i`.

    - :math:`h_i`: the descriptor of vertex i, D numbers; :math:`a_i`: its area. A finer mesh has more vertices of less area.

    :param descriptors: (V, D).
    :param areas: (V,).
    :returns: (D,).
    :raises ValueError: for shapes that do not fit, or areas that are not positive.
    """
    _check(descriptors, areas)
    return (areas @ descriptors) / areas.sum()


def second_order_pooling(descriptors: Tensor, areas: Tensor) -> Tensor:
    r"""Second order: :math:`O = \sum_i a_i\, h_i h_i^\top \big/ \sum_i a_i`, how the descriptors go together on the surface.

    O is symmetric with no negative eigenvalue. It is an *uncentred* moment: the covariance is :math:`O - m m^\top`.

    :param descriptors: (V, D).
    :param areas: (V,).
    :returns: (D, D).
    :raises ValueError: for shapes that do not fit, or areas that are not positive.
    """
    _check(descriptors, areas)
    return descriptors.T @ (areas[:, None] * descriptors) / areas.sum()


def upper_triangle(matrices: Tensor) -> Tensor:
    r"""A symmetric matrix as a vector, with :math:`\sqrt 2` off the diagonal.

    Each number off the diagonal stands for two of the matrix; with the root, the vectors' distance is the matrices'
    Frobenius distance.

    :param matrices: symmetric, (…, D, D).
    :returns: (…, D (D + 1) / 2), row by row.
    :raises ValueError: for what is no square matrix.
    """
    arguments.tensors(matrices=matrices)
    if matrices.ndim < 2 or matrices.shape[-1] != matrices.shape[-2]:
        raise ValueError(f"matrices have the shape {tuple(matrices.shape)}: expected (…, D, D)")
    rows, columns = torch.triu_indices(*matrices.shape[-2:], device=matrices.device)
    weights = torch.full_like(rows, math.sqrt(2), dtype=matrices.dtype).masked_fill(rows == columns, 1)
    return matrices[..., rows, columns] * weights


def _check(descriptors: Tensor, areas: Tensor) -> None:
    arguments.tensors(descriptors=descriptors, areas=areas)
    if descriptors.ndim != 2 or areas.shape != descriptors.shape[:1] or not len(areas):
        raise ValueError(
            f"descriptors have the shape {tuple(descriptors.shape)}, areas {tuple(areas.shape)}: expected (V, D) and (V,)"
        )
    arguments.finite("descriptors", descriptors)
    if not bool((areas > 0).all()):
        raise ValueError(f"the smallest area is {float(areas.min())}: expected positive numbers")
