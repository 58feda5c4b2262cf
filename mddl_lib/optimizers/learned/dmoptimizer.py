"""DMoptimizer: the first learned optimizer, a recurrent network on the gradient's logarithm and sign.

Taught in :doc:`/recent/learning_to_optimise`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.optimizers.learned.recurrent import Dense, Memory, as_batch, zeros


class DMoptimizerState(NamedTuple):
    output: Tensor
    """of the first LSTM, (B, n, 20)"""
    cell: Tensor
    second_output: Tensor
    second_cell: Tensor


class DMoptimizer(nn.Module):
    r"""A two-layer LSTM at each coordinate, on a gradient that is split into size and sign.

    .. math::
        d_t = 0.1 \, \big(w^\top \mathrm{LSTM}_2(a, b) + c\big), \qquad
        a = \max\Big(\frac{\log |g_t|}{p}, -1\Big), \qquad b = \mathrm{clip}(e^{p} g_t, -1, 1), \qquad p = 10

    It sees the gradient's scale, and no norm bounds it: it is the rival that generalises least.

    Source: Andrychowicz et al., NIPS 2016.
    """

    family = "dmoptimizer"
    State = DMoptimizerState

    def __init__(self, width: int = 20, power: float = 10.0, scale: float = 0.1) -> None:
        super().__init__()
        arguments.counts(1, width=width)
        arguments.positive(power=power, scale=scale)
        self.config = {"width": width, "power": power, "scale": scale}
        self.width, self.power, self.scale = width, power, scale
        self.first, self.second = Memory(2, width), Memory(width, width)
        self.readout = Dense(width, 1)

    def init(self, parameters: Tensor) -> DMoptimizerState:
        """Zeros, for parameters (n,) or (B, n)."""
        return DMoptimizerState(*(zeros(parameters, self.width) for _ in range(4)))

    def update(self, gradients: Tensor, state: DMoptimizerState, parameters: Tensor) -> tuple[Tensor, DMoptimizerState]:
        """The update, shaped as the parameters, and the next state.

        :raises ValueError: when gradients and parameters differ in shape, or are neither (n,) nor (B, n).
        """
        g = as_batch(gradients, parameters)
        size = (g.abs().log() / self.power).clamp_min(-1)
        sign = (g * math.exp(self.power)).clamp(-1, 1)
        output, cell = self.first(torch.stack([size, sign], -1), state.output, state.cell)
        second_output, second_cell = self.second(output, state.second_output, state.second_cell)
        updates = self.scale * self.readout(second_output)
        return updates.view(gradients.shape), DMoptimizerState(output, cell, second_output, second_cell)
