"""What a U-Net is trained on: images with masks, turned and flipped at random; cross-entropy and overlap."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.training.objective import tensor_hash
from mddl_lib.training.recipe import Recipe


class MasksObjective:
    r"""Cross-entropy of every pixel, and one less the soft Dice of every map.

    :param images: (N, 1, H, W) from 0 to 1, square.
    :param masks: (N, kinds, H, W), zeros and ones.
    :param weight: how much a pixel inside a mask counts in the cross-entropy, against one outside.
    :raises ValueError: for shapes that do not fit, or NaN.
    """

    def __init__(self, images: Tensor, masks: Tensor, recipe: Recipe, weight: float = 1.0) -> None:
        arguments.tensors(images=images, masks=masks)
        arguments.positive(weight=weight)
        check_recipe(recipe)
        shapes = images.shape, masks.shape
        if images.ndim != 4 or masks.ndim != 4 or len(images) != len(masks) or images.shape[-2:] != masks.shape[-2:]:
            raise ValueError(f"images and masks have the shapes {shapes}: expected (N, 1, H, W), (N, kinds, H, W)")
        arguments.finite("the images", images)
        self.images, self.masks, self.recipe, self.weight = images, masks, recipe, weight

    def description(self) -> dict[str, Any]:
        """Hashes of images and masks, and the loss."""
        return {
            "images": tensor_hash(self.images)[:16], "masks": tensor_hash(self.masks)[:16], "weight": self.weight,
            "loss": "cross-entropy + 1 - soft Dice",
        }  # fmt: skip

    def __call__(self, network: nn.Module, iteration: int) -> Tensor:
        """The loss of one iteration."""
        recipe = self.recipe
        random = np.random.default_rng([recipe.seed, iteration])
        chosen = torch.from_numpy(random.integers(len(self.images), size=recipe.batch))
        x, t = self.images[chosen], self.masks[chosen]
        if recipe.symmetries:
            turns = int(random.integers(4))
            x, t = torch.rot90(x, turns, (-2, -1)), torch.rot90(t, turns, (-2, -1))
            if random.integers(2):
                x, t = x.flip(-1), t.flip(-1)
        x = (x * float(random.uniform(0.8, 1.2)) + float(random.uniform(-0.05, 0.05))).clamp(0, 1)
        logits = network(x)
        entropy = F.binary_cross_entropy_with_logits(logits, t, pos_weight=torch.tensor(self.weight))
        p = torch.sigmoid(logits)
        dice = (2 * (p * t).sum((2, 3)) + 1) / ((p + t).sum((2, 3)) + 1)
        return entropy + (1 - dice).mean()


def check_recipe(recipe: Recipe) -> None:
    """A recipe.

    :raises TypeError: for something else.
    """
    if not isinstance(recipe, Recipe):
        raise TypeError(f"recipe is a {type(recipe).__name__}: expected a Recipe")
