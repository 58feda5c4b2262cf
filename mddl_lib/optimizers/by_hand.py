"""The classical optimizers, by hand: each is ``init(parameters)`` and ``update(gradients, state, parameters)``.

Taught in :doc:`/recent/learning_to_optimise`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor

from mddl_lib.optimizers.checks import constants


class Optimizer(Protocol):
    """What every optimizer here offers, classical or learned; the convention is Optax's.

    The parameters are one vector, (n,), or B independent ones, (B, n). An optimizer adds nothing itself: the caller
    does, ``parameters + updates``.
    """

    State: type[Any]
    """a named tuple of tensors"""

    def init(self, parameters: Tensor) -> Any:
        """The state before the first step."""

    def update(self, gradients: Tensor, state: Any, parameters: Tensor) -> tuple[Tensor, Any]:
        """What to add to the parameters, and the next state."""


class Empty(NamedTuple):
    """The state of an optimizer that remembers nothing."""


@dataclass(frozen=True)
class SGD:
    r"""Gradient descent: :math:`d = -\alpha g`, with the learning rate :math:`\alpha` and the gradient :math:`g`."""

    learning_rate: float = 0.01
    State = Empty

    def __post_init__(self) -> None:
        constants(self.learning_rate)

    def init(self, parameters: Tensor) -> Empty:
        return Empty()

    def update(self, gradients: Tensor, state: Empty, parameters: Tensor) -> tuple[Tensor, Empty]:
        return -self.learning_rate * gradients, state


class MomentumState(NamedTuple):
    velocity: Tensor


@dataclass(frozen=True)
class Momentum:
    r"""The heavy ball: :math:`u \leftarrow \mu u + g`, :math:`d = -\alpha u`.

    :math:`u` is the velocity, :math:`\mu` its decay. Source: Polyak, 1964.
    """

    learning_rate: float = 0.01
    decay: float = 0.9
    State = MomentumState

    def __post_init__(self) -> None:
        constants(self.learning_rate, decay=self.decay)

    def init(self, parameters: Tensor) -> MomentumState:
        return MomentumState(torch.zeros_like(parameters))

    def update(self, gradients: Tensor, state: MomentumState, parameters: Tensor) -> tuple[Tensor, MomentumState]:
        velocity = self.decay * state.velocity + gradients
        return -self.learning_rate * velocity, MomentumState(velocity)


class SquareState(NamedTuple):
    square: Tensor
    """a sum or a mean of squared gradients"""


@dataclass(frozen=True)
class AdaGrad:
    r"""A rate for each coordinate: :math:`v \leftarrow v + g^2`, :math:`d = -\alpha g / (\sqrt v + \varepsilon)`.

    Source: Duchi, Hazan, Singer, 2011.
    """

    learning_rate: float = 0.01
    epsilon: float = 1e-10
    State = SquareState

    def __post_init__(self) -> None:
        constants(self.learning_rate, self.epsilon)

    def init(self, parameters: Tensor) -> SquareState:
        return SquareState(torch.zeros_like(parameters))

    def update(self, gradients: Tensor, state: SquareState, parameters: Tensor) -> tuple[Tensor, SquareState]:
        square = state.square + gradients.square()
        return -self.learning_rate * gradients / (square.sqrt() + self.epsilon), SquareState(square)


@dataclass(frozen=True)
class RMSProp:
    r"""AdaGrad that forgets: :math:`v \leftarrow \gamma v + (1 - \gamma) g^2`,
    :math:`d = -\alpha g / (\sqrt v + \varepsilon)`.

    Source: Tieleman and Hinton, 2012.
    """

    learning_rate: float = 0.01
    decay: float = 0.99
    epsilon: float = 1e-8
    State = SquareState

    def __post_init__(self) -> None:
        constants(self.learning_rate, self.epsilon, decay=self.decay)

    def init(self, parameters: Tensor) -> SquareState:
        return SquareState(torch.zeros_like(parameters))

    def update(self, gradients: Tensor, state: SquareState, parameters: Tensor) -> tuple[Tensor, SquareState]:
        square = self.decay * state.square + (1 - self.decay) * gradients.square()
        return -self.learning_rate * gradients / (square.sqrt() + self.epsilon), SquareState(square)


class AdamState(NamedTuple):
    mean: Tensor
    square: Tensor
    steps: Tensor
    """how many steps were made, a scalar"""


@dataclass(frozen=True)
class Adam:
    r"""Momentum and RMSProp together, corrected for their start at zero.

    .. math::
        m &\leftarrow \beta m + (1 - \beta) g, \qquad v \leftarrow \gamma v + (1 - \gamma) g^2 \\
        d &= -\alpha \, \frac{m / (1 - \beta^t)}{\sqrt{v / (1 - \gamma^t)} + \varepsilon}

    - :math:`\beta, \gamma`: decay rates of the mean and of the square; :math:`t`: the step, counted from 1.

    Source: Kingma and Ba, 2015.
    """

    learning_rate: float = 0.001
    mean_decay: float = 0.9
    square_decay: float = 0.999
    epsilon: float = 1e-8
    State = AdamState

    def __post_init__(self) -> None:
        constants(self.learning_rate, self.epsilon, mean_decay=self.mean_decay, square_decay=self.square_decay)

    def init(self, parameters: Tensor) -> AdamState:
        return AdamState(torch.zeros_like(parameters), torch.zeros_like(parameters), parameters.new_zeros(()))

    def update(self, gradients: Tensor, state: AdamState, parameters: Tensor) -> tuple[Tensor, AdamState]:
        mean = self.mean_decay * state.mean + (1 - self.mean_decay) * gradients
        square = self.square_decay * state.square + (1 - self.square_decay) * gradients.square()
        steps = state.steps + 1
        above = mean / (1 - self.mean_decay**steps)
        below = (square / (1 - self.square_decay**steps)).sqrt() + self.epsilon
        return -self.learning_rate * above / below, AdamState(mean, square, steps)
