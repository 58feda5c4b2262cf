"""Four algorithms for a data term and a prior, with any denoiser where the prior's proximal operator would stand.

Taught in :doc:`/recent/learned_proximal_operators`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.core.normal_equations import solve_normal

Denoise = Callable[[Tensor, float], Tensor]
"""from an image (B, C, H, W) and a noise level to one without that noise"""


class PlugState(NamedTuple):
    """What an algorithm remembers between two turns; None at the start where it is zero."""

    estimate: Tensor
    """what the denoiser gave last (RED: what the descent gave last), (B, C, H, W)"""
    split: Tensor | None
    """x, what the data step gave last; of primal-dual, the estimate drawn forward"""
    multiplier: Tensor | None
    """u, the scaled multiplier, (B, C, H, W); of primal-dual q, a measurement"""
    adjoint: Tensor
    """Aᵀy, computed once"""


class FromAdjoint(nn.Module):
    """Start from Aᵀy, or from a first guess.

    :param guess: a function from (y, physics) to an image; None: Aᵀy.
    """

    def __init__(self, guess: Callable[[Tensor, Any], Tensor] | None = None) -> None:
        super().__init__()
        if guess is not None:
            arguments.callables(guess=guess)
        self.guess = guess

    def forward(self, y: Tensor, physics: Any) -> PlugState:
        arguments.operator(physics)
        arguments.tensors(y=y)
        if not y.is_floating_point():
            raise ValueError(f"the measurement is {y.dtype}: expected real numbers")
        arguments.finite("the measurement", y, "no image can be restored from it")
        image = physics.A_adjoint(y)
        first = image if self.guess is None else self.guess(y, physics)
        return PlugState(first, None, None, image)


class PlugTurn(nn.Module):
    r"""What the four have in common: the energy that they would minimise, were D a proximal operator.

    .. math:: E(x) = \tfrac12\|A x - y\|^2 + \rho\, \psi(x), \qquad D = \mathrm{prox}_\psi

    :param denoise: D, called as ``denoise(image, strength)``.
    :param strength: the noise level σ that the denoiser is told, for images in [0, 1].
    :param penalty: ρ: the larger, the less the data count.
    :raises TypeError: for a denoiser that cannot be called.
    :raises ValueError: for a number that is not positive.
    """

    def __init__(self, denoise: Denoise, strength: float, penalty: float) -> None:
        super().__init__()
        arguments.callables(denoise=denoise)
        arguments.positive(strength=strength, penalty=penalty)
        self.denoise, self.strength, self.penalty = denoise, strength, penalty

    def denoised(self, image: Tensor) -> Tensor:
        """D(image).

        :raises ValueError: for a denoiser that changes the shape.
        """
        found = self.denoise(image, self.strength)
        if not isinstance(found, Tensor) or found.shape != image.shape:
            shape = tuple(found.shape) if isinstance(found, Tensor) else type(found).__name__
            raise ValueError(f"the denoiser made {shape} of {tuple(image.shape)}: expected the same shape")
        return found

    def data_step(self, image: Tensor, adjoint: Tensor, physics: Any) -> Tensor:
        """(AᵀA + ρ)⁻¹ (Aᵀy + ρ image): the proximal operator of the data term over ρ."""
        return solve_normal(physics, adjoint + self.penalty * image, self.penalty)

    def extra_repr(self) -> str:
        return f"strength={self.strength:.4g}, penalty={self.penalty:.4g}"


class ADMMPlugTurn(PlugTurn):
    r"""ADMM with D as its second step.

    .. math::
        x &= (A^T A + \rho)^{-1}\bigl[A^T y + \rho (z - u)\bigr] \\
        z &= D(x + u), \qquad u \leftarrow u + x - z

    A fixed point has :math:`z = x` and :math:`x = D\bigl(x - \tfrac1\rho A^T(Ax - y)\bigr)`.

    Source: Venkatakrishnan, Bouman, Wohlberg, GlobalSIP 2013.
    """

    def forward(self, state: PlugState, y: Tensor, physics: Any) -> PlugState:
        u = torch.zeros_like(state.estimate) if state.multiplier is None else state.multiplier
        x = self.data_step(state.estimate - u, state.adjoint, physics)
        z = self.denoised(x + u)
        return PlugState(z, x, u + x - z, state.adjoint)


class HalfQuadraticPlugTurn(PlugTurn):
    r"""Half-quadratic splitting: ADMM without a multiplier.

    .. math:: x = (A^T A + \rho)^{-1}\bigl[A^T y + \rho z\bigr], \qquad z = D(x)

    A fixed point has :math:`x = D(x) - \tfrac1\rho A^T(Ax - y)`: not ADMM's, but RED's.

    Source: Geman, Yang 1995; with a denoiser: Zoran, Weiss 2011; Zhang et al. 2017.
    """

    def forward(self, state: PlugState, y: Tensor, physics: Any) -> PlugState:
        x = self.data_step(state.estimate, state.adjoint, physics)
        return PlugState(self.denoised(x), x, None, state.adjoint)


class PrimalDualPlugTurn(PlugTurn):
    r"""Chambolle and Pock's primal-dual turn, D in the place of the prior's proximal operator.

    .. math::
        q &\leftarrow \frac{q + \gamma\,(A \bar x - y)}{1 + \gamma\rho} \\
        x^+ &= D(x - A^T q), \qquad \bar x = 2 x^+ - x

    - :math:`q`: the dual variable, at a fixed point :math:`(Ax - y)/\rho`; so a fixed point is one of ADMM's;
    - :math:`\gamma`: the dual step. The primal step is 1, so :math:`\gamma \|A\|^2 \le 1` is asked for.

    It needs no solve: A and Aᵀ alone.

    :param dual_step: γ; 1 suits operators whose norm is 1, as blur and mosaic.

    Source: Meinhardt, Möller, Hazirbas, Cremers, ICCV 2017; Chambolle, Pock 2011.
    """

    def __init__(self, denoise: Denoise, strength: float, penalty: float, dual_step: float = 1.0) -> None:
        super().__init__(denoise, strength, penalty)
        arguments.positive(dual_step=dual_step)
        self.dual_step = dual_step

    def forward(self, state: PlugState, y: Tensor, physics: Any) -> PlugState:
        forward = state.estimate if state.split is None else state.split
        q = torch.zeros_like(y) if state.multiplier is None else state.multiplier
        q = (q + self.dual_step * (physics.A(forward) - y)) / (1 + self.dual_step * self.penalty)
        x = self.denoised(state.estimate - physics.A_adjoint(q))
        return PlugState(x, 2 * x - state.estimate, q, state.adjoint)


class REDTurn(PlugTurn):
    r"""Regularisation by denoising, by gradient descent.

    .. math:: x \leftarrow x - \mu\,\bigl[A^T(Ax - y) + \rho\,(x - D(x))\bigr]

    A fixed point is one of half-quadratic splitting's x. Romano, Elad and Milanfar call the bracket the gradient of
    :math:`\tfrac12\|Ax-y\|^2 + \tfrac\rho2 x^T(x - D(x))`; it is that only where D's Jacobian is symmetric and D scales with x.

    :param step: μ; 1 / (1 + ρ) when not given: right for an operator of norm 1 and a nonexpansive D.

    Source: Romano, Elad, Milanfar 2017; Reehorst, Schniter 2019.
    """

    def __init__(self, denoise: Denoise, strength: float, penalty: float, step: float | None = None) -> None:
        super().__init__(denoise, strength, penalty)
        if step is not None:
            arguments.positive(step=step)
        self.step = 1 / (1 + penalty) if step is None else step

    def forward(self, state: PlugState, y: Tensor, physics: Any) -> PlugState:
        x = state.estimate
        misfit = physics.A_adjoint(physics.A(x)) - state.adjoint
        x = x - self.step * (misfit + self.penalty * (x - self.denoised(x)))
        return PlugState(x, None, None, state.adjoint)
