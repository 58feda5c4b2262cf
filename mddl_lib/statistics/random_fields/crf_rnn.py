r"""CRF-RNN: mean field of the dense CRF, cut after T turns, its constants learned.

Taught in :doc:`/statistical/crf_as_rnn`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.core.unrolled import Unrolled
from mddl_lib.statistics.random_fields.dense_crf import Filter, PairTerms


class FieldState(NamedTuple):
    """What a turn hands on."""

    estimate: Tensor
    """the logits of q, (B, L, H, W)"""

    @property
    def beliefs(self) -> Tensor:
        """q: over the labels its sum is 1."""
        return self.estimate.softmax(1)


class FromUnary(nn.Module):
    """The start: what each pixel believes by itself, logits less ψ."""

    def forward(self, logits: Tensor, filters: Sequence[Filter]) -> FieldState:
        arguments.tensors(logits=logits)
        if logits.ndim != 4:
            raise ValueError(
                f"the logits have the shape {tuple(logits.shape)}: expected (batch, labels, height, width)"
            )
        arguments.finite("the logits", logits)
        return FieldState(logits)


class MeanFieldStage(nn.Module):
    r"""One turn in five layers: normalise, pass messages, weight them, ask what labels cost each other, add the unary.

    .. math:: q = \mathrm{softmax}(s), \qquad \tilde q_l = \sum_m W^m_l\, (K_m q_l), \qquad
              s \leftarrow -\psi - \mu \tilde q

    - :math:`K_m`: the filters, not learned; :math:`W^m_l`: a weight for each kernel and label; :math:`\mu`: (L, L), learned
      whole: it need not stay symmetric, and then there is no energy any more.

    :param labels: L.
    :param kernels: M.
    :raises ValueError: for counts that are none.

    Source: Zheng et al., ICCV 2015, section 4 (algorithm 1).
    """

    def __init__(self, labels: int, kernels: int = 2) -> None:
        super().__init__()
        arguments.counts(2, labels=labels)
        arguments.counts(1, kernels=kernels)
        self.weights = nn.Parameter(torch.ones(kernels, labels))
        self.compatibility = nn.Parameter(1 - torch.eye(labels))

    def forward(self, state: FieldState, logits: Tensor, filters: Sequence[Filter]) -> FieldState:
        if len(filters) != len(self.weights) or logits.shape[1] != len(self.compatibility):
            raise ValueError(
                f"there are {len(filters)} filters and {logits.shape[1]} labels: expected {tuple(self.weights.shape)}"
            )
        q = state.beliefs
        passed = sum(weight[:, None, None] * each(q) for weight, each in zip(self.weights, filters, strict=True))
        return FieldState(logits - torch.einsum("ab,nbhw->nahw", self.compatibility, passed))


class CRFRNN(Unrolled):
    """Mean field as a recurrent network: ``network(logits, filters)`` gives the logits after T turns.

    Every turn has the same constants. More turns than were trained may be asked for (``turns``): the paper trains five
    and takes ten.

    :param labels: L.
    :param turns: T.
    :raises ValueError: for counts that are none.

    Source: Zheng et al., ICCV 2015.
    """

    def __init__(self, labels: int, turns: int = 5, kernels: int = 2) -> None:
        super().__init__(FromUnary(), [MeanFieldStage(labels, kernels)])
        arguments.counts(0, turns=turns)
        self.turns = turns

    @property
    def is_tied(self) -> bool:
        """Always."""
        return True

    def from_algorithm(self, terms: PairTerms) -> CRFRNN:
        """Set it to mean field of one CRF.

        :raises ValueError: for terms of another number of labels or kernels.
        """
        stage = self.stages[0]
        if terms.compatibility.shape != stage.compatibility.shape or len(terms.weights) != len(stage.weights):
            raise ValueError(
                f"the terms have {len(terms.compatibility)} labels and {len(terms.weights)} kernels: expected "
                f"{len(stage.compatibility)} and {len(stage.weights)}"
            )
        with torch.no_grad():
            stage.weights.copy_(terms.weights[:, None].expand_as(stage.weights))
            stage.compatibility.copy_(terms.compatibility)
        return self
