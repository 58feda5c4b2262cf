"""ADMM in a frame that is fitted to the image while it is reconstructed: what PBDW and FDLCP have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from torch import Tensor, nn

from mddl_lib.core.unrolled import Unrolled
from mddl_lib.mri.admm import Shrinkage
from mddl_lib.mri.admm_net import ADMMState
from mddl_lib.mri.sidwt import sidwt, soft_details
from mddl_lib.mri.tight_frame import Frame, FrameTurn

Fit = Callable[[Tensor], Frame]


class AdaptedState(NamedTuple):
    """What ADMM remembers between two turns, and the frame it is in.

    Taught in :doc:`/models/competition`.
    """

    estimate: Tensor
    """x, (1, 1, H, W)"""
    split: Tensor | None
    """z, the coefficients after shrinkage; None at the start"""
    multiplier: Tensor | None
    """β; None at the start and, in effect, after each new fit: the coefficients of another frame mean something else"""
    zero_filled: Tensor
    """Aᴴy, (1, 1, H, W)"""
    frame: Frame | None
    """W, fitted to an earlier estimate; None at the start"""


class Guided(nn.Module):
    """Start from another method's reconstruction, the guide: the first frame is fitted to it.

    :raises ValueError: for a measurement of more than one image or channel; each image has a frame of its own.

    Taught in :doc:`/models/competition`.
    """

    def __init__(self, guide: nn.Module) -> None:
        super().__init__()
        self.guide = guide

    def forward(self, y: Tensor, physics: Any) -> AdaptedState:
        if y.ndim != 4 or tuple(y.shape[:2]) != (1, 1):
            raise ValueError(
                f"the measurement has the shape {tuple(y.shape)}: expected (1, 1, height, width), one image at a time, "
                "since the frame is fitted to it"
            )
        return AdaptedState(self.guide(y, physics), None, None, physics.A_adjoint(y), None)


class AdaptedTurn(nn.Module):
    r"""One turn of ADMM, before which the frame may be fitted to the estimate.

    .. math:: W \leftarrow \mathrm{fit}(x) \quad\text{(in some turns, with } \beta \leftarrow 0), \qquad
              \text{then one } \texttt{FrameTurn} \text{ in } W

    - fit: from an image to a tight frame in which it is sparse, None to keep the state's frame.

    Between two fits it is ADMM on :math:`\tfrac12\|Ax-y\|^2 + \lambda\,g(Wx)`; nothing is claimed across a fit.

    :raises ValueError: for a weight or penalty that is not positive; when called without ``fit`` on a state without frame.

    Taught in :doc:`/models/competition`. Source: Qu et al. 2012, algorithm 1 (directions); Zhan et al. 2016 (dictionaries).
    """

    def __init__(self, fit: Fit | None, weight: float, penalty: float, shrinkage: Shrinkage = soft_details) -> None:
        super().__init__()
        for name, value in {"weight": weight, "penalty": penalty}.items():
            if not value > 0:
                raise ValueError(f"{name} is {value}: expected a positive number")
        self.fit, self.weight, self.penalty, self.shrinkage = fit, weight, penalty, shrinkage

    def forward(self, state: AdaptedState, y: Tensor, physics: Any) -> AdaptedState:
        if self.fit is not None:
            state = state._replace(frame=self.fit(state.estimate), split=None, multiplier=None)
        if state.frame is None:
            raise ValueError("the state has no frame: expected the first turn to fit one")
        turn = FrameTurn(state.frame, self.weight, self.penalty, self.shrinkage)
        turned = turn(ADMMState(state.estimate, state.split, state.multiplier, state.zero_filled), y, physics)
        return AdaptedState(*turned, state.frame)

    def extra_repr(self) -> str:
        return f"fit={self.fit}, weight={self.weight}, penalty={self.penalty}"


def adapted(fit: Fit, weight: float, penalty: float, turns: int, updates: int, guide: nn.Module | None) -> Unrolled:
    """A guide, then ``updates`` times: fit the frame, ``turns`` turns of ADMM in it.

    :param guide: a model(y, physics); SIDWT when not given, with λ = 2e-4 and 25 turns (its λ hardly matters here).
    :raises ValueError: for counts below 1.

    Taught in :doc:`/models/competition`.
    """
    for name, value in {"turns": turns, "updates": updates}.items():
        if value < 1:
            raise ValueError(f"{name} is {value}: expected 1 or more")
    guide = sidwt(2e-4, 0.008, turns=25) if guide is None else guide

    def make_turn(turn: int) -> AdaptedTurn:
        return AdaptedTurn(fit if turn % turns == 1 % turns else None, weight, penalty)

    return Unrolled.untied(Guided(guide), make_turn, turns * updates)
