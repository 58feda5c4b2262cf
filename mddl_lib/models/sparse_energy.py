r"""One energy, four algorithms as stages: gradient descent, ISTA, FISTA, and ADMM (which is :class:`~.tight_frame.FrameTurn`).

.. math:: E(x) = \tfrac12\|A x - y\|^2 + \lambda \|\Psi^T x\|_1, \qquad \Psi\Psi^T = I

Taught in :doc:`/models/energies`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.core.shrinkage import soft
from mddl_lib.core.unrolled import Unrolled
from mddl_lib.models.admm import ADMMState, ZeroFilled
from mddl_lib.models.tight_frame import Frame, FrameTurn, check_frame


class DescentState(NamedTuple):
    """What the first-order methods remember."""

    estimate: Tensor
    """x, (B, 1, H, W)"""
    forward: Tensor | None
    """FISTA's point ahead of the estimate; None at the start, where it is the estimate"""
    momentum: float | None
    """FISTA's t; None at the start, where it is 1"""
    zero_filled: Tensor
    """Aᴴy, computed once"""


class SmoothedDescentTurn(nn.Module):
    r"""Gradient descent on the energy with its corner rounded: Huber's function in the place of the modulus.

    .. math:: x \leftarrow x - \tau\,\bigl[A^T(Ax - y) + \lambda\, \Psi h(\Psi^T x)\bigr], \qquad
              h(t) = \max(-1, \min(t/\delta, 1)), \qquad \tau = \frac{1}{L + \lambda/\delta}

    - :math:`L`: a bound on :math:`\|A\|^2`; :math:`\delta`: where the rounding ends. The smaller, the nearer to E, and the
      smaller the step.

    :raises ValueError: for numbers that are not positive.
    """

    def __init__(self, frame: Frame, weight: float, bend: float = 0.01, bound: float = 1.0) -> None:
        super().__init__()
        arguments.positive(weight=weight, bend=bend, bound=bound)
        check_frame(frame, "analyse", "synthesise")
        self.frame, self.weight, self.bend = frame, weight, bend
        self.step = 1 / (bound + weight / bend)

    def forward(self, state: DescentState, y: Tensor, physics: Any) -> DescentState:
        x = state.estimate
        slope = physics.A_adjoint(physics.A(x)) - state.zero_filled
        corner = self.frame.synthesise((self.frame.analyse(x) / self.bend).clamp(-1, 1))
        return state._replace(estimate=x - self.step * (slope + self.weight * corner))


class ISTATurn(nn.Module):
    r"""Iterative shrinkage: a gradient step on the data term, then the prior's proximal operator.

    .. math:: x \leftarrow \Psi\, \mathrm{soft}\bigl(\Psi^T[x - \tfrac1L A^T(Ax - y)];\ \tfrac\lambda L\bigr)

    The energy never rises; after k turns it is within :math:`\tfrac{L}{2k}\|x_0 - x^*\|^2` of its minimum.

    :raises ValueError: for numbers that are not positive.

    Source: Daubechies, Defrise, De Mol 2004.
    """

    def __init__(self, frame: Frame, weight: float, bound: float = 1.0) -> None:
        super().__init__()
        arguments.positive(weight=weight, bound=bound)
        check_frame(frame, "analyse", "synthesise")
        self.frame, self.weight, self.bound = frame, weight, bound

    def shrunk(self, x: Tensor, state: DescentState, physics: Any) -> Tensor:
        """A turn of ISTA from x."""
        slope = physics.A_adjoint(physics.A(x)) - state.zero_filled
        response = self.frame.analyse(x - slope / self.bound)
        return self.frame.synthesise(soft(response, self.weight / self.bound))

    def forward(self, state: DescentState, y: Tensor, physics: Any) -> DescentState:
        return state._replace(estimate=self.shrunk(state.estimate, state, physics))


class FISTATurn(ISTATurn):
    r"""ISTA from a point ahead.

    .. math:: x^+ = \mathrm{ISTA}(v), \qquad t^+ = \tfrac12\bigl(1 + \sqrt{1 + 4t^2}\bigr), \qquad
              v \leftarrow x^+ + \tfrac{t - 1}{t^+}(x^+ - x)

    After k turns the energy is within :math:`\tfrac{2L}{(k+1)^2}\|x_0 - x^*\|^2` of its minimum; on the way it may rise.

    Source: Beck, Teboulle 2009.
    """

    def forward(self, state: DescentState, y: Tensor, physics: Any) -> DescentState:
        ahead = state.estimate if state.forward is None else state.forward
        t = 1.0 if state.momentum is None else state.momentum
        x = self.shrunk(ahead, state, physics)
        after = (1 + (1 + 4 * t * t) ** 0.5) / 2
        return DescentState(x, x + (t - 1) / after * (x - state.estimate), after, state.zero_filled)


def solvers(frame: Frame, weight: float, turns: int, bound: float = 1.0, penalty: float = 0.1) -> dict[str, Unrolled]:
    """The four, ready to be called or walked through: ``solvers(…)["FISTA"](y, physics)``.

    :param frame: an orthonormal one, such as :class:`~mddl_lib.core.wavelets.OrthogonalWavelets`.
    :param bound: L, at least ‖A‖².
    :param penalty: ADMM's ρ.
    :raises ValueError: for numbers that are not positive, or a count below 0.
    """
    start = ZeroFilled(DescentState)
    return {
        "gradient descent": Unrolled.tied(start, SmoothedDescentTurn(frame, weight, bound=bound), turns),
        "ISTA": Unrolled.tied(start, ISTATurn(frame, weight, bound), turns),
        "FISTA": Unrolled.tied(start, FISTATurn(frame, weight, bound), turns),
        "ADMM": Unrolled.tied(ZeroFilled(ADMMState), FrameTurn(frame, weight, penalty), turns),
    }


def bound_of(physics: Any, shape: tuple[int, int], turns: int = 50) -> float:
    r""":math:`\|A\|^2` by power iteration: the largest eigenvalue of AᵀA on real images of one size.

    :raises ValueError: for a shape or count that is none.
    """
    arguments.operator(physics)
    arguments.counts(1, turns=turns)
    x = torch.randn(1, 1, *arguments.grid(shape), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    size = 1.0
    for _ in range(turns):
        x = physics.A_adjoint(physics.A(x / x.norm()))
        size = float(x.norm())
    return size
