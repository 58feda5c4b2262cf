"""ADMM for a prior that is sparse in a tight frame: the iteration that SIDWT, PBDW, PANO and FDLCP have in common.

Taught in :doc:`/models/competition`.
"""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.core.normal_equations import solve_normal
from mddl_lib.core.shrinkage import soft
from mddl_lib.models.admm import ADMMState, Shrinkage, data_misfit


class Frame(Protocol):
    r"""A transform W with :math:`W^T W = I`; W need not be square."""

    def analyse(self, x: Tensor) -> Tensor:
        """W x: image (1, 1, H, W) to coefficients of any shape."""
        ...

    def synthesise(self, coefficients: Tensor) -> Tensor:
        """Wᵀ c: coefficients to image."""
        ...


class FrameTurn(nn.Module):
    r"""One turn of ADMM on :math:`\tfrac12\|Ax-y\|^2 + \lambda\, g(Wx)` with :math:`W^T W = I`.

    .. math::
        z &= S(W x + \beta;\ \lambda/\rho) \\
        \beta &\leftarrow \beta + W x - z \\
        x &\leftarrow \bigl(A^H A + \rho I\bigr)^{-1} \bigl[A^H y + \rho\, W^T (z - \beta)\bigr]

    - :math:`W`: the frame; because it is tight, :math:`\rho W^T W = \rho I`, and the x step is ``prox_l2``;
    - :math:`S`: the proximal operator of :math:`g`, soft shrinkage for the ℓ1 norm;
    - :math:`\lambda`: weight of the prior, :math:`\rho`: penalty.

    Without multipliers (``multipliers=False``, β = 0) it is half-quadratic splitting: the same energy with the constraint
    :math:`z = Wx` replaced by the penalty :math:`\tfrac\rho2\|Wx - z\|^2`.

    :raises ValueError: for a weight or penalty that is not positive.

    Source: Boyd et al. 2011, section 3; Geman and Yang 1995 for the splitting.
    """

    def __init__(
        self, frame: Frame, weight: float, penalty: float, shrinkage: Shrinkage = soft, multipliers: bool = True
    ) -> None:
        super().__init__()
        arguments.positive(weight=weight, penalty=penalty)
        arguments.callables(shrinkage=shrinkage)
        check_frame(frame, "analyse", "synthesise")
        self.frame, self.shrinkage = frame, shrinkage
        self.weight, self.penalty, self.multipliers = weight, penalty, multipliers

    def forward(self, state: ADMMState, y: Tensor, physics: Any) -> ADMMState:
        response = self.frame.analyse(state.estimate)
        shifted = response if state.multiplier is None else response + state.multiplier
        split = self.shrinkage(shifted, self.weight / self.penalty)
        multiplier = shifted - split if self.multipliers else None
        target = split if multiplier is None else split - multiplier
        # prox_l2(Wᵀ(z − β), y, 1/ρ), with the zero-filled image of the start instead of a new one each turn
        right = torch.add(state.zero_filled, self.frame.synthesise(target), alpha=self.penalty)
        estimate = solve_normal(physics, right, self.penalty)
        return ADMMState(estimate, split, multiplier, state.zero_filled)

    def extra_repr(self) -> str:
        return f"weight={self.weight}, penalty={self.penalty}, multipliers={self.multipliers}"


def frame_energy(x: Tensor, y: Tensor, physics: Any, frame: Frame, weight: float, free: int = 0) -> Tensor:
    r"""The energy :math:`\tfrac12\|Ax-y\|^2 + \lambda\|Wx\|_1` of one image.

    :param free: so many channels at the beginning cost nothing: the approximations of wavelets.
    :raises ValueError: for a measurement of another shape than A x, a weight below 0, or a count that is none.
    """
    arguments.not_negative(weight=weight)
    arguments.counts(0, free=free)
    check_frame(frame, "analyse")
    coefficients = frame.analyse(x)
    return data_misfit(x, y, physics).sum() + weight * torch.abs(coefficients[:, free:]).sum()


def check_frame(frame: Frame, *methods: str) -> None:
    """A frame has the methods that are named.

    :raises TypeError: for an object without one of them.
    """
    if not all(callable(getattr(frame, method, None)) for method in methods):
        raise TypeError(
            f"frame is a {type(frame).__name__}: expected an object with analyse(x) and synthesise(coefficients)"
        )
