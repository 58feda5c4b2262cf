"""The two convolutional networks of the talk's Table 3, as functions of one flat vector."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from mddl_lib.core import arguments
from mddl_lib.optimizers.optimizees.digits import Digits, check_digits

LAYERS = {
    "cnn1": ("c16", "c16", "p", "f10"),
    "cnn2": ("c16", "c16", "p", "c32", "c32", "p", "f64", "f10"),
}
"""c: a 3 × 3 convolution with zero padding, f: a full layer, each but the last followed by ReLU; p: 2 × 2 max pooling"""


class Convolutional:
    r"""The cross-entropy of a convolutional network on a batch of digits; B rows are B networks.

    .. math:: f(x) = -\frac1M \sum_{i=1}^{M} \log \mathrm{softmax}(\mathrm{CNN}_x(a_i))_{y_i}

    - :math:`x`: all weights and biases, n numbers; :math:`a_i, y_i`: M = ``batch`` digits and their labels.

    The gradient is autograd's, for all rows at once.

    :param name: "cnn1" (n = 33 850) or "cnn2" (n = 117 434 on 28 × 28 pixels).
    :raises ValueError: for another name, or images that are not square.
    """

    def __init__(self, digits: Digits, name: str = "cnn1", batch: int = 128) -> None:
        if name not in LAYERS:
            raise ValueError(f"name is {name!r}: expected one of {sorted(LAYERS)}")
        check_digits(digits)
        arguments.counts(1, batch=batch)
        self.side = math.isqrt(digits.images.shape[1])
        if self.side**2 != digits.images.shape[1]:
            raise ValueError(f"images have {digits.images.shape[1]} pixels: expected a square")
        self.digits, self.name, self.batch = digits, name, batch
        self.shapes = self._shapes()
        self.size = sum(math.prod(shape) for shape in self.shapes)
        """n"""
        self._gradient = torch.func.grad_and_value(self._value)

    @property
    def device(self) -> torch.device:
        return self.digits.images.device

    def to(self, where: torch.device | str | torch.dtype) -> Convolutional:
        """The same problem on a device, or in another floating-point type."""
        return Convolutional(self.digits.to(where), self.name, self.batch)

    def description(self) -> dict[str, str | int]:
        """What it is, for a record."""
        constants = {key: getattr(self, key) for key in ("name", "batch", "size")}
        return {"optimizee": "convolutional", **constants, "data": self.digits.name, "data_sha256": self.digits.sha256}

    def start(self, runs: int, generator: torch.Generator) -> Tensor:
        """Where ``runs`` runs begin: weights and biases from N(0, 0.1²), (runs, n)."""
        images = self.digits.images
        return 0.1 * torch.randn(runs, self.size, generator=generator, device=images.device, dtype=images.dtype)

    def draw(self, steps: int, runs: int, generator: torch.Generator) -> Tensor:
        """Which digits each step of each run takes, with replacement: (steps, runs, batch)."""
        labels = self.digits.labels
        return torch.randint(len(labels), (steps, runs, self.batch), generator=generator, device=labels.device)

    def value_and_gradient(self, parameters: Tensor, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """f and its gradient for each row, (B,) and (B, n)."""
        images, labels = self.digits.images[chosen], self.digits.labels[chosen]
        if len(parameters) == 1:  # a plain convolution, which takes half the time of the grouped one of many rows
            gradients, values = self._gradient(parameters[0], images[0], labels[0])
            return values[None], gradients[None]
        gradients, values = torch.func.vmap(self._gradient)(parameters, images, labels)
        return values, gradients

    def value(self, parameters: Tensor, chosen: Tensor) -> Tensor:
        """f of each row, (B,)."""
        return torch.func.vmap(self._value)(parameters, self.digits.images[chosen], self.digits.labels[chosen])

    @torch.no_grad()
    def scores(self, row: Tensor, digits: Digits, together: int = 1000) -> dict[str, float]:
        """Loss, top-1 and top-2 accuracy of one network, (n,), on all of some digits."""
        logits = torch.cat([self.logits(row, images) for images in digits.images.split(together)])
        best = logits.topk(2).indices == digits.labels[:, None]
        return {
            "loss": functional.cross_entropy(logits, digits.labels).item(),
            "top1": best[:, 0].double().mean().item(),
            "top2": best.any(-1).double().mean().item(),
        }

    def logits(self, row: Tensor, images: Tensor) -> Tensor:
        """The network of one row (n,) on images (N, pixels): (N, 10)."""
        parts = iter(row.split([math.prod(shape) for shape in self.shapes]))
        shapes, last = iter(self.shapes), len(LAYERS[self.name]) - 1
        x = images.view(-1, 1, self.side, self.side)
        for position, layer in enumerate(LAYERS[self.name]):
            if layer == "p":
                x = functional.max_pool2d(x, 2)
                continue
            weight, bias = next(parts).view(next(shapes)), next(parts).view(next(shapes))
            x = functional.conv2d(x, weight, bias, padding=1) if layer[0] == "c" else x.flatten(1) @ weight + bias
            x = x if position == last else functional.relu(x)
        return x

    def _value(self, row: Tensor, images: Tensor, labels: Tensor) -> Tensor:
        return functional.cross_entropy(self.logits(row, images), labels)

    def _shapes(self) -> list[tuple[int, ...]]:
        shapes: list[tuple[int, ...]] = []
        channels, side, flat = 1, self.side, False
        for layer in LAYERS[self.name]:
            if layer == "p":
                side //= 2
                continue
            width = int(layer[1:])
            before = channels if layer[0] == "c" or flat else channels * side * side
            shapes += [(width, before, 3, 3) if layer[0] == "c" else (before, width), (width,)]
            channels, flat = width, layer[0] == "f"
        return shapes
