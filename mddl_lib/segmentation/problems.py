"""What a fusion network is trained on: targets, each with atlases of other subjects registered to it."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from data_fetch import load
from mddl_lib.core import arguments
from mddl_lib.segmentation.atlases import Atlas, standardised
from mddl_lib.segmentation.deep_fusion.layers import Loss
from mddl_lib.segmentation.hearts import CANDIDATES, PARTS, Case, cases, slices
from mddl_lib.training.objective import tensor_hash
from mddl_lib.training.recipe import Recipe


class Fusion(NamedTuple):
    """What a fusion network sees of one or several targets."""

    target: Tensor
    """(B, 1, H, W), standardised"""
    atlases: Tensor
    """(B, K, 1, H, W), standardised"""
    labels: Tensor
    """(B, K, P, H, W)"""
    truth: Tensor
    """(B, P, H, W)"""


def as_fusion(case: Case, parts: tuple[str, ...] = PARTS, count: int | None = None) -> Fusion:
    """The tensors of one case, a batch of one.

    :param count: only so many atlases, the most similar ones.
    :raises ValueError: for an atlas without one of the parts.
    """
    if count is not None:
        arguments.counts(1, count=count)
    chosen = case.atlases[:count]
    for atlas in [case.target, *chosen]:
        if missing := [part for part in parts if part not in atlas.labels]:
            raise ValueError(f"{atlas.name} has no label {missing[0]!r}: expected one of {list(atlas.labels)}")

    def labels(atlas: Atlas) -> np.ndarray:
        return np.stack([atlas.labels[part] for part in parts])

    atlases = torch.from_numpy(np.stack([standardised(atlas.image) for atlas in chosen]))
    target = torch.from_numpy(standardised(case.target.image))
    voices = torch.from_numpy(np.stack([labels(atlas) for atlas in chosen])).float()
    return Fusion(
        target[None, None], atlases[None, :, None], voices[None], torch.from_numpy(labels(case.target)).float()[None]
    )


class FusionObjective:
    """The slide's loss on random targets: some of their atlases, a square of the picture, mirrored at random.

    :param cases: one or more; all of one size and with as many atlases.
    :param count: how many atlases an iteration sees of each target.
    :param side: of the square that an iteration sees.
    """

    def __init__(self, cases: list[Fusion], recipe: Recipe, count: int, side: int) -> None:
        if not isinstance(cases, list) or not cases:
            raise ValueError(f"cases is {cases!r}: expected a list of one or more, as as_fusion makes them")
        arguments.counts(1, count=count, side=side)
        self.cases, self.recipe, self.count, self.side, self.loss = cases, recipe, count, side, Loss()
        self.device = torch.device("cpu")
        height, width = cases[0].target.shape[-2:]
        if side > min(height, width) or count > cases[0].atlases.shape[1]:
            raise ValueError(
                f"side is {side}, count is {count}: expected at most {min(height, width)} pixels and "
                f"{cases[0].atlases.shape[1]} atlases"
            )
        self._epoch, self._order = -1, np.empty(0)

    def description(self) -> dict[str, Any]:
        """Hashes of the pictures and labels, and what an iteration sees of them."""
        seen = torch.cat([part.flatten() for case in self.cases for part in case])
        return {
            "cases": tensor_hash(seen)[:16],
            "count": self.count,
            "side": self.side,
            "loss": "mean squared difference",
        }

    def to(self, device: torch.device) -> FusionObjective:
        """Compute there; the pictures stay where they are."""
        self.device = device
        return self

    def __call__(self, network: nn.Module, iteration: int) -> Tensor:
        """The loss of one batch."""
        drawn = [self._draw(iteration * self.recipe.batch + place) for place in range(self.recipe.batch)]
        target, atlases, labels, truth = (torch.cat(parts).to(self.device) for parts in zip(*drawn, strict=True))
        return self.loss(network(target, atlases, labels), truth)

    def _draw(self, position: int) -> Fusion:
        epoch, place = divmod(position, len(self.cases))
        if epoch != self._epoch:
            self._epoch = epoch
            self._order = np.random.default_rng([self.recipe.seed, epoch]).permutation(len(self.cases))
        case, random = self.cases[self._order[place]], np.random.default_rng([self.recipe.seed, 1 + position, 7])
        chosen = torch.from_numpy(random.permutation(case.atlases.shape[1])[: self.count])
        height, width = case.target.shape[-2:]
        top, left = random.integers(height - self.side + 1), random.integers(width - self.side + 1)
        square = (..., slice(top, top + self.side), slice(left, left + self.side))
        seen = Fusion(
            case.target[square], case.atlases[:, chosen][square], case.labels[:, chosen][square], case.truth[square]
        )
        sides = [axis for axis in (-2, -1) if self.recipe.symmetries and random.integers(2)]
        return Fusion(*(part.flip(sides) for part in seen))


@dataclass(frozen=True)
class Hearts:
    """Slices of the 2009 left-ventricle challenge; both contours are learned together."""

    data: tuple[str, ...] = ("sunnybrook/training",)
    count: int = 4
    """atlases that an iteration sees of a target's twelve"""
    side: int = 64

    @functools.cached_property
    def registered(self) -> list[Fusion]:
        """Every target with its atlases; the first call registers them, which takes minutes and is kept."""
        found = [slice_ for name in self.data for slice_ in slices(name)]
        return [as_fusion(case) for case in cases(found, found)]

    def objective(self, network: nn.Module, recipe: Recipe) -> FusionObjective:
        """The slide's loss."""
        return FusionObjective(self.registered, recipe, self.count, self.side)

    def record(self) -> dict[str, Any]:
        """Data with their hashes, the masks, the number of targets."""
        data = {name: load(name).sha256 for name in self.data}
        return {"data": data, "images": len(self.registered), "masks": list(PARTS), "candidates": CANDIDATES}

    def __str__(self) -> str:
        return f"{' and '.join(self.data)}, {self.count} of {CANDIDATES} atlases"
