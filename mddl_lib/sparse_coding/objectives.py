"""What the pursuit networks are trained on: every layer's error, in decibels, more layers as the training goes on.

Taught in :doc:`/unrolling/lista`.
"""

from __future__ import annotations

import functools
import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.core.unrolled import Unrolled
from mddl_lib.sparse_coding.setting import Setting, Vectors
from mddl_lib.training.recipe import Recipe


class LayerErrors:
    r"""Mean over the first layers of their normalised error in dB; in the end the last layer's alone.

    .. math:: \mathcal L_t = \frac1{K_t} \sum_{k=1}^{K_t} e_k \ \ (t < \tau), \qquad \mathcal L_t = e_K \ \ (t \ge \tau), \qquad
              e_k = 10 \log_{10} \frac{\sum_i \|x^k_i - x_i\|^2}{\sum_i \|x_i\|^2}

    - :math:`K_t`: layers that count at iteration t: one at first, one more at a time. Layers learn one after the other, as
      in the papers; the early iterations cost less;
    - :math:`\tau`: ``growing`` of the training; by then all K layers count.

    A decibel is worth the same at −10 and at −70: the plain squared error would stop teaching long before.

    :param vectors: the training set; each iteration takes ``batch`` of it, drawn from (seed, iteration).
    """

    def __init__(self, setting: Setting, vectors: Vectors, recipe: Recipe, growing: float = 0.6) -> None:
        arguments.not_negative(growing=growing)
        self.setting, self.vectors, self.recipe, self.growing = setting, vectors, recipe, growing
        self.physics = setting.physics

    def to(self, place: torch.device) -> LayerErrors:
        """The same on a device."""
        moved = LayerErrors(
            self.setting, Vectors(*(part.to(place) for part in self.vectors)), self.recipe, self.growing
        )
        moved.physics = self.setting.physics.to(place)
        return moved

    def description(self) -> dict[str, Any]:
        """For a checkpoint's fingerprint."""
        number = self.vectors.codes.shape[-1]
        return {
            "objective": "layer errors",
            "setting": asdict(self.setting),
            "vectors": number,
            "growing": self.growing,
        }

    def layers(self, iteration: int, turns: int) -> int:
        """How many count."""
        growth = self.growing * self.recipe.iterations
        return turns if iteration >= growth else min(turns, 1 + math.floor(turns * iteration / growth))

    def __call__(self, network: nn.Module, iteration: int) -> Tensor:
        if not isinstance(network, Unrolled):
            raise TypeError(f"network is a {type(network).__name__}: expected an Unrolled")
        generator = np.random.default_rng([self.recipe.seed, 7, iteration])
        chosen = torch.from_numpy(generator.integers(self.vectors.codes.shape[-1], size=self.recipe.batch))
        codes, signals = (part[..., chosen.to(part.device)] for part in self.vectors)
        power, total = codes.square().sum(), codes.new_zeros(())
        count = self.layers(iteration, network.turns)
        last = iteration >= self.growing * self.recipe.iterations
        for turn, state in enumerate(network.iterates(signals, self.physics)):
            if turn == count or (turn and not last):
                total = total + 10 * torch.log10((state.estimate - codes).square().sum() / power)
            if turn == count:
                break
        return total if last else total / count


@dataclass(frozen=True)
class SparseVectors:
    """A plan's problem: the standard setting, so many training vectors of it."""

    setting: Setting
    vectors: int = 51_200
    data: tuple[str, ...] = ()

    def objective(self, network: nn.Module, recipe: Recipe) -> LayerErrors:
        """The layers' errors, from the recipe's seed."""
        return LayerErrors(self.setting, self._drawn, recipe)

    @functools.cached_property
    def _drawn(self) -> Vectors:
        return self.setting.draw(self.vectors, 0)

    def record(self) -> dict[str, Any]:
        """The setting and its hash."""
        setting = {"name": self.setting.name, "sha256": self.setting.sha256, **asdict(self.setting)}
        return {"data": {}, "setting": setting, "vectors": self.vectors}

    def __str__(self) -> str:
        return f"{self.vectors} of {self.setting.name}"
