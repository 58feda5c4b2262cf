"""What Neural EM is trained to minimise, on shapes that are drawn anew in every iteration.

Taught in :doc:`/statistical/neural_em`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.statistics.neural_em.pixel_mixture import check, first_responsibilities
from mddl_lib.statistics.neural_em.shapes import flipped, flying, static
from mddl_lib.training.recipe import Recipe


def grouping_loss(x: Tensor, natural: Tensor, responsibilities: Tensor) -> Tensor:
    r"""Each component must explain what it is responsible for, and expect nothing elsewhere; one number an image.

    .. math:: \sum_{ik} \gamma_{ik} \bigl(-\log p(x_i \mid \psi_{ik})\bigr) + (1 - \gamma_{ik})\,
              \mathrm{KL}\bigl(\mathrm{Bernoulli}(0) \,\|\, \mathrm{Bernoulli}(\psi_{ik})\bigr)
              = \sum_{ik} \log(1 + e^{a_{ik}}) - \gamma_{ik} x_i a_{ik}

    The divergence from nothing is :math:`-\log(1 - \psi) = \log(1 + e^a)`, which is what makes the sum so short.

    :param x: (B, P), 0 or 1.
    :param natural: a, (B, K, P).
    :param responsibilities: γ, (B, K, P).

    :raises ValueError: for shapes that do not fit.

    Source: Greff et al. 2017, equation 5, the prior of its release (0).
    """
    check(x, natural)
    check(x, responsibilities)
    return (F.softplus(natural) - responsibilities * x[:, None] * natural).sum((1, 2))


@dataclass(frozen=True)
class ShapesProblem:
    """Static shapes, or flying ones: :func:`~mddl_lib.statistics.neural_em.shapes.static` and its neighbour.

    :raises ValueError: for another kind, counts below 1, or a share outside 0 to 1.
    """

    kind: str = "static"
    objects: int = 3
    components: int = 4
    noise: float = 0.1
    """the probability that a pixel is turned over in what the M step sees; the E step and the loss see the clean picture"""
    last: bool = False
    """whether the loss is the last turn's alone, as the paper has it on static shapes, or the mean of all turns'"""
    data = ()

    def __post_init__(self) -> None:
        if self.kind not in ("static", "flying"):
            raise ValueError(f"kind is {self.kind!r}: expected 'static' or 'flying'")
        arguments.counts(1, objects=self.objects, components=self.components)
        arguments.not_negative(noise=self.noise)
        if self.noise > 1:
            raise ValueError(f"noise is {self.noise!r}: expected a probability, 0 to 1")

    def objective(self, network: nn.Module, recipe: Recipe) -> ShapesObjective:
        """The grouping loss."""
        return ShapesObjective(self, recipe)

    def record(self) -> dict[str, Any]:
        """Drawn by code."""
        return {"setting": str(self), "vectors": "drawn anew in every iteration", "data": {}}

    def __str__(self) -> str:
        words = f"{self.kind} shapes, {self.objects} in a picture, {self.components} components, noise {self.noise:g}"
        return words + ", the last turn" * self.last


class ShapesObjective:
    """The loss of the last turn, or its mean over all; through γ goes a gradient on static shapes, and none on flying ones.

    The paper takes the last turn's on static shapes. With it RNN-EM learned three times as slowly here; N-EM did not learn
    without.
    """

    def __init__(self, problem: ShapesProblem, recipe: Recipe) -> None:
        if not isinstance(recipe, Recipe):
            raise TypeError(f"recipe is a {type(recipe).__name__}: expected a Recipe")
        self.problem, self.recipe = problem, recipe

    def description(self) -> dict[str, Any]:
        """What is drawn, and the loss."""
        return {
            "problem": str(self.problem),
            "loss": "γ-weighted cross-entropy + (1 - γ)-weighted divergence from 0, "
            + ("the last turn" if self.problem.last else "all turns"),
        }

    def __call__(self, network: nn.Module, iteration: int) -> Tensor:
        """The loss of one iteration."""
        problem, batch = self.problem, self.recipe.batch
        seed = 1_000_003 * (self.recipe.seed + 1) + iteration
        film = problem.kind == "flying"
        drawn = (
            flying(batch, problem.objects, network.turns + 1, seed) if film else static(batch, problem.objects, seed)
        )
        clean = drawn.pixels
        first = first_responsibilities(batch, problem.components, clean.shape[-1], seed)
        targets = clean[:, 1:] if film else clean
        losses = []
        # half precision for the products alone: several times as fast where a processor can do it
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=clean.device.type == "cpu"):
            states = network.iterates(flipped(clean, problem.noise), first, targets, stop_gradient=film)
            next(states)
            for turn, state in enumerate(states):
                x = targets[:, turn] if film else clean
                gamma = state.estimate.detach() if film else state.estimate
                losses.append(grouping_loss(x, state.natural.float(), gamma.float()).mean())
        return losses[-1] if problem.last else torch.stack(losses).mean()
