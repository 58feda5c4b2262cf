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
from mddl_lib.segmentation.hearts import CENTRE, SIDE, slices
from mddl_lib.segmentation.stand_ins import hippocampi
from mddl_lib.training.objective import tensor_hash
from mddl_lib.training.recipe import Recipe


class PictureObjective:
    r"""The cross entropy of logits and masks, on squares of random pictures, mirrored at random where the recipe says so.

    .. math:: -\frac{1}{|T|} \sum_p L_p \log \hat L_p + (1 - L_p) \log(1 - \hat L_p)

    In a recipe with ``turns``, 1 or 2, it is the reconstruction loss of that layer of a stacked autoencoder.

    :param pictures: (N, 1, H, W).
    :param masks: (N, P, H, W).
    :param side: of the square that an iteration sees.
    :param contrast: pictures in [0, 1] are raised to a random power, exp(contrast · n) with n of the normal distribution.
    :param pose: pictures are turned by pose · n and scaled by exp(pose · n / 2) around their middle; masks get soft borders.
    :raises ValueError: for shapes that do not fit, or a side beyond the pictures'.
    """

    def __init__(
        self, pictures: Tensor, masks: Tensor, recipe: Recipe, side: int, contrast: float = 0.0, pose: float = 0.0
    ) -> None:
        arguments.tensors(pictures=pictures, masks=masks)
        arguments.counts(1, side=side)
        arguments.not_negative(contrast=contrast, pose=pose)
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
        self.contrast, self.pose = contrast, pose
        self.device = torch.device("cpu")

    def description(self) -> dict[str, Any]:
        """Hashes of pictures and masks, and what an iteration sees of them."""
        seen = {"pictures": tensor_hash(self.pictures)[:16], "masks": tensor_hash(self.masks)[:16]}
        return {**seen, "side": self.side, "contrast": self.contrast, "pose": self.pose, "loss": "cross entropy"}

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
        seen = torch.cat([self.pictures[order[place]], self.masks[order[place]]])
        if self.pose:
            seen = _posed(seen, *self.pose * random.standard_normal(2))
        seen = seen[square].flip(sides)
        picture, mask = seen[:1], seen[1:]
        if self.contrast:
            picture = picture.clamp(0, 1) ** float(np.exp(self.contrast * random.standard_normal()))
        return picture, mask


def _posed(seen: Tensor, turn: float, growth: float) -> Tensor:
    """Turned and scaled around the middle: (C, H, W) to the same."""
    sine, cosine = np.exp(growth / 2) * np.array([np.sin(turn), np.cos(turn)])
    matrix = torch.tensor([[[cosine, -sine, 0.0], [sine, cosine, 0.0]]], dtype=seen.dtype)
    grid = F.affine_grid(matrix, [1, *seen.shape], align_corners=False)
    return F.grid_sample(seen[None], grid, padding_mode="border", align_corners=False)[0]


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
    margin: int = 12
    """pixels that a region or a whole picture is wider than what an iteration sees of it, on each side"""
    contrast: float = 0.0
    pose: float = 0.0
    """see :class:`PictureObjective`, as the one before"""

    def __post_init__(self) -> None:
        if self.seen not in ("squares", "region", "whole"):
            raise ValueError(f"seen is {self.seen!r}: expected 'squares', 'region' or 'whole'")

    @functools.cached_property
    def tensors(self) -> tuple[Tensor, Tensor]:
        """Pictures (N, 1, H, W) and masks (N, P, H, W)."""
        pictures, masks = [], []
        for name in self.data:
            for picture, labels in _squares(name) if self.seen == "squares" else _wholes(name, self):
                pictures.append(picture[None])
                masks.append(np.stack([labels[part] for part in self.parts]))
        return torch.from_numpy(np.stack(pictures)).float(), torch.from_numpy(np.stack(masks)).float()

    def objective(self, network: nn.Module, recipe: Recipe) -> PictureObjective:
        """The cross entropy, or a layer's reconstruction."""
        return PictureObjective(*self.tensors, recipe, self.side, self.contrast, self.pose)

    def record(self) -> dict[str, Any]:
        """Data with their hashes, the masks, the number of pictures."""
        data = {name: load(name).sha256 for name in self.data}
        return {"data": data, "images": len(self.tensors[0]), "masks": list(self.parts), "seen": self.seen}

    def __str__(self) -> str:
        return f"{' and '.join(self.data)}, {self.seen}"


def _squares(name: str) -> list[tuple[np.ndarray, dict[str, np.ndarray]]]:
    found = hippocampi.slices(name) if name in ("hippocampus", "phantom_volume") else slices(name)
    return [(standardised(atlas.image), atlas.labels) for atlas in found]


def _wholes(name: str, seen: Pictures) -> list[tuple[np.ndarray, dict[str, np.ndarray]]]:
    """Slices that have the parts, whole and wider by a margin, or the region and its margin alone."""
    found = []
    for sample in load(name):
        if not all(part in sample for part in seen.parts):
            continue
        wide = [np.pad(sample[part].astype(np.float32), seen.margin, mode="edge") for part in ("image", *seen.parts)]
        if seen.seen == "region":
            (top, left), side = (place - SIDE // 2 for place in CENTRE), SIDE + 2 * seen.margin
            wide = [values[top : top + side, left : left + side] for values in wide]
        found.append((wide[0], dict(zip(seen.parts, wide[1:], strict=True))))
    return found
