"""LISTA: ISTA's two matrices and its thresholds, learned.

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


class LISTAState(NamedTuple):
    """What a layer hands on."""

    estimate: Tensor
    """x, (batch, 1, n, w)"""
    before: Tensor
    """the layer before's"""
    encoded: Tensor
    """W y, computed once"""
    recurrent: Tensor
    """S, (n, n): one matrix for all layers"""


class Encoder(nn.Module):
    """The start: W y, with the two matrices that all layers share, and a code of zeros."""

    def __init__(self, rows: int, columns: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(columns, rows))
        self.recurrent = nn.Parameter(torch.eye(columns))

    def forward(self, y: Tensor, physics: Any) -> LISTAState:
        zero = torch.zeros_like(as_dictionary(physics).A_adjoint(y))  # which refuses what is no signal
        arguments.finite("the measurement", y)
        encoded = y.mT.matmul(self.weight.mT).mT
        return LISTAState(zero, zero, encoded, self.recurrent)


class Layer(nn.Module):
    r"""One layer: :math:`x \leftarrow \mathrm{soft}\bigl(W y + S (x + \mu_k (x - x')),\ \theta_k\bigr)`.

    - :math:`x'`: the layer before's; :math:`\mu_k`: momentum, 0 and not learned unless ``momentum``.
    """

    def __init__(self, momentum: bool = False) -> None:
        super().__init__()
        self.threshold = nn.Parameter(torch.zeros(()))
        self.momentum = nn.Parameter(torch.zeros(())) if momentum else None

    def forward(self, state: LISTAState, y: Tensor, physics: Any) -> LISTAState:
        x = state.estimate
        z = x if self.momentum is None else x + self.momentum * (x - state.before)
        inner = state.encoded + z.mT.matmul(state.recurrent.mT).mT
        return LISTAState(soft(inner, self.threshold), x, state.encoded, state.recurrent)


class LISTA(Unrolled):
    r"""ISTA, cut after K turns, its matrices and thresholds learned.

    .. math:: x^{k+1} = \mathrm{soft}(W y + S x^k,\ \theta_k), \qquad x^0 = 0

    - :math:`W`: (n, m), :math:`S`: (n, n), one pair for all layers ("tied"); :math:`\theta_k`: a threshold a layer.

    ``momentum`` adds a learned extrapolation a layer, so that FISTA with fixed constants is inside the family (LFISTA).
    It is ISTA at :math:`W = D^\top / L,\ S = I - D^\top D / L,\ \theta = \lambda / L` (:meth:`from_algorithm`).

    :param rows: m.
    :param columns: n.
    :param turns: K.
    :raises ValueError: for sizes below 1.

    Source: Gregor, LeCun, ICML 2010; Moreau, Bruna, ICLR 2017 for the momentum.
    """

    family = "lista"

    def __init__(self, rows: int = 256, columns: int = 512, turns: int = 16, momentum: bool = False) -> None:
        arguments.counts(1, rows=rows, columns=columns, turns=turns)
        super().__init__(Encoder(rows, columns), [Layer(momentum) for _ in range(turns)])
        self.config = {"rows": rows, "columns": columns, "turns": turns, "momentum": momentum}

    @torch.no_grad()
    def from_algorithm(self, physics: Dictionary, penalty: float = 0.1, lipschitz: float | None = None) -> LISTA:
        """Set to ISTA, or with momentum to FISTA.

        :param lipschitz: L; None: ‖D‖².
        :raises ValueError: for a dictionary of another size, or constants that are none.
        """
        d, length = fitting(physics, self.config), lipschitz or as_dictionary(physics).lipschitz()
        arguments.not_negative(penalty=penalty)
        arguments.positive(lipschitz=length)
        self.start.weight.copy_(d.T / length)
        self.start.recurrent.copy_(torch.eye(d.shape[1], dtype=d.dtype) - d.T @ d / length)
        t = 0.0
        for layer in self.stages:
            layer.threshold.fill_(penalty / length)
            if layer.momentum is not None:
                following = (1 + (1 + 4 * t * t) ** 0.5) / 2
                layer.momentum.fill_(max(t - 1, 0) / following)  # the first layer has nothing to extrapolate
                t = following
        return self


def fitting(physics: Any, config: dict) -> Tensor:
    """The dictionary's matrix, in doubles.

    :raises ValueError: when it has another size than the network.
    """
    matrix = as_dictionary(physics).matrix
    if tuple(matrix.shape) != (config["rows"], config["columns"]):
        raise ValueError(f"the dictionary is {tuple(matrix.shape)}: expected {(config['rows'], config['columns'])}")
    return matrix.double()
