"""The normal equations of a least squares problem: their right-hand side Aᴴy, and their solve for any physics.

Taught in :doc:`/models/fast_mri`.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mddl_lib.core import arguments


def zero_filled(y: Tensor, physics: Any) -> Tensor:
    r"""Aᴴy, the image with zeros where nothing was measured: where every method of this book begins.

    It is the border at which a measurement enters: what does not fit is named here, not three layers below.

    :param y: what ``physics.A(image)`` returns.
    :param physics: an object with ``A`` and ``A_adjoint``.
    :returns: an image, (B, 1, H, W).
    :raises TypeError: for a measurement that is no tensor, or an object that is no physics.
    :raises ValueError: when Aᴴy has another shape, more channels than one, another precision than y, or NaN or infinity.
    """
    arguments.operator(physics)
    arguments.tensors(measurement=y)
    if not y.is_floating_point() and not y.is_complex():
        raise ValueError(
            f"the measurement is {y.dtype}: expected real or complex numbers, what physics.A(image) returns"
        )
    image = physics.A_adjoint(y)
    arguments.tensors(**{"what physics.A_adjoint returned": image})
    if image.ndim != 4 or image.shape[1] != 1:
        hint = ""
        if image.ndim == 4 and image.shape[1] > 1:
            hint = ". Coils or channels go one by one, in the place of the batch, or are combined before"
            if image.shape[1] == 2 and not image.is_complex():
                hint += "; a real and an imaginary part are one complex channel here"
        raise ValueError(
            f"the measurement has the shape {tuple(y.shape)}, its image {tuple(image.shape)}: expected (batch, 1, height, "
            f"width){hint}"
        )
    if torch.finfo(image.dtype).bits != torch.finfo(y.dtype).bits:
        raise ValueError(
            f"physics.A_adjoint made {image.dtype} of a measurement of {y.dtype}: expected one precision; a physics that "
            "holds tensors of its own must have the measurement's"
        )
    arguments.finite("the image Aᴴy", image)
    return image


def solve_normal(
    physics: Any, right: Tensor, penalty: float | Tensor, iterations: int = 100, tolerance: float = 1e-6
) -> Tensor:
    r"""x with :math:`(A^H A + \mathrm{penalty})\, x = b`.

    Closed form where the physics has one (its own ``solve_normal``; Proposition 2 of the talk), conjugate gradients
    elsewhere.

    :param penalty: a positive number, or, on the half grid of ``rfft2`` or the full grid of ``fft2``, the spectrum of an
        operator that the Fourier transform diagonalises.
    :param iterations: the most turns of conjugate gradients.
    :param tolerance: stop when ‖residual‖ ≤ tolerance · ‖b‖.
    :raises ValueError: for a right-hand side with NaN or infinity, a number below 0 as penalty, and as
        :func:`conjugate_gradients` does.
    """
    arguments.operator(physics)
    arguments.counts(0, iterations=iterations)
    arguments.not_negative(tolerance=tolerance)
    if hasattr(physics, "solve_normal"):
        return physics.solve_normal(right, penalty)

    if not isinstance(penalty, Tensor):
        arguments.not_negative(penalty=penalty)

    def penalised(x: Tensor) -> Tensor:
        if not isinstance(penalty, Tensor) or penalty.ndim == 0:
            return penalty * x
        if penalty.shape[-1] != x.shape[-1] and not x.is_complex():
            return torch.fft.irfft2(penalty * torch.fft.rfft2(x), s=x.shape[-2:])
        image = torch.fft.ifft2(penalty * torch.fft.fft2(x))
        return image if x.is_complex() else image.real

    return conjugate_gradients(
        lambda x: physics.A_adjoint(physics.A(x)) + penalised(x), right, iterations=iterations, tolerance=tolerance
    )


def conjugate_gradients(operator: Any, right: Tensor, *, iterations: int = 100, tolerance: float = 1e-6) -> Tensor:
    r"""Solve :math:`Q x = b` for a symmetric positive definite operator, each image of the batch on its own.

    :param operator: Q, a function from a tensor to one of the same shape.
    :param right: b, (B, …).
    :param iterations: the most turns.
    :param tolerance: stop when ‖residual‖ ≤ tolerance · ‖b‖.
    :raises ValueError: when a direction d shows that Q is not positive definite, ⟨d, Qd⟩ ≤ 0, or Qd is not finite; for a b
        with NaN or infinity.

    Source: Hestenes and Stiefel 1952.
    """
    arguments.callables(operator=operator)
    arguments.tensors(right=right)
    arguments.counts(0, iterations=iterations)
    arguments.not_negative(tolerance=tolerance)
    arguments.finite("the right-hand side", right)

    def inner(a: Tensor, b: Tensor) -> Tensor:
        return (a.conj() * b).real.sum(dim=tuple(range(1, a.ndim)), keepdim=True)

    x, residual = torch.zeros_like(right), right
    direction, energy = residual, inner(residual, residual)
    goal = tolerance**2 * energy
    for turn in range(1, iterations + 1):
        if bool((energy <= goal).all()):
            break
        image = operator(direction)
        curvature = inner(direction, image)
        if not bool(((curvature > 0) | (energy <= goal)).all()):
            raise ValueError(
                f"the operator is not positive definite, or not finite: ⟨d, Qd⟩ is {float(curvature.min()):.3g} in the "
                f"direction d of turn {turn}; expected more than 0. A larger penalty would mend it"
            )
        step = energy / curvature.clamp_min(torch.finfo(energy.dtype).tiny)
        x, residual = x + step * direction, residual - step * image
        energy, before = inner(residual, residual), energy
        direction = residual + energy / before.clamp_min(torch.finfo(energy.dtype).tiny) * direction
    return x
