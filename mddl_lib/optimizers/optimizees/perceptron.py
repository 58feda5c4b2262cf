"""The optimizee of the papers: a multilayer perceptron on digits, B of them at once, its gradient in closed form.

Taught in :doc:`/recent/learning_to_optimise`.
"""

from __future__ import annotations

import itertools
import math

import torch
from torch import Tensor
from torch.nn import functional

from mddl_lib.core import arguments
from mddl_lib.optimizers.optimizees.digits import Digits, check_digits

ACTIVATIONS = {
    "sigmoid": (torch.sigmoid, lambda h: h * (1 - h)),
    "relu": (torch.relu, lambda h: (h > 0).to(h.dtype)),
    "elu": (functional.elu, lambda h: torch.where(h > 0, 1, h + 1)),
    "tanh": (torch.tanh, lambda h: 1 - h.square()),
}
"""each activation, and its derivative as a function of its value"""


class Perceptron:
    r"""The cross-entropy of a multilayer perceptron on a batch of digits, as a function of one flat vector.

    .. math::
        f(x) = -\frac1M \sum_{i=1}^{M} \log \mathrm{softmax}(W_L h_{L-1,i} + b_L)_{y_i}, \qquad
        h_l = a(W_l h_{l-1} + b_l)

    - :math:`x = (W_1, b_1, \dots, W_L, b_L)`: n numbers in one row; B rows are B independent networks, (B, n);
    - :math:`a`: the activation; :math:`M` = ``batch`` digits, drawn anew for each network and each step.

    With one hidden layer of 20 units on 28 × 28 pixels, n = 15 910.

    :raises ValueError: for an unknown activation, or sizes below 1.
    """

    def __init__(
        self, digits: Digits, activation: str = "sigmoid", layers: int = 1, width: int = 20, batch: int = 128
    ) -> None:
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation is {activation!r}: expected one of {sorted(ACTIVATIONS)}")
        check_digits(digits)
        arguments.counts(0, layers=layers, width=width, batch=batch)
        if min(layers, width, batch) < 1:
            raise ValueError(f"layers, width and batch are {layers}, {width}, {batch}: expected 1 or more")
        self.digits, self.activation, self.layers, self.width, self.batch = digits, activation, layers, width, batch
        widths = [digits.images.shape[1], *[width] * layers, 10]
        self.shapes = list(itertools.pairwise(widths))
        self.size = sum(before * after + after for before, after in self.shapes)
        """n"""

    def description(self) -> dict[str, str | int]:
        """What it is, for a record."""
        constants = {key: getattr(self, key) for key in ("activation", "layers", "width", "batch", "size")}
        return {"optimizee": "perceptron", **constants, "data": self.digits.name, "data_sha256": self.digits.sha256}

    @property
    def device(self) -> torch.device:
        return self.digits.images.device

    def to(self, where: torch.device | str | torch.dtype) -> Perceptron:
        """The same problem on a device, or in another floating-point type."""
        return Perceptron(self.digits.to(where), self.activation, self.layers, self.width, self.batch)

    def start(self, runs: int, generator: torch.Generator) -> Tensor:
        """Where ``runs`` runs begin: weights and biases from N(0, 0.1²), (runs, n)."""
        images = self.digits.images
        return 0.1 * torch.randn(runs, self.size, generator=generator, device=images.device, dtype=images.dtype)

    def draw(self, steps: int, runs: int, generator: torch.Generator) -> Tensor:
        """Which digits each step of each run takes, with replacement: (steps, runs, batch)."""
        labels = self.digits.labels
        return torch.randint(len(labels), (steps, runs, self.batch), generator=generator, device=labels.device)

    def value(self, parameters: Tensor, chosen: Tensor) -> Tensor:
        """f of each row, (B,), in a form that autograd can differentiate."""
        outputs = self._forward(self._split(parameters), self.digits.images[chosen])
        logits = outputs[-1].log_softmax(-1)
        return -logits.gather(-1, self.digits.labels[chosen][..., None]).mean((-2, -1))

    @torch.no_grad()
    def value_and_gradient(self, parameters: Tensor, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """f and its gradient for each row, (B,) and (B, n), by back-propagation written out.

        :param parameters: (B, n).
        :param chosen: (B, batch), one step of :meth:`draw`.
        """
        layers = self._split(parameters)
        inputs, target = self.digits.images[chosen], self.digits.labels[chosen][..., None]
        outputs = self._forward(layers, inputs)
        logs = outputs[-1].log_softmax(-1)
        values = -logs.gather(-1, target).mean((-2, -1))
        error = logs.exp().scatter_add(-1, target, logs.new_full((), -1.0).expand(target.shape)) / self.batch
        derivative = ACTIVATIONS[self.activation][1]
        parts = []
        for position in reversed(range(len(layers))):
            before = outputs[position - 1] if position else inputs
            parts[:0] = [(before.mT @ error).flatten(1), error.sum(1)]
            if position:
                error = (error @ layers[position][0].mT) * derivative(before)
        return values, torch.cat(parts, -1)

    def _split(self, parameters: Tensor) -> list[tuple[Tensor, Tensor]]:
        if parameters.ndim != 2 or parameters.shape[1] != self.size:
            raise ValueError(f"parameters have the shape {tuple(parameters.shape)}: expected (B, {self.size})")
        parts = parameters.split([math.prod(shape) for pair in self.shapes for shape in (pair, pair[1:])], -1)
        return [
            (weight.unflatten(-1, shape), bias[:, None])
            for weight, bias, shape in zip(parts[::2], parts[1::2], self.shapes, strict=True)
        ]

    def _forward(self, layers: list[tuple[Tensor, Tensor]], inputs: Tensor) -> list[Tensor]:
        """The output of every layer; the last is before the softmax."""
        activate = ACTIVATIONS[self.activation][0]
        outputs = []
        for position, (weight, bias) in enumerate(layers):
            last = torch.baddbmm(bias, inputs, weight)
            inputs = last if position == len(layers) - 1 else activate(last)
            outputs.append(inputs)
        return outputs
