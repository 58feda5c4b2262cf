"""Is the adjoint the adjoint? The first thing to ask of a forward operator that one has written.

Taught in :doc:`/how_to_read`.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mddl_lib.check.errors import hold
from mddl_lib.core import arguments


def adjoint(
    physics: Any,
    shape: tuple[int, ...] = (1, 1, 16, 16),
    *,
    dtype: torch.dtype = torch.float64,
    tolerance: float | None = None,
    seed: int = 0,
) -> float:
    r"""Whether ``A`` is linear and ``A_adjoint`` its adjoint.

    .. math:: \frac{\|A(x + 2x') - Ax - 2Ax'\|}{\|A(x + 2x')\|} \approx 0, \qquad
              \frac{|\langle Ax, y\rangle - \langle x, A^H y\rangle|}{\|Ax\|\,\|y\| + \|x\|\,\|A^H y\|} \approx 0

    - :math:`x, x'`: images of noise, :math:`y`: a measurement of noise, of the shape and type that ``A`` returns;
    - :math:`\langle\cdot,\cdot\rangle`: the inner product; of images that are real, the real part of it.

    :param physics: any object with ``A(x)`` and ``A_adjoint(y)``.
    :param shape: of the images, as the physics takes them.
    :param dtype: of the images: torch.complex128 for complex ones, torch.float32 where the operator has no doubles.
    :param tolerance: 1e-10 in double precision, 1e-4 in single, when not given.
    :returns: the larger of the two numbers.
    :raises CheckError: with the number that is too large: a law does not hold.
    :raises TypeError: for an object that is no physics.
    :raises ValueError: when ``A_adjoint`` returns another shape than the image's.
    """
    arguments.operator(physics)
    if not isinstance(shape, tuple | list) or not shape or not all(type(side) is int and side > 0 for side in shape):
        raise ValueError(f"shape is {shape!r}: expected whole numbers, 1 or more, such as (1, 1, 16, 16)")
    arguments.counts(0, seed=seed)
    tolerance = (1e-10 if torch.finfo(dtype).bits == 64 else 1e-4) if tolerance is None else tolerance
    arguments.positive(tolerance=tolerance)
    generator = torch.Generator().manual_seed(seed)
    x, other = (torch.randn(shape, dtype=dtype, generator=generator) for _ in range(2))
    both, measured = physics.A(x + 2 * other), physics.A(x)
    misfit = (both - measured - 2 * physics.A(other)).norm() / both.norm()
    linear = hold("A is not linear: ‖A(x + 2x′) − Ax − 2Ax′‖ / ‖A(x + 2x′)‖", float(misfit), tolerance)
    y = torch.randn(measured.shape, dtype=measured.dtype, generator=generator)
    back = physics.A_adjoint(y)
    if back.shape != x.shape:
        raise ValueError(f"A_adjoint returned the shape {tuple(back.shape)}: expected the image's, {tuple(x.shape)}")
    left, right = _inner(measured, y), _inner(x, back)
    gap = left - right if x.is_complex() else (left - right).real
    scale = measured.norm() * y.norm() + x.norm() * back.norm()
    law = "A_adjoint is not the adjoint of A: |⟨Ax, y⟩ − ⟨x, Aᴴy⟩| / (‖Ax‖ ‖y‖ + ‖x‖ ‖Aᴴy‖)"
    return max(linear, hold(law, float(gap.abs() / scale), tolerance))


def _inner(a: Tensor, b: Tensor) -> Tensor:
    return torch.vdot(a.flatten().to(torch.complex128), b.flatten().to(torch.complex128))
