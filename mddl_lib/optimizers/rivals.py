"""Two rivals of today, by hand: Adam whose rate falls like a cosine, and Prodigy, which finds its rate itself.

Taught in :doc:`/recent/learning_to_optimise`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.optimizers.by_hand import Adam, AdamState
from mddl_lib.optimizers.checks import constants, same_shape


@dataclass(frozen=True)
class CosineAdam(Adam):
    r"""Adam with the rate :math:`\alpha_t = \tfrac\alpha2 \big(1 + \cos(\pi t / T)\big)`.

    - :math:`t`: steps made so far; :math:`T` = ``horizon``: the step at which the rate is zero, and stays zero.

    It has to be told when the training ends. Source: Loshchilov and Hutter, 2017.
    """

    horizon: int = 100

    def __post_init__(self) -> None:
        super().__post_init__()
        arguments.counts(1, horizon=self.horizon)

    def update(self, gradients: Tensor, state: AdamState, parameters: Tensor) -> tuple[Tensor, AdamState]:
        updates, new = super().update(gradients, state, parameters)
        return (1 + (math.pi * (state.steps / self.horizon).clamp_max(1)).cos()) / 2 * updates, new


class ProdigyState(NamedTuple):
    start: Tensor
    """where the run began"""
    mean: Tensor
    square: Tensor
    total: Tensor
    """s: the weighted sum of gradients"""
    progress: Tensor
    """r: how far the gradients point back to the start, (B, 1) or (1,)"""
    distance: Tensor
    """d: the estimated distance to the solution, (B, 1) or (1,)"""


@dataclass(frozen=True)
class Prodigy:
    r"""Adam whose rate is an estimate d of the distance between start and solution: nothing is left to tune.

    .. math::
        m &\leftarrow \beta m + (1 - \beta) d g, \qquad v \leftarrow \gamma v + (1 - \gamma) d^2 g^2 \\
        r &\leftarrow \sqrt\gamma\, r + (1 - \sqrt\gamma) d^2 \langle g, x_0 - x \rangle, \qquad
        s \leftarrow \sqrt\gamma\, s + (1 - \sqrt\gamma) d^2 g \\
        d_{\text{next}} &= \max(d, r / \|s\|_1), \qquad x \leftarrow x - d\, m / (\sqrt v + d \varepsilon)

    - :math:`x_0`: the start; for a convex function :math:`r / \|s\|_1` never exceeds the distance in the largest coordinate.

    Source: Mishchenko and Defazio, 2024.

    """

    first_distance: float = 1e-6
    mean_decay: float = 0.9
    square_decay: float = 0.999
    epsilon: float = 1e-8
    State = ProdigyState

    def __post_init__(self) -> None:
        constants(1.0, self.epsilon, mean_decay=self.mean_decay, square_decay=self.square_decay)
        arguments.positive(first_distance=self.first_distance)

    def init(self, parameters: Tensor) -> ProdigyState:
        zero, one = torch.zeros_like(parameters), parameters.new_zeros(*parameters.shape[:-1], 1)
        return ProdigyState(parameters.clone(), zero, zero, zero, one, one + self.first_distance)

    def update(self, gradients: Tensor, state: ProdigyState, parameters: Tensor) -> tuple[Tensor, ProdigyState]:
        """The update, and the next state.

        :raises ValueError: when gradients and parameters differ in shape.
        """
        same_shape(gradients, parameters)
        d, decay = state.distance, math.sqrt(self.square_decay)
        mean = self.mean_decay * state.mean + (1 - self.mean_decay) * d * gradients
        square = self.square_decay * state.square + (1 - self.square_decay) * (d * gradients).square()
        back = (gradients * (state.start - parameters)).sum(-1, keepdim=True)
        progress = decay * state.progress + (1 - decay) * d.square() * back
        total = decay * state.total + (1 - decay) * d.square() * gradients
        size = total.abs().sum(-1, keepdim=True)
        estimate = torch.where(size > 0, progress / size, 0)  # no gradient, no estimate
        updates = -d * mean / (square.sqrt() + d * self.epsilon)
        return updates, ProdigyState(state.start, mean, square, total, progress, torch.maximum(d, estimate))
