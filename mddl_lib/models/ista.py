"""ISTA for compressive sensing by hand: a gradient step on the data term, then shrinkage in a fixed redundant frame.

Taught in :doc:`/unrolling/admm_csnet`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.core.filters import dct_basis
from mddl_lib.core.shrinkage import soft
from mddl_lib.core.unrolled import Unrolled
from mddl_lib.models.admm import ZeroFilled


class FrameState(NamedTuple):
    """What a turn hands on."""

    estimate: Tensor
    """x, (B, 1, H, W)"""
    zero_filled: Tensor
    """Aᴴy, computed once, (B, 1, H, W)"""


class FrameShrinkageTurn(nn.Module):
    r"""One turn of ISTA, its proximal step the shift-invariant shrinkage of 3x3 DCT coefficients.

    .. math::
        r = x - \rho\, A^H (A x - y), \qquad x \leftarrow V^T V r + W^T \mathrm{soft}(W r, \theta)

    - :math:`\rho`: step; :math:`\theta`: threshold; W: the eight non-constant DCT filters over 3, V: their mean filter, so
      that :math:`V^T V + W^T W = I` away from the border (zero padding).

    W is redundant: the second half is no proximal operator of :math:`\theta \|W x\|_1`, though often used as one.

    :raises ValueError: for a step or threshold that is not positive.
    """

    def __init__(self, step: float, threshold: float) -> None:
        super().__init__()
        arguments.positive(step=step, threshold=threshold)
        self.step, self.threshold = step, threshold
        filters = torch.cat([dct_basis(3) / 3, torch.full((1, 3, 3), 1 / 9)])
        self.register_buffer("filters", filters[:, None], persistent=False)

    def forward(self, state: FrameState, y: Tensor, physics: Any) -> FrameState:
        x, filters = state.estimate, self.filters.to(state.estimate)
        r = x - self.step * (physics.A_adjoint(physics.A(x)) - state.zero_filled)
        response = F.conv2d(r, filters, padding=1)
        kept = torch.cat([soft(response[:, :-1], self.threshold), response[:, -1:]], dim=1)
        return FrameState(F.conv_transpose2d(kept, filters, padding=1), state.zero_filled)


def frame_shrinkage(step: float = 1.0, threshold: float = 0.01, turns: int = 9) -> Unrolled:
    """ISTA with fixed filters: what ISTA-Net+ is when it is set to its algorithm (tested), and its tuned twin.

    :raises ValueError: for constants that are not positive, or a count below 0.
    """
    return Unrolled.tied(ZeroFilled(FrameState), FrameShrinkageTurn(step, threshold), turns)
