"""What a network for general operators is trained on: crops of photographs, each batch measured by an operator drawn anew."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mddl_lib.compressive_imaging.operators.diffraction import CodedDiffraction
from mddl_lib.compressive_imaging.operators.hadamard import ScrambledHadamard
from mddl_lib.compressive_imaging.operators.random_rows import DenseRows
from mddl_lib.core import arguments
from mddl_lib.core.metrics import relative_error
from mddl_lib.training.crops import random_crops
from mddl_lib.training.objective import tensor_hash
from mddl_lib.training.recipe import Recipe

OPERATORS: dict[str, Callable[[tuple[int, int], int, int], nn.Module]] = {
    "Walsh-Hadamard": ScrambledHadamard,
    "coded diffraction": CodedDiffraction.random,
    "Gaussian": DenseRows,
}
"""name → from shape, number of measurements and seed to an operator"""


class MeasuredCrops:
    r"""The loss of :math:`\mathrm{network}(A x, A)` on a batch of crops x; A is drawn from (seed, iteration).

    A network that sees an operator once cannot learn it by heart: it learns what aliasing of this kind looks like, and works
    for other draws and, where the aliasing looks the same, for other sizes. With ``fixed`` there is one operator, the
    seed's: the protocol in which block-wise networks are compared.

    :param images: (N, 1, H, W) in [0, 1].
    :param operator: a key of :data:`OPERATORS`.
    :param percent: measurements, in percent of the pixels.
    :raises ValueError: for another operator, or images of another shape.
    """

    def __init__(
        self, images: Tensor, recipe: Recipe, operator: str, percent: int, size: int, fixed: bool = False
    ) -> None:
        if operator not in OPERATORS:
            raise ValueError(f"operator is {operator!r}: expected one of {sorted(OPERATORS)}")
        arguments.tensors(images=images)
        if not isinstance(recipe, Recipe):
            raise TypeError(f"recipe is a {type(recipe).__name__}: expected a Recipe")
        if images.ndim != 4 or images.shape[1] != 1 or not len(images) or not images.is_floating_point():
            raise ValueError(
                f"images are {images.dtype} {tuple(images.shape)}: expected floats, (number, 1, height, width)"
            )
        arguments.counts(1, percent=percent, size=size)
        arguments.finite("the training images", images)
        _whether(fixed)
        self.images, self.recipe, self.operator = images, recipe, operator
        self.percent, self.size, self.fixed = percent, size, fixed
        self.device = images.device

    def description(self) -> dict[str, Any]:
        """Hash of the photographs, and every constant."""
        constants = {key: getattr(self, key) for key in ("operator", "percent", "size", "fixed")}
        return {"images": tensor_hash(self.images)[:16], **constants}

    def to(self, device: torch.device) -> MeasuredCrops:
        """Move the photographs there."""
        self.images, self.device = self.images.to(device), torch.device(device)
        return self

    def physics(self, iteration: int) -> nn.Module:
        """The operator of an iteration."""
        seed = self.recipe.seed if self.fixed else 100_003 * self.recipe.seed + iteration
        return physics(self.operator, (self.size, self.size), self.percent, seed).to(self.device)

    def __call__(self, network: nn.Module, iteration: int) -> Tensor:
        """The loss of one iteration."""
        recipe = self.recipe
        truth = random_crops(self.images, self.size, recipe.batch, (recipe.seed, iteration), recipe.symmetries)
        operator = self.physics(iteration)
        loss = getattr(network, "loss", relative_error)
        return loss(network(operator.A(truth), operator), truth).mean()


def physics(operator: str, shape: tuple[int, int], percent: int, seed: int = 0) -> nn.Module:
    """An operator with so many percent of the pixels as measurements, rounded down.

    :param operator: a key of :data:`OPERATORS`.
    :raises KeyError: for another one.
    """
    if operator not in OPERATORS:
        raise KeyError(f"operator is {operator!r}: expected one of {sorted(OPERATORS)}")
    shape = arguments.grid(shape)
    arguments.counts(1, percent=percent)
    arguments.counts(0, seed=seed)
    return OPERATORS[operator](shape, int(shape[0] * shape[1] * percent / 100), seed)


def _whether(fixed: bool) -> None:
    if not isinstance(fixed, bool):
        raise TypeError(f"fixed is {fixed!r}: expected True or False")


@dataclass(frozen=True)
class MeasuredPhotographs:
    """Photographs of ``bsd400``, and how their crops are measured."""

    operator: str
    percent: int
    size: int = 64
    """side of the crops"""
    fixed: bool = False
    """whether one operator, the seed's, measures all"""
    data: tuple[str, ...] = ("bsd400",)

    def __post_init__(self) -> None:
        if self.operator not in OPERATORS:
            raise ValueError(f"operator is {self.operator!r}: expected one of {sorted(OPERATORS)}")
        arguments.counts(1, percent=self.percent, size=self.size)
        _whether(self.fixed)
        if not self.data or not isinstance(self.data, tuple) or not all(isinstance(name, str) for name in self.data):
            raise ValueError(f"data is {self.data!r}: expected a tuple of names of data sets")

    @functools.cached_property
    def images(self) -> Tensor:
        """(N, 1, H, W), in [0, 1]."""
        from data_fetch import load

        return torch.from_numpy(np.stack([sample.array for name in self.data for sample in load(name)]))[:, None]

    def objective(self, network: nn.Module, recipe: Recipe) -> MeasuredCrops:
        """The relative error on crops, or the network's own loss."""
        return MeasuredCrops(self.images, recipe, self.operator, self.percent, self.size, self.fixed)

    def record(self) -> dict[str, Any]:
        """Operator, data with their hashes, number of images."""
        from data_fetch import load

        return {"operator": str(self), "data": {n: load(n).sha256 for n in self.data}, "images": len(self.images)}

    def __str__(self) -> str:
        drawn = "one draw" if self.fixed else "drawn anew"
        return f"{self.operator} {self.percent} %, {drawn}, crops of {self.size} x {self.size} from {' and '.join(self.data)}"
