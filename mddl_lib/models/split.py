"""ADMM with the split z = x by hand: a data step, and one gradient step on Huber's penalty of filter responses.

Taught in :doc:`/unrolling/admm_csnet`.
"""

from __future__ import annotations

from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.core.filters import dct_basis
from mddl_lib.core.normal_equations import solve_normal, zero_filled
from mddl_lib.core.unrolled import Unrolled
from mddl_lib.models.admm import ADMMState


class SplitStartByHand(nn.Module):
    r"""The first data step, with z = β = 0: :math:`x = (A^H A + \rho)^{-1} A^H y`."""

    def __init__(self, penalty: float) -> None:
        super().__init__()
        arguments.positive(penalty=penalty)
        self.penalty = penalty

    def forward(self, y: Tensor, physics: Any) -> ADMMState:
        image = zero_filled(y, physics)
        return ADMMState(solve_normal(physics, image, self.penalty), None, None, image)


class SplitTurn(nn.Module):
    r"""One turn of ADMM on :math:`\tfrac12\|Ax-y\|^2 + \lambda \sum_l g(D_l z)`, :math:`z = x`, in the order Z, M, X.

    .. math::
        v &= x + \beta, \qquad z = v - \tau \sum_l D_l^T g'(D_l v), \qquad g'(t) = \max(-\delta, \min(t, \delta)) \\
        \beta &\leftarrow \beta + \eta\,(x - z) \\
        x &\leftarrow (A^H A + \rho)^{-1} \bigl[A^H y + \rho\,(z - \beta)\bigr]

    - :math:`D_l`: the 24 non-constant 5x5 DCT filters over 5, zero padding; :math:`\tau`: step; :math:`\delta`: bend of
      Huber's penalty; :math:`\rho`: penalty; :math:`\eta`: rate.

    :raises ValueError: for a constant that is not positive.
    """

    def __init__(self, penalty: float, bend: float, step: float, rate: float) -> None:
        super().__init__()
        arguments.positive(penalty=penalty, bend=bend, step=step, rate=rate)
        self.penalty, self.bend, self.step, self.rate = penalty, bend, step, rate
        self.register_buffer("filters", (dct_basis(5) / 5)[:, None], persistent=False)

    def forward(self, state: ADMMState, y: Tensor, physics: Any) -> ADMMState:
        x, filters = state.estimate, self.filters.to(state.estimate)
        v = x if state.multiplier is None else x + state.multiplier
        slope = F.conv2d(v, filters, padding=2).clamp(-self.bend, self.bend)
        split = v - self.step * F.conv_transpose2d(slope, filters, padding=2)
        change = self.rate * (x - split)
        multiplier = change if state.multiplier is None else state.multiplier + change
        right = state.zero_filled + self.penalty * (split - multiplier)
        return ADMMState(solve_normal(physics, right, self.penalty), split, multiplier, state.zero_filled)


def split_huber(
    penalty: float = 0.1, bend: float = 0.02, step: float = 1.0, rate: float = 1.0, turns: int = 10
) -> Unrolled:
    """What ADMM-CSNet is when it is set to its algorithm (tested), and its tuned twin. Real images.

    :raises ValueError: for constants that are not positive, or a count below 0.
    """
    return Unrolled.tied(SplitStartByHand(penalty), SplitTurn(penalty, bend, step, rate), turns)
