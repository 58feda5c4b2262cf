"""Is a map the proximal operator of some convex function that nobody has written down? Its Jacobian tells.

Taught in :doc:`/recent/learned_proximal_operators`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from mddl_lib.check.errors import hold
from mddl_lib.core import arguments

Map = Callable[[Tensor], Tensor]


class JacobianLaws(NamedTuple):
    """What Moreau's theorem asks of a Jacobian, measured at one image."""

    asymmetry: float
    """‖J − Jᵀ‖ / ‖J + Jᵀ‖ (Frobenius): 0 for a gradient, 1 for a pure rotation"""
    least: float
    """smallest eigenvalue of (J + Jᵀ)/2: not below 0 for the gradient of a convex function"""
    expansion: float
    """largest singular value of J: not above 1 for a nonexpansive map"""
    jacobian: Tensor
    """J, (n, n)"""


def jacobian(map_: Map, image: Tensor, step: float = 1e-4, batch: int = 128) -> Tensor:
    r"""The Jacobian at an image by central differences, (n, n), doubles.

    .. math:: J_{ij} \approx \frac{T_i(x + h e_j) - T_i(x - h e_j)}{2h}

    It needs no autograd, so that it can look at a filter that sorts, chooses or calls another library.

    :param map_: T, from images (N, …) to images (N, …).
    :param image: x, one image (1, …).
    :param step: h. A map that chooses among patches may choose others within it; then J is that of neither choice.
    :param batch: how many images are handed over at once.
    :raises ValueError: for more images than one, NaN, or a map that changes the shape or returns NaN.
    """
    arguments.callables(map_=map_)
    arguments.tensors(image=image)
    arguments.positive(step=step)
    arguments.counts(1, batch=batch)
    if image.ndim < 2 or len(image) != 1 or not image.numel():
        raise ValueError(f"image has the shape {tuple(image.shape)}: expected one image, (1, …)")
    arguments.finite("image", image)
    x = image.double()
    moves = step * torch.eye(x.numel(), dtype=x.dtype).view(-1, *x.shape[1:])
    columns = []
    with torch.no_grad():
        for part in moves.split(batch):
            found = map_(torch.cat([x + part, x - part])).double()
            if found.shape != (2 * len(part), *x.shape[1:]):
                raise ValueError(
                    f"the map made {tuple(found.shape)} of {(2 * len(part), *x.shape[1:])}: expected the same"
                )
            arguments.finite("what the map returned", found, "it has no Jacobian there")
            ahead, behind = found.flatten(1).split(len(part))
            columns.append((ahead - behind) / (2 * step))
    return torch.cat(columns).T


def jacobian_laws(map_: Map, image: Tensor, step: float = 1e-4, batch: int = 128) -> JacobianLaws:
    r"""The three numbers by which Moreau's theorem is judged at one image.

    A map is the proximal operator of a convex function if and only if it is nonexpansive and the gradient of a convex
    function; where it has a Jacobian, :math:`J = J^T` and :math:`0 \preceq J \preceq I`.

    :raises ValueError: as :func:`jacobian` does.

    Source: Moreau 1965, corollary 10.c.
    """
    j = jacobian(map_, image, step, batch)
    both = (j + j.T).norm()
    asymmetry = float((j - j.T).norm() / both) if float(both) else float((j - j.T).norm() > 0)
    least = float(torch.linalg.eigvalsh((j + j.T) / 2)[0])
    return JacobianLaws(asymmetry, least, float(torch.linalg.matrix_norm(j, 2)), j)


def convex_proximal(map_: Map, image: Tensor, tolerance: float = 1e-3, step: float = 1e-4) -> float:
    """Whether a map can be the proximal operator of a convex function, judged at one image.

    One image that breaks a law proves that it is none; images that keep all prove nothing, as with any test.

    :param map_: from images (N, …) to images (N, …).
    :param image: one image, (1, …); a few hundred numbers, for the Jacobian is a full matrix.
    :param tolerance: of each law; differences of single precision need 1e-2.
    :returns: the largest of the three misfits.
    :raises CheckError: with the number that is too large: a law does not hold.
    :raises ValueError: as :func:`jacobian` does.
    """
    arguments.positive(tolerance=tolerance)
    laws = jacobian_laws(map_, image, step)
    asymmetric = hold("it is no gradient: ‖J − Jᵀ‖ / ‖J + Jᵀ‖", laws.asymmetry, tolerance)
    concave = hold("it is no gradient of a convex function: −λ of the smallest eigenvalue", -laws.least, tolerance)
    return max(asymmetric, concave, hold("it expands: ‖J‖ − 1", laws.expansion - 1, tolerance))
