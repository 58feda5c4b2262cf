"""What the learned optimizers share: layers that treat every coordinate alike, with the papers' start."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from mddl_lib.optimizers.checks import same_shape


class Dense(nn.Linear):
    """A linear layer that starts from a normal distribution of deviation 0.1, cut at two deviations, and zero bias."""

    def reset_parameters(self) -> None:
        nn.init.trunc_normal_(self.weight, std=0.1, a=-0.2, b=0.2)
        nn.init.zeros_(self.bias)


class Memory(nn.LSTMCell):
    r"""A long short-term memory for each coordinate of each optimizee; all share one set of weights.

    .. math::
        c \leftarrow \sigma(f) \, c + \sigma(i) \tanh(g), \qquad h \leftarrow \sigma(o) \tanh(c), \qquad
        (i, f, g, o) = W x + U h + b

    - :math:`x`: the input; :math:`h`: the output, fed back; :math:`c`: the cell; all (B, n, channels).

    The forget gate's bias starts at 1; the matrices start uniform within Glorot's bounds, the other biases at zero.
    """

    def reset_parameters(self) -> None:
        bound = math.sqrt(6 / (self.input_size + 5 * self.hidden_size))  # inputs x and h, four gates as outputs
        nn.init.uniform_(self.weight_ih, -bound, bound)
        nn.init.uniform_(self.weight_hh, -bound, bound)
        nn.init.zeros_(self.bias_ih)
        nn.init.zeros_(self.bias_hh)
        with torch.no_grad():
            self.bias_ih[self.hidden_size : 2 * self.hidden_size] = 1

    def forward(self, x: Tensor, output: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
        """The next output and cell."""
        new_output, new_cell = super().forward(
            x.reshape(-1, self.input_size),
            (output.reshape(-1, self.hidden_size), cell.reshape(-1, self.hidden_size)),
        )
        return new_output.view(output.shape), new_cell.view(cell.shape)


def as_batch(gradients: Tensor, parameters: Tensor) -> Tensor:
    """Gradients as (B, n), whether they came as (n,) or as (B, n).

    :raises ValueError: when gradients and parameters differ in shape, or have more than two dimensions.
    """
    same_shape(gradients, parameters)
    return gradients.reshape(-1, gradients.shape[-1])


def zeros(parameters: Tensor, *channels: int) -> Tensor:
    """A state of zeros, (B, n, channels), for parameters of shape (n,) or (B, n).

    :raises ValueError: for parameters of another rank.
    """
    same_shape(parameters, parameters)
    runs = 1 if parameters.ndim == 1 else len(parameters)
    return parameters.new_zeros(runs, parameters.shape[-1], *channels)
