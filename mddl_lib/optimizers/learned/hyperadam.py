"""HyperAdam: J Adams with decay rates that are learned fields, combined with learned weights.

Taught in :doc:`/recent/learning_to_optimise`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from mddl_lib.core import arguments
from mddl_lib.optimizers.checks import constants
from mddl_lib.optimizers.learned.recurrent import Dense, Memory, as_batch, zeros

SMALLEST_NORM = 1e-20
"""a column of zeros (the moments before the first step) is divided by this"""


class HyperAdamState(NamedTuple):
    """What HyperAdam carries from step to step, for B optimizees of n coordinates and J candidates."""

    output: Tensor
    """the StateCell's LSTM, (B, n, J): the state field s"""
    cell: Tensor
    """its cell, (B, n, J)"""
    moments: Tensor
    """m and v, (B, n, 2, J)"""
    corrections: Tensor
    """the bias terms β̂ and γ̂, (B, n, 2, J)"""


class StateCell(nn.Module):
    r"""Encodes the gradient and its past: :math:`s_t = \mathrm{LSTM}(\mathrm{ELU}(W g / \|g\|_2 + b), s_{t-1})`.

    The norm is over all coordinates of one optimizee, so that the state does not see the scale of its loss.

    :param lstm: without it, the state is the ELU's output alone (an ablation of the paper).
    :param preprocessing: without it, the gradient is not divided by its norm (another).
    """

    def __init__(self, candidates: int, lstm: bool = True, preprocessing: bool = True) -> None:
        super().__init__()
        arguments.counts(1, candidates=candidates)
        self.preprocessing = preprocessing
        self.linear = Dense(1, candidates)
        self.memory = Memory(candidates, candidates) if lstm else None

    def forward(self, gradients: Tensor, output: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
        if self.preprocessing:
            gradients = gradients / gradients.norm(dim=-1, keepdim=True).clamp_min(SMALLEST_NORM)
        encoded = functional.elu(self.linear(gradients[..., None]))
        return (encoded, cell) if self.memory is None else self.memory(encoded, output, cell)


class AdamCell(nn.Module):
    r"""J candidate updates at each coordinate, each an Adam of its own decay rates.

    .. math::
        [\beta_t, \gamma_t] &= \sigma\Big(W \Big[\frac{s_t}{\|s_t\|}, \frac{m_{t-1}}{\|m_{t-1}\|}\Big] + b\Big) \\
        m_t &= \beta_t m_{t-1} + (1 - \beta_t) g_t, \qquad \hat\beta_t = \beta_t \hat\beta_{t-1} + (1 - \beta_t) \\
        v_t &= \gamma_t v_{t-1} + (1 - \gamma_t) g_t^2, \qquad \hat\gamma_t = \gamma_t \hat\gamma_{t-1} + (1 - \gamma_t) \\
        \hat m_t &= \frac{m_t / \hat\beta_t}{\sqrt{v_t / \hat\gamma_t + \varepsilon}}

    - :math:`\beta_t, \gamma_t`: decay rates, (n, J) each: a field, no list of constants;
    - :math:`m_t, v_t`: moments; :math:`\hat\beta_t, \hat\gamma_t`: what they must be divided by, having started at zero
      (with constant rates, Adam's :math:`1 - \beta^t`);
    - :math:`\hat m_t`: the moment field, (n, J). The norms are of each column, over the coordinates.
    """

    def __init__(self, candidates: int, epsilon: float = 1e-24) -> None:
        super().__init__()
        arguments.counts(1, candidates=candidates)
        arguments.not_negative(epsilon=epsilon)
        self.epsilon = epsilon
        self.linear = Dense(2 * candidates, 2 * candidates)

    def rates(self, state: Tensor, moments: Tensor) -> Tensor:
        """β and γ, (B, n, 2, J)."""
        mean = moments[:, :, 0]
        # W [s/‖s‖, m/‖m‖] = (W_s/‖s‖) s + (W_m/‖m‖) m: dividing the matrix, not the field, reads the field once
        for_state, for_mean = self.linear.weight.t().split(state.shape[-1])
        logits = torch.baddbmm(self.linear.bias.expand(1, 1, -1), state, for_state / column_norms(state))
        logits = torch.baddbmm(logits, mean, for_mean / column_norms(mean))
        return torch.sigmoid(logits).view(moments.shape)

    def forward(self, gradients: Tensor, state: Tensor, past: HyperAdamState) -> tuple[Tensor, Tensor, Tensor]:
        """The moment field (B, n, J), the moments and their corrections."""
        rates = self.rates(state, past.moments)
        powers = torch.stack([gradients, gradients.square()], -1)[..., None]  # g and g², (B, n, 2, 1)
        moments = torch.lerp(powers, past.moments, rates)
        corrections = torch.lerp(rates.new_ones(()), past.corrections, rates)
        mean, square = (moments / corrections).unbind(2)
        return mean * (square + self.epsilon).rsqrt(), moments, corrections


class WeightCell(nn.Module):
    r"""How much of each candidate to take, at each coordinate: :math:`\rho_t = \mathrm{ELU}(W s_t + b)`, (n, J)."""

    def __init__(self, candidates: int) -> None:
        super().__init__()
        arguments.counts(1, candidates=candidates)
        self.linear = Dense(candidates, candidates)

    def forward(self, state: Tensor) -> Tensor:
        return functional.elu(self.linear(state))


class HyperAdam(nn.Module):
    r"""The StateCell's state drives AdamCell and WeightCell; the update combines their two fields.

    .. math:: d_t = -\alpha \sum_{j=1}^{J} \rho_t^j \, \hat m_t^j

    - :math:`\rho_t`: weight field; :math:`\hat m_t`: moment field; :math:`\alpha = 0.005`: the step.

    :param candidates: J, the paper's 20; also the width of the state.
    :param epsilon: ε, inside the root.

    Source: Wang, Sun, Xu, AAAI 2019, Algorithm 2.
    """

    family = "hyperadam"
    State = HyperAdamState

    def __init__(
        self,
        candidates: int = 20,
        learning_rate: float = 0.005,
        epsilon: float = 1e-24,
        lstm: bool = True,
        preprocessing: bool = True,
    ) -> None:
        super().__init__()
        constants(learning_rate, epsilon)
        self.config = {
            "candidates": candidates,
            "learning_rate": learning_rate,
            "epsilon": epsilon,
            "lstm": lstm,
            "preprocessing": preprocessing,
        }
        self.candidates, self.learning_rate = candidates, learning_rate
        self.state_cell = StateCell(candidates, lstm, preprocessing)
        self.adam_cell = AdamCell(candidates, epsilon)
        self.weight_cell = WeightCell(candidates)

    def init(self, parameters: Tensor) -> HyperAdamState:
        """Zeros, for parameters (n,) or (B, n)."""
        J = self.candidates
        return HyperAdamState(*(zeros(parameters, *shape) for shape in [(J,), (J,), (2, J), (2, J)]))

    def update(self, gradients: Tensor, state: HyperAdamState, parameters: Tensor) -> tuple[Tensor, HyperAdamState]:
        """The update, shaped as the parameters, and the next state.

        :raises ValueError: when gradients and parameters differ in shape, or are neither (n,) nor (B, n).
        """
        g = as_batch(gradients, parameters)
        output, cell = self.state_cell(g, state.output, state.cell)
        candidates, moments, corrections = self.adam_cell(g, output, state)
        weights = self.weight_cell(output)
        updates = -self.learning_rate * (weights * candidates).sum(-1)
        return updates.view(gradients.shape), HyperAdamState(output, cell, moments, corrections)

    @torch.no_grad()
    def from_algorithm(self, mean_decay: float = 0.9, square_decay: float = 0.999, candidate: int = 0) -> HyperAdam:
        """Set to Adam: constant decay rates (W = 0, b = logit β) and a weight field that is 1 at one candidate.

        It is Adam of the learning rate :math:`α`, with ε inside the root. At ε = 0 the two agree to rounding.

        :raises ValueError: for a decay outside (0, 1).
        """
        for decay in (mean_decay, square_decay):
            if not 0 < decay < 1:
                raise ValueError(f"a decay rate is {decay}: expected a number between 0 and 1")
        for linear in (self.adam_cell.linear, self.weight_cell.linear):
            linear.weight.zero_()
            linear.bias.zero_()
        self.adam_cell.linear.bias[: self.candidates] = math.log(mean_decay / (1 - mean_decay))
        self.adam_cell.linear.bias[self.candidates :] = math.log(square_decay / (1 - square_decay))
        self.weight_cell.linear.bias[candidate] = 1
        return self


def column_norms(field: Tensor) -> Tensor:
    """The norm of each column of a field (B, n, J) over its coordinates, as (B, J, 1), never zero."""
    return torch.linalg.vector_norm(field, dim=1).clamp_min(SMALLEST_NORM)[..., None]
