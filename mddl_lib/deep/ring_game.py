"""A generative adversarial game in two dimensions: eight heaps of points on a ring, and how many of them are found.

Taught in :doc:`/models/deep_networks`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.deep.masks_objective import check_recipe
from mddl_lib.training.recipe import Recipe

HEAPS, RADIUS, SPREAD = 8, 2.0, 0.05


def heaps() -> Tensor:
    """The middles of the heaps, (8, 2)."""
    angles = 2 * math.pi * torch.arange(HEAPS) / HEAPS
    return RADIUS * torch.stack([angles.cos(), angles.sin()], dim=1)


def real(count: int, generator: torch.Generator | None = None) -> Tensor:
    """Points of the ring, (count, 2)."""
    arguments.counts(1, count=count)
    labels = torch.randint(HEAPS, (count,), generator=generator)
    return heaps()[labels] + SPREAD * torch.randn(count, 2, generator=generator)


class RingGame(nn.Module):
    """A generator from noise to points, and a discriminator from points to a judgement; two hidden layers each.

    :param hidden: units of a layer.
    :raises ValueError: for a count below 1.

    Source: Goodfellow et al. 2014; the ring: Metz et al. 2017.
    """

    family = "ring_game"

    def __init__(self, hidden: int = 64) -> None:
        super().__init__()
        arguments.counts(1, hidden=hidden)
        self.config = {"hidden": hidden}
        self.generator = _layers(hidden, 2)
        self.discriminator = _layers(hidden, 1)

    def forward(self, noise: Tensor) -> Tensor:
        """Points from noise, (N, 2) both.

        :raises ValueError: for another shape.
        """
        arguments.tensors(noise=noise)
        if noise.ndim != 2 or noise.shape[1] != 2:
            raise ValueError(f"noise has the shape {tuple(noise.shape)}: expected (N, 2)")
        return self.generator(noise)


class RingObjective:
    r"""Two losses: the discriminator's, :math:`-\log d(x) - \log(1 - d(g(z)))`, and the generator's, :math:`-\log d(g(z))`."""

    def __init__(self, recipe: Recipe) -> None:
        check_recipe(recipe)
        self.recipe = recipe

    def description(self) -> dict[str, Any]:
        """Ring and losses."""
        return {"heaps": HEAPS, "radius": RADIUS, "spread": SPREAD, "loss": "not saturating"}

    def players(self, network: nn.Module) -> Mapping[str, Any]:
        """The discriminator moves first."""
        return {"discriminator": network.discriminator.parameters(), "generator": network.generator.parameters()}

    def __call__(self, network: nn.Module, iteration: int, player: str) -> Tensor:
        """A player's loss."""
        made = network(torch.randn(self.recipe.batch, 2))
        judged = network.discriminator(made)[:, 0]
        if player == "generator":
            return F.softplus(-judged).mean()
        return F.softplus(-network.discriminator(real(self.recipe.batch))[:, 0]).mean() + F.softplus(judged).mean()


@dataclass(frozen=True)
class RingProblem:
    """The ring."""

    data = ()

    def objective(self, network: nn.Module, recipe: Recipe) -> RingObjective:
        """The game."""
        return RingObjective(recipe)

    def record(self) -> dict[str, Any]:
        """Drawn by code."""
        return {"setting": f"{HEAPS} heaps on a ring", "vectors": "drawn anew in every iteration", "data": {}}

    def __str__(self) -> str:
        return f"a game about {HEAPS} heaps on a ring"


def found(points: Tensor, share: float = 0.02) -> tuple[int, float]:
    """How many heaps hold at least ``share`` of the points (within four spreads of the middle), and the share of points in any.

    :param points: (N, 2).
    :raises ValueError: for another shape, NaN, or a share that is not positive.
    """
    arguments.tensors(points=points)
    arguments.positive(share=share)
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ValueError(f"points have the shape {tuple(points.shape)}: expected (N, 2)")
    arguments.finite("the points", points)
    distance, nearest = torch.cdist(points, heaps().to(points)).min(1)
    inside = distance < 4 * SPREAD
    counts = torch.bincount(nearest[inside], minlength=HEAPS)
    return int((counts >= share * len(points)).sum()), float(inside.double().mean())


def _layers(hidden: int, out: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(2, hidden), nn.LeakyReLU(0.2), nn.Linear(hidden, hidden), nn.LeakyReLU(0.2), nn.Linear(hidden, out)
    )
