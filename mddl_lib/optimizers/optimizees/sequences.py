"""The sequence task of the talk's Table 2: a recurrent network learns to continue a noisy sine.

Taught in :doc:`/recent/learning_to_optimise`.
"""

from __future__ import annotations

import hashlib
import math

import torch
from torch import Tensor

from mddl_lib.core import arguments

LENGTH = 10
"""values that the network sees before it predicts the next"""
SHA256 = hashlib.sha256(f"A sin(omega k + phi), A 0-10, omega 0-pi/2, phi 0-2pi, {LENGTH} values".encode()).hexdigest()
"""of the rule in words: sequences are drawn, not stored"""


class Sequences:
    r"""The squared error of a long short-term memory that predicts a sine; B rows are B networks.

    .. math::
        f(x) = \frac1M \sum_{i=1}^{M} \big(\mathrm{LSTM}_x(s_i(0) + n_{i0}, \dots, s_i(9) + n_{i9}) - s_i(10)\big)^2, \qquad
        s_i(k) = A_i \sin(\omega_i k + \varphi_i)

    - :math:`x`: all weights and biases, n numbers; :math:`M` = ``batch`` sequences, drawn anew at each step;
    - :math:`A \sim U(0, 10)`, :math:`\omega \sim U(0, \pi/2)`, :math:`\varphi \sim U(0, 2\pi)`;
    - :math:`n \sim N(0, \mathrm{noise}^2)`: on what is seen, not on what is predicted.

    The memory starts at zero, its forget gate without a bias of its own. The gradient is autograd's, for all rows at once.

    :param noise: 0.1 in the paper's baseline, 0.01 in its "small noise".
    :param layers: 1 (n = 1781 at width 20) or 2 (n = 5061).
    :param where: a tensor on the device and of the type that the sequences are to have.
    """

    def __init__(
        self, noise: float = 0.1, layers: int = 1, width: int = 20, batch: int = 128, where: Tensor | None = None
    ) -> None:
        arguments.not_negative(noise=noise)
        arguments.counts(1, layers=layers, width=width, batch=batch)
        self.noise, self.layers, self.width, self.batch = noise, layers, width, batch
        self._like = torch.zeros(()) if where is None else where
        inputs = [1, *[width] * (layers - 1)]
        self.shapes = [shape for before in inputs for shape in ((before + width, 4 * width), (4 * width,))]
        self.shapes += [(width, 1), (1,)]
        self.size = sum(math.prod(shape) for shape in self.shapes)
        """n"""

    @property
    def device(self) -> torch.device:
        return self._like.device

    def description(self) -> dict[str, str | int | float]:
        """What it is, for a record."""
        constants = {key: getattr(self, key) for key in ("noise", "layers", "width", "batch", "size")}
        return {"optimizee": "sequences", **constants, "data": "sines", "data_sha256": SHA256}

    def to(self, where: torch.device | str | torch.dtype) -> Sequences:
        """The same problem on a device, or in another floating-point type."""
        return Sequences(self.noise, self.layers, self.width, self.batch, self._like.to(where))

    def start(self, runs: int, generator: torch.Generator) -> Tensor:
        """Where ``runs`` runs begin: weights and biases from N(0, 0.1²), (runs, n)."""
        return 0.1 * torch.randn(runs, self.size, generator=generator, **self._kind())

    def draw(self, steps: int, runs: int, generator: torch.Generator) -> Tensor:
        """Sequences for each step of each run, (steps, runs, batch, 11): what is seen, with noise, and what follows."""
        count = (steps, runs, self.batch)
        amplitude, frequency, phase = torch.rand(*count, 3, 1, generator=generator, **self._kind()).unbind(-2)
        time = torch.arange(LENGTH + 1, **self._kind())
        sines = 10 * amplitude * torch.sin(math.pi / 2 * frequency * time + 2 * math.pi * phase)
        sines[..., :LENGTH] += self.noise * torch.randn(*count, LENGTH, generator=generator, **self._kind())
        return sines

    def value(self, parameters: Tensor, chosen: Tensor) -> Tensor:
        """f of each row, (B,), in a form that autograd can differentiate."""
        if parameters.ndim != 2 or parameters.shape[1] != self.size:
            raise ValueError(f"parameters have the shape {tuple(parameters.shape)}: expected (B, {self.size})")
        pieces = parameters.split([math.prod(shape) for shape in self.shapes], -1)
        tensors = [piece.unflatten(-1, shape) for piece, shape in zip(pieces, self.shapes, strict=True)]
        *pairs, (readout, offset) = list(zip(tensors[::2], tensors[1::2], strict=True))
        seen = list(chosen[..., :LENGTH, None].unbind(-2))
        for weight, bias in pairs:
            seen = self._remember(weight, bias[:, None], seen)
        predicted = torch.baddbmm(offset[:, None], seen[-1], readout)[..., 0]
        return (predicted - chosen[..., LENGTH]).square().mean(-1)

    def value_and_gradient(self, parameters: Tensor, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """f and its gradient for each row, (B,) and (B, n)."""
        with torch.enable_grad():
            x = parameters.detach().requires_grad_()
            values = self.value(x, chosen)
            (gradients,) = torch.autograd.grad(values.sum(), x)
        return values.detach(), gradients

    def _remember(self, weight: Tensor, bias: Tensor, inputs: list[Tensor]) -> list[Tensor]:
        """The outputs of one layer at every time, each (B, batch, width)."""
        output = inputs[0].new_zeros(*inputs[0].shape[:-1], self.width)
        cell, outputs = output, []
        for value in inputs:
            gates = torch.baddbmm(bias, torch.cat([value, output], -1), weight)
            enter, forget, candidate, leave = gates.chunk(4, -1)
            cell = forget.sigmoid() * cell + enter.sigmoid() * candidate.tanh()
            output = leave.sigmoid() * cell.tanh()
            outputs.append(output)
        return outputs

    def _kind(self) -> dict[str, torch.device | torch.dtype]:
        return {"device": self._like.device, "dtype": self._like.dtype}
