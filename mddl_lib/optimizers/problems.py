"""What a learned optimizer is trained on: runs of a small network on digits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import nn

from mddl_lib.optimizers.meta_objective import MetaObjective
from mddl_lib.optimizers.optimizees.digits import Digits
from mddl_lib.optimizers.optimizees.perceptron import Perceptron
from mddl_lib.training.recipe import Recipe


@dataclass(frozen=True)
class Runs:
    """Truncated unrolls of a perceptron's training, ``recipe.batch`` of them side by side."""

    loss: str = "mean"
    """"mean" of an unroll's losses, or "last" """
    scaling: bool = True
    """random units of the parameters, drawn anew each run"""
    convex: bool = True
    """a convex companion of the perceptron"""
    pooled: int = 1
    """squares of so many pixels become one: the perceptron is smaller, and an unroll takes a fraction of the time"""
    data: tuple[str, ...] = ("mnist/train",)

    def objective(self, network: nn.Module, recipe: Recipe) -> MetaObjective:
        """The unrolls, drawn from the recipe's seed."""
        return MetaObjective(
            Perceptron(self._digits()), seed=recipe.seed, runs=recipe.batch, loss=self.loss, scaling=self.scaling,
            convex=self.convex,
        )  # fmt: skip

    def record(self) -> dict[str, Any]:
        """The digits, with their hash."""
        digits = self._digits()
        return {"data": {name: digits.sha256 for name in self.data}, "images": len(digits.labels)}

    def _digits(self) -> Digits:
        digits = Digits.load(self.data[0])
        return digits if self.pooled == 1 else digits.pooled(self.pooled)

    def __str__(self) -> str:
        pooled = f" pooled by {self.pooled}" * (self.pooled > 1)
        return f"{' and '.join(self.data)}{pooled}, the {self.loss} loss of an unroll"
