"""ADMM in a frame that is fitted to the image while it is reconstructed: what PBDW and FDLCP have in common.

Taught in :doc:`/models/competition`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.core.unrolled import Unrolled
from mddl_lib.mri.competition.patch_directions import ClassifiedFrame
from mddl_lib.mri.competition.sidwt import sidwt

Fit = Callable[[Tensor], ClassifiedFrame]


class AdaptedState(NamedTuple):
    """What ADMM remembers between two turns, and the frame it is in."""

    estimate: Tensor
    """x, (1, 1, H, W)"""
    multiplier: Tensor | None
    """β, (N, P); None where it is zero: at the start and after each fit, since in another frame it means something else"""
    frame: ClassifiedFrame | None
    """W, fitted to an earlier estimate; None at the start"""


class Guided(nn.Module):
    """Start from another method's reconstruction, the guide: the first frame is fitted to it.

    :raises ValueError: for a measurement of more than one image or channel; each image has a frame of its own.
    """

    def __init__(self, guide: nn.Module) -> None:
        super().__init__()
        arguments.callables(guide=guide)
        self.guide = guide

    def forward(self, y: Tensor, physics: Any) -> AdaptedState:
        arguments.tensors(measurement=y)
        if y.ndim != 4 or tuple(y.shape[:2]) != (1, 1):
            raise ValueError(
                f"the measurement has the shape {tuple(y.shape)}: expected (1, 1, height, width), one image at a time, "
                "since the frame is fitted to it"
            )
        return AdaptedState(self.guide(y, physics), None, None)


class AdaptedTurn(nn.Module):
    r"""One turn of ADMM on :math:`\tfrac12\|Ax-y\|^2 + \lambda\|(Wx)_{\ge 1}\|_1`, before which W may be fitted to x.

    .. math::
        W &\leftarrow \mathrm{fit}(x),\ \beta \leftarrow 0 \quad\text{(in some turns)} \\
        z &= S(W x + \beta;\ \lambda/\rho) \\
        \beta &\leftarrow \beta + W x - z \\
        x &\leftarrow \bigl(A^H A + \rho I\bigr)^{-1} \bigl[A^H y + \rho\, W^T (z - \beta)\bigr]

    - fit: from an image to a tight frame in which its patches are sparse, None to keep the state's frame;
    - :math:`S`: soft shrinkage of all coefficients of a patch but the first, its mean: index ≥ 1;
    - :math:`\lambda`: weight of the prior, :math:`\rho`: penalty.

    Between two fits it is :class:`mddl_lib.models.tight_frame.FrameTurn` (tested); nothing is claimed across a fit.

    :raises ValueError: for a weight or penalty that is not positive; when called without ``fit`` on a state without frame.

    Source: Qu et al. 2012 (directions); Zhan et al. 2016 (dictionaries).
    """

    def __init__(self, fit: Fit | None, weight: float, penalty: float) -> None:
        super().__init__()
        arguments.positive(weight=weight, penalty=penalty)
        if fit is not None:
            arguments.callables(fit=fit)
        self.fit, self.weight, self.penalty = fit, weight, penalty

    def forward(self, state: AdaptedState, y: Tensor, physics: Any) -> AdaptedState:
        if self.fit is not None:
            state = AdaptedState(state.estimate, None, self.fit(state.estimate))
        if state.frame is None:
            raise ValueError("the state has no frame: expected the first turn to fit one")
        target, multiplier = state.frame.shrink(state.estimate, state.multiplier, self.weight / self.penalty)
        return AdaptedState(physics.prox_l2(target, y, 1 / self.penalty), multiplier, state.frame)

    def extra_repr(self) -> str:
        return f"fit={self.fit}, weight={self.weight}, penalty={self.penalty}"


def adapted(fit: Fit, weight: float, penalty: float, turns: int, updates: int, guide: nn.Module | None) -> Unrolled:
    """A guide, then ``updates`` times: fit the frame, ``turns`` turns of ADMM in it.

    :param guide: a model(y, physics); SIDWT when not given, with λ = 2e-4 and 25 turns (its λ hardly matters here).
    :raises ValueError: for counts below 1.
    """
    arguments.counts(1, turns=turns, updates=updates)
    guide = sidwt(2e-4, 0.008, turns=25) if guide is None else guide

    def make_turn(turn: int) -> AdaptedTurn:
        return AdaptedTurn(fit if turn % turns == 1 % turns else None, weight, penalty)

    return Unrolled.untied(Guided(guide), make_turn, turns * updates)
