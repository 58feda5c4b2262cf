"""LISTA-CP, LISTA-CPSS and ALISTA: weights that are coupled, entries that are trusted, weights that are computed.

Taught in :doc:`/unrolling/lista`.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.core.shrinkage import soft
from mddl_lib.core.unrolled import Unrolled
from mddl_lib.sparse_coding.dictionary import Dictionary, as_dictionary
from mddl_lib.sparse_coding.lista import fitting


class CoupledState(NamedTuple):
    """What a layer hands on."""

    estimate: Tensor
    """x, (batch, 1, n, w)"""
    weight: Tensor
    """W, (m, n): one matrix for all layers"""


class Weight(nn.Module):
    """The start: a code of zeros, and the weight of all layers, learned or the dictionary's analytic one."""

    def __init__(self, rows: int, columns: int, learned: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(rows, columns)) if learned else None

    def forward(self, y: Tensor, physics: Any) -> CoupledState:
        zero = torch.zeros_like(as_dictionary(physics).A_adjoint(y))
        arguments.finite("the measurement", y)
        return CoupledState(zero, physics.analytic.to(zero) if self.weight is None else self.weight)


class CoupledLayer(nn.Module):
    r"""One layer: :math:`x \leftarrow \mathrm{soft}_{p}\bigl(x + \gamma_k W^\top (y - D x),\ \theta_k\bigr)`.

    - :math:`\theta_k`: threshold; :math:`\gamma_k`: step;
    - :math:`\mathrm{soft}_p`: as soft, but the ``kept`` entries of largest magnitude in every vector pass unchanged
      (support selection); ``kept`` = 0 is the soft shrinkage.
    """

    def __init__(self, kept: int = 0) -> None:
        super().__init__()
        self.kept = kept
        self.threshold, self.step = nn.Parameter(torch.zeros(())), nn.Parameter(torch.ones(()))

    def forward(self, state: CoupledState, y: Tensor, physics: Any) -> CoupledState:
        correction = (y - physics.A(state.estimate)).mT.matmul(state.weight).mT
        x = state.estimate + self.step * correction
        return CoupledState(trusting_soft(x, self.threshold, self.kept), state.weight)


def trusting_soft(x: Tensor, threshold: Tensor, kept: int) -> Tensor:
    """Soft shrinkage (of (batch, 1, n, w), along n) that leaves the ``kept`` largest entries of a vector as they are.

    It is no proximal operator of any penalty of the entries apart: whether one shrinks depends on the others.

    :raises ValueError: for a count below 0 or above n.
    """
    arguments.tensors(x=x, threshold=threshold)
    arguments.counts(0, kept=kept)
    if threshold.ndim or x.ndim != 4:
        shapes = f"threshold is {tuple(threshold.shape)}, x {tuple(x.shape)}"
        raise ValueError(f"{shapes}: expected one number and (batch, 1, n, vectors)")
    shrunk = soft(x, threshold)
    if not kept:
        return shrunk
    if kept > x.shape[2]:
        raise ValueError(f"kept is {kept} of a code {tuple(x.shape)}: expected at most its length")
    magnitude = x.abs()
    # the smallest of the kept ones; where several are equal, all of them pass
    bound = magnitude.topk(kept, dim=-2, sorted=False).values.amin(-2, keepdim=True)
    return torch.where(magnitude >= bound, x, shrunk)


class CoupledLISTA(Unrolled):
    r"""LISTA with coupled weights, with support selection and with analytic weights, by its options.

    .. math:: x^{k+1} = \mathrm{soft}_{p_k}\bigl(x^k + \gamma_k W^\top (y - D x^k),\ \theta_k\bigr)

    - LISTA-CP: ``selection = 0``: one learned W, (m, n), thresholds and steps; :math:`S = I - \gamma_k W^\top D` is tied to
      them. The papers have a W a layer, sixteen times as many numbers; ours is one, scaled in every layer.
    - LISTA-CPSS: ``selection = 0.012``: :math:`p_k = \min(0.012\,k,\ 0.13)\, n` entries are trusted in layer k.
    - ALISTA: ``analytic``: W minimises the coherence with D, computed once
      (:func:`~mddl_lib.sparse_coding.dictionary.analytic_weight`); steps and thresholds are all that is learned.

    It is ISTA at :math:`W = D / L,\ \gamma = 1,\ \theta = \lambda / L` and no selection. ALISTA is not: its W is not the dictionary.

    :param selection: the share of entries that each layer trusts more than the one before.
    :param most: the largest share.
    :raises ValueError: for sizes below 1, or shares outside 0 … 1.

    Source: Chen, Liu, Wang, Yin, NeurIPS 2018; Liu, Chen, Wang, Yin, ICLR 2019.
    """

    family = "coupled_lista"

    def __init__(
        self, rows: int = 256, columns: int = 512, turns: int = 16, selection: float = 0.0, most: float = 0.13,
        analytic: bool = False,
    ) -> None:  # fmt: skip
        arguments.counts(1, rows=rows, columns=columns, turns=turns)
        arguments.not_negative(selection=selection, most=most)
        if max(selection, most) > 1:
            raise ValueError(f"selection and most are {selection} and {most}: expected shares from 0 to 1")
        kept = [math.floor(min(selection * k, most) * columns) for k in range(1, turns + 1)]
        super().__init__(Weight(rows, columns, not analytic), [CoupledLayer(count) for count in kept])
        self.config = {
            "rows": rows, "columns": columns, "turns": turns, "selection": selection, "most": most, "analytic": analytic,
        }  # fmt: skip

    @torch.no_grad()
    def from_algorithm(self, physics: Dictionary, penalty: float = 0.1, lipschitz: float | None = None) -> CoupledLISTA:
        """Set to ISTA's constants; with analytic weights only the thresholds and steps are, which is no ISTA.

        :raises ValueError: for a dictionary of another size, or constants that are none.
        """
        d, length = fitting(physics, self.config), lipschitz or as_dictionary(physics).lipschitz()
        arguments.not_negative(penalty=penalty)
        arguments.positive(lipschitz=length)
        if self.start.weight is not None:
            self.start.weight.copy_(d / length)
        for layer in self.stages:
            layer.threshold.fill_(penalty / length)
            layer.step.fill_(1.0 if self.start.weight is not None else 1 / length)
        return self
