"""ISTA and FISTA by hand, on the lasso: a gradient step on the data term, then soft shrinkage.

Taught in :doc:`/unrolling/lista`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.core.shrinkage import soft
from mddl_lib.core.unrolled import Unrolled
from mddl_lib.sparse_coding.dictionary import Dictionary, as_dictionary


class CodeState(NamedTuple):
    """What a turn hands on."""

    estimate: Tensor
    """x, (batch, 1, n, w)"""
    before: Tensor
    """the estimate of the turn before, which momentum needs"""
    momentum: Tensor
    """FISTA's t of the turn before, a scalar"""


class FromZero(nn.Module):
    """The start: no atom is used."""

    def forward(self, y: Tensor, physics: Any) -> CodeState:
        zero = torch.zeros_like(as_dictionary(physics).A_adjoint(y))
        arguments.finite("the measurement", y)
        return CodeState(zero, zero, y.new_zeros(()))


class ShrinkageTurn(nn.Module):
    r"""One turn of ISTA, or of FISTA.

    .. math:: z = x^k + \frac{t_{k-1} - 1}{t_k} (x^k - x^{k-1}), \qquad
              x^{k+1} = \mathrm{soft}\bigl(z - \tfrac1L D^\top (D z - y),\ \tfrac\lambda L\bigr)

    - :math:`L`: at least :math:`\|D\|_2^2`; :math:`\lambda` = ``penalty``;
    - :math:`t_0 = 0,\ t_k = \tfrac12 (1 + \sqrt{1 + 4 t_{k-1}^2})` with ``fast``; else :math:`z = x^k`.

    Source: Daubechies, Defrise, De Mol 2004; Beck, Teboulle 2009.
    """

    def __init__(self, penalty: float, lipschitz: float, fast: bool = False) -> None:
        super().__init__()
        arguments.not_negative(penalty=penalty)
        arguments.positive(lipschitz=lipschitz)
        self.penalty, self.lipschitz, self.fast = penalty, lipschitz, fast

    def forward(self, state: CodeState, y: Tensor, physics: Any) -> CodeState:
        z, t = state.estimate, state.momentum
        if self.fast:
            t = (1 + (1 + 4 * state.momentum**2).sqrt()) / 2
            z = z + (state.momentum - 1) / t * (z - state.before)
        residual = physics.A_adjoint(physics.A(z) - y)
        return CodeState(soft(z - residual / self.lipschitz, self.penalty / self.lipschitz), state.estimate, t)


def ista(physics: Dictionary, penalty: float = 0.1, turns: int = 16) -> Unrolled:
    """ISTA on the lasso of a dictionary, with the step 1/L."""
    return Unrolled.tied(FromZero(), ShrinkageTurn(penalty, as_dictionary(physics).lipschitz()), turns)


def fista(physics: Dictionary, penalty: float = 0.1, turns: int = 16) -> Unrolled:
    """FISTA: ISTA with Nesterov's momentum. The energy's excess falls as :math:`2 L \\|x_0 - x^*\\|^2 / (k + 1)^2`."""
    return Unrolled.tied(FromZero(), ShrinkageTurn(penalty, as_dictionary(physics).lipschitz(), fast=True), turns)


def lasso(x: Tensor, y: Tensor, physics: Dictionary, penalty: float) -> Tensor:
    r"""The energy of every vector, (batch, w): :math:`\tfrac12 \|D x - y\|^2 + \lambda \|x\|_1`.

    :raises ValueError: for codes or signals of another shape than the dictionary's, or a negative penalty.
    """
    arguments.not_negative(penalty=penalty)
    difference = as_dictionary(physics).A(x) - y
    return (difference.square().sum(2) / 2 + penalty * x.abs().sum(2))[:, 0]
