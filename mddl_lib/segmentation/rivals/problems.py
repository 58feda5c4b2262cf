"""What the networks without atlases are trained on: pictures and masks, shifted at random."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from data_fetch import load
from mddl_lib.core import arguments
from mddl_lib.segmentation.atlases import standardised
from mddl_lib.segmentation.hearts import CENTRE, PARTS, SIDE, slices
from mddl_lib.segmentation.stand_ins import hippocampi
from mddl_lib.training.objective import tensor_hash
from mddl_lib.training.recipe import Recipe

MARGIN = 12
"""pixels that a region or a picture is wider than what an iteration sees of it, on each side"""


class PictureObjective:
    r"""The cross entropy of logits and masks, on squares of random pictures, mirrored at random where the recipe says so.

    .. math:: -\frac{1}{|T|} \sum_p L_p \log \hat L_p + (1 - L_p) \log(1 - \hat L_p)

    In a recipe with ``turns``, 1 or 2, it is the reconstruction loss of that layer of a stacked autoencoder.

    :param pictures: (N, 1, H, W).
    :param masks: (N, P, H, W).
    :param side: of the square that an iteration sees.
    :raises ValueError: for shapes that do not fit, or a side beyond the pictures'.
    """

    def __init__(self, pictures: Tensor, masks: Tensor, recipe: Recipe, side: int) -> None:
        arguments.tensors(pictures=pictures, masks=masks)
        arguments.counts(1, side=side)
        if (
            pictures.ndim != 4
            or masks.ndim != 4
            or (len(masks), *masks.shape[2:]) != (len(pictures), *pictures.shape[2:])
        ):
            raise ValueError(
                f"pictures have the shape {tuple(pictures.shape)}, masks {tuple(masks.shape)}: expected (N, 1, height, width) and "
                "(N, masks, height, width)"
            )
        if side > min(pictures.shape[-2:]):
            raise ValueError(f"side is {side}: expected at most {min(pictures.shape[-2:])} pixels")
        self.pictures, self.masks, self.recipe, self.side = pictures, masks, recipe, side
        self.device = torch.device("cpu")

    def description(self) -> dict[str, Any]:
        """Hashes of pictures and masks, and what an iteration sees of them."""
        seen = {"pictures": tensor_hash(self.pictures)[:16], "masks": tensor_hash(self.masks)[:16]}
        return {**seen, "side": self.side, "loss": "cross entropy"}

    def to(self, device: torch.device) -> PictureObjective:
        """Compute there; the pictures stay where they are."""
        self.device = device
        return self

    def __call__(self, network: nn.Module, iteration: int) -> Tensor:
        """The loss of one batch."""
        batch = self.recipe.batch
        drawn = [self._draw(iteration * batch + place) for place in range(batch)]
        pictures, masks = (torch.stack(parts).to(self.device) for parts in zip(*drawn, strict=True))
        if self.recipe.turns is not None:
            return network.reconstruction_loss(pictures, self.recipe.turns)
        return F.binary_cross_entropy_with_logits(network(pictures), masks)

    def _draw(self, position: int) -> tuple[Tensor, Tensor]:
        epoch, place = divmod(position, len(self.pictures))
        order = np.random.default_rng([self.recipe.seed, epoch]).permutation(len(self.pictures))
        random = np.random.default_rng([self.recipe.seed, 1 + position, 7])
        top, left = (random.integers(size - self.side + 1) for size in self.pictures.shape[-2:])
        square = (slice(None), slice(top, top + self.side), slice(left, left + self.side))
        sides = [axis for axis in (-2, -1) if self.recipe.symmetries and random.integers(2)]
        picture, mask = (values[order[place]][square].flip(sides) for values in (self.pictures, self.masks))
        return picture, mask


@dataclass(frozen=True)
class Pictures:
    """The training slices of a data set as pictures with masks.

    :raises ValueError: for another way to see them.
    """

    data: tuple[str, ...] = ("sunnybrook/training",)
    seen: str = "squares"
    """"squares" of standardised regions; "region": the region of a fixed place, shifted; "whole": the whole picture, shifted"""
    parts: tuple[str, ...] = ("epicardium",)
    side: int = 64

    def __post_init__(self) -> None:
        if self.seen not in ("squares", "region", "whole"):
            raise ValueError(f"seen is {self.seen!r}: expected 'squares', 'region' or 'whole'")

    @functools.cached_property
    def tensors(self) -> tuple[Tensor, Tensor]:
        """Pictures (N, 1, H, W) and masks (N, P, H, W)."""
        pictures, masks = [], []
        for name in self.data:
            for picture, labels in _squares(name) if self.seen == "squares" else _wholes(name, self.seen):
                pictures.append(picture[None])
                masks.append(np.stack([labels[part] for part in self.parts]))
        return torch.from_numpy(np.stack(pictures)).float(), torch.from_numpy(np.stack(masks)).float()

    def objective(self, network: nn.Module, recipe: Recipe) -> PictureObjective:
        """The cross entropy, or a layer's reconstruction."""
        return PictureObjective(*self.tensors, recipe, self.side)

    def record(self) -> dict[str, Any]:
        """Data with their hashes, the masks, the number of pictures."""
        data = {name: load(name).sha256 for name in self.data}
        return {"data": data, "images": len(self.tensors[0]), "masks": list(self.parts), "seen": self.seen}

    def __str__(self) -> str:
        return f"{' and '.join(self.data)}, {self.seen}"


def _squares(name: str) -> list[tuple[np.ndarray, dict[str, np.ndarray]]]:
    found = hippocampi.slices(name) if name in ("hippocampus", "phantom_volume") else slices(name)
    return [(standardised(atlas.image), atlas.labels) for atlas in found]


def _wholes(name: str, seen: str) -> list[tuple[np.ndarray, dict[str, np.ndarray]]]:
    """Slices with both contours, whole and wider by a margin, or the region and its margin alone."""
    found = []
    for sample in load(name):
        if not all(part in sample for part in PARTS):
            continue
        values = [np.pad(sample[part].astype(np.float32), MARGIN, mode="edge") for part in ("image", *PARTS)]
        if seen == "region":
            top, left = CENTRE[0] - SIDE // 2, CENTRE[1] - SIDE // 2
            values = [v[top : top + SIDE + 2 * MARGIN, left : left + SIDE + 2 * MARGIN] for v in values]
        found.append((values[0], dict(zip(PARTS, values[1:], strict=True))))
    return found
