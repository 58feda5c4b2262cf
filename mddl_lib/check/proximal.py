"""Is it a proximal operator, and of which function? By brute force: nothing nearby may be better.

Taught in :doc:`/how_to_read`.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from mddl_lib.check.errors import hold
from mddl_lib.core import arguments

Map = Callable[[Tensor], Tensor]


def proximal_operator(
    prox: Map,
    function: Map,
    *,
    size: int = 1,
    convex: bool = True,
    conjugate: Map | None = None,
    points: int = 40,
    reach: float = 2.0,
    tolerance: float = 1e-6,
    seed: int = 0,
) -> float:
    r"""Whether ``prox`` finds the minimiser that a proximal operator is, against many candidates.

    .. math:: \mathrm{prox}_g(a) = \arg\min_u\ g(u) + \tfrac12\|u - a\|^2

    - :math:`g`: ``function``, :math:`a`: points of noise. Candidates :math:`u`: a grid where a point is one number; steps of
      all lengths from the answer, shorter and longer answers, and the origin.

    Where g is convex, two more laws: it is firmly nonexpansive, and with the proximal operator of the conjugate
    :math:`g^*` it splits a point (Moreau):

    .. math:: \|p - q\|^2 \le \langle p - q, a - b\rangle \ \ (p = \mathrm{prox}_g(a),\ q = \mathrm{prox}_g(b)), \qquad
              a = \mathrm{prox}_g(a) + \mathrm{prox}_{g^*}(a)

    :param prox: from points (N, size) to points (N, size), the weight of g in it.
    :param function: g with its weight, from points (N, size) to values (N,).
    :param size: how many numbers belong together.
    :param convex: whether g is; if not, only the minimum is asked for.
    :param conjugate: the proximal operator of g*, for Moreau's identity.
    :param points: how many a.
    :param reach: their standard deviation.
    :returns: by how much the best candidate undercut the answer, 0 where none did.
    :raises CheckError: with the number that is too large: a law does not hold.
    :raises ValueError: for counts that are none, or a ``prox`` that changes the shape.
    """
    arguments.callables(prox=prox, function=function)
    if conjugate is not None:
        arguments.callables(conjugate=conjugate)
    arguments.counts(0, seed=seed)
    arguments.counts(1, size=size)
    arguments.counts(2, points=points)
    arguments.positive(reach=reach, tolerance=tolerance)
    generator = torch.Generator().manual_seed(seed)
    a = reach * torch.randn(points, size, dtype=torch.float64, generator=generator)
    a[1:-1:4] *= 0.1  # near the origin the kinks lie
    p = prox(a)
    if p.shape != a.shape:
        raise ValueError(f"prox made {tuple(p.shape)} of {tuple(a.shape)}: expected the same shape")
    undercut = torch.zeros((), dtype=torch.float64)
    for u in _candidates(p, a, reach, generator):
        undercut = torch.maximum(undercut, (_objective(function, p, a) - _objective(function, u, a)).max())
    law = "prox does not minimise: [g(p) + ½‖p − a‖²] − [g(u) + ½‖u − a‖²] for the best of the candidates u"
    found = hold(law, float(undercut), tolerance)
    if convex:
        p_apart, a_apart = p - p.roll(1, 0), a - a.roll(1, 0)
        excess = (p_apart.square() - p_apart * a_apart).sum(1).max()
        hold("prox is not firmly nonexpansive: ‖p − q‖² − ⟨p − q, a − b⟩", float(excess), tolerance)
    if conjugate is not None:
        split = (p + conjugate(a) - a).norm(dim=1).max()
        hold("Moreau's identity does not hold: ‖prox_g(a) + prox_g*(a) − a‖", float(split), tolerance)
    return found


def _objective(function: Map, u: Tensor, a: Tensor) -> Tensor:
    return function(u) + (u - a).square().sum(1) / 2


def _candidates(p: Tensor, a: Tensor, reach: float, generator: torch.Generator):
    """Points (N, size) to try in the place of p."""
    yield torch.zeros_like(p)
    for share in torch.linspace(0, 1.2, 25, dtype=p.dtype):
        yield share * a
        yield share * p
    for length in 10.0 ** torch.arange(-4, 1, dtype=p.dtype):
        for _ in range(20):
            yield p + length * torch.randn(p.shape, dtype=p.dtype, generator=generator)
    if p.shape[1] == 1:
        yield from (value.expand_as(p) for value in torch.linspace(-4 * reach, 4 * reach, 4001, dtype=p.dtype))
