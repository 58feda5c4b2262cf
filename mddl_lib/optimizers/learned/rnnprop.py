"""RNNprop: a recurrent network that sees the gradient and the momentum, both divided as in RMSProp and Adam.

Taught in :doc:`/recent/learning_to_optimise`.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from mddl_lib.core import arguments
from mddl_lib.optimizers.checks import constants
from mddl_lib.optimizers.learned.recurrent import Dense, Memory, as_batch, zeros


class RNNpropState(NamedTuple):
    output: Tensor
    """of the first LSTM, (B, n, 20)"""
    cell: Tensor
    second_output: Tensor
    second_cell: Tensor
    mean: Tensor
    """m, (B, n)"""
    square: Tensor
    """v, (B, n)"""
    steps: Tensor
    """a scalar"""


class RNNprop(nn.Module):
    r"""A two-layer LSTM on the directions of RMSProp and Adam; its update is bounded.

    .. math::
        d_t = -0.1 \tanh\Big(w^\top \mathrm{LSTM}_2\Big(\mathrm{ELU}\Big(W
              \Big[\frac{g_t}{\sqrt{\hat v_t}}, \frac{\hat m_t}{\sqrt{\hat v_t}}\Big] + b\Big)\Big) + b'\Big)

    - :math:`\hat m_t, \hat v_t`: Adam's corrected mean and square, both of decay .95.

    :param epsilon: added to :math:`\hat v` inside the root: a coordinate whose gradient is always zero stays.

    Source: Lv, Jiang, Li, ICML 2017.
    """

    family = "rnnprop"
    State = RNNpropState

    def __init__(self, width: int = 20, decay: float = 0.95, scale: float = 0.1, epsilon: float = 1e-24) -> None:
        super().__init__()
        arguments.counts(1, width=width)
        arguments.positive(scale=scale)
        constants(scale, epsilon, decay=decay)
        self.config = {"width": width, "decay": decay, "scale": scale, "epsilon": epsilon}
        self.width, self.decay, self.scale, self.epsilon = width, decay, scale, epsilon
        self.linear = Dense(2, width)
        self.first, self.second = Memory(width, width), Memory(width, width)
        self.readout = Dense(width, 1)

    def init(self, parameters: Tensor) -> RNNpropState:
        """Zeros, for parameters (n,) or (B, n)."""
        memories = [zeros(parameters, self.width) for _ in range(4)]
        return RNNpropState(*memories, zeros(parameters), zeros(parameters), parameters.new_zeros(()))

    def update(self, gradients: Tensor, state: RNNpropState, parameters: Tensor) -> tuple[Tensor, RNNpropState]:
        """The update, shaped as the parameters, and the next state.

        :raises ValueError: when gradients and parameters differ in shape, or are neither (n,) nor (B, n).
        """
        g = as_batch(gradients, parameters)
        mean = torch.lerp(g, state.mean, self.decay)
        square = torch.lerp(g.square(), state.square, self.decay)
        steps = state.steps + 1
        correction = 1 - self.decay**steps
        scale = (square / correction + self.epsilon).rsqrt()
        x = functional.elu(self.linear(torch.stack([g * scale, mean / correction * scale], -1)))
        output, cell = self.first(x, state.output, state.cell)
        second_output, second_cell = self.second(output, state.second_output, state.second_cell)
        updates = -self.scale * torch.tanh(self.readout(second_output))
        new = RNNpropState(output, cell, second_output, second_cell, mean, square, steps)
        return updates.view(gradients.shape), new
