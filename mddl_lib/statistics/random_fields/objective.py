"""What the segmenters are trained to minimise: the cross-entropy of every pixel.

Taught in :doc:`/statistical/crf_as_rnn`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch.nn.functional as F
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.statistics.random_fields.tasks import Labelled, heart_slices, striped_patches
from mddl_lib.training.objective import tensor_hash
from mddl_lib.training.recipe import Recipe


class LabelsObjective:
    r"""The mean over the pixels of :math:`-\log q_i(x_i)`; images are turned over at random where the recipe says so.

    :raises TypeError: for a recipe that is none.
    :raises ValueError: for images and labels that do not fit, or NaN.
    """

    def __init__(self, data: Labelled, recipe: Recipe) -> None:
        if not isinstance(recipe, Recipe):
            raise TypeError(f"recipe is a {type(recipe).__name__}: expected a Recipe")
        arguments.instances(Labelled, data=data)
        images, labels = data
        arguments.tensors(images=images, labels=labels)
        if images.ndim != 4 or labels.shape != (len(images), *images.shape[2:]):
            raise ValueError(
                f"images have the shape {tuple(images.shape)}, labels {tuple(labels.shape)}: expected (N, 1, H, W), (N, H, W)"
            )
        arguments.finite("the images", images)
        self.data, self.recipe = data, recipe

    def description(self) -> dict[str, Any]:
        """Hashes of images and labels, and the loss."""
        return {
            "images": tensor_hash(self.data.images)[:16],
            "labels": tensor_hash(self.data.labels)[:16],
            "loss": "cross-entropy",
        }

    def __call__(self, network: nn.Module, iteration: int) -> Tensor:
        """The loss of one iteration."""
        recipe = self.recipe
        random = np.random.default_rng([recipe.seed, iteration])
        chosen = random.integers(len(self.data.images), size=recipe.batch)
        images, labels = self.data.images[chosen], self.data.labels[chosen]
        if recipe.symmetries:
            for axis in (-1, -2):
                if random.integers(2):
                    images, labels = images.flip(axis), labels.flip(axis)
        return F.cross_entropy(network(images), labels)


@dataclass(frozen=True)
class FieldProblem:
    """One of the two: "hearts" or "stripes".

    :raises ValueError: for another word.
    """

    kind: str = "hearts"

    def __post_init__(self) -> None:
        if self.kind not in ("hearts", "stripes"):
            raise ValueError(f"kind is {self.kind!r}: expected 'hearts' or 'stripes'")

    @property
    def data(self) -> tuple[str, ...]:
        """Names of data sets."""
        return ("sunnybrook/training",) if self.kind == "hearts" else ()

    def load(self, part: str = "training") -> Labelled:
        """The images that teach, or those that test ("validation")."""
        if self.kind == "hearts":
            return heart_slices(f"sunnybrook/{part}")
        return striped_patches(200, 1) if part == "training" else striped_patches(40, 2)

    def objective(self, network: nn.Module, recipe: Recipe) -> LabelsObjective:
        """Cross-entropy."""
        return LabelsObjective(self.load(), recipe)

    def record(self) -> dict[str, Any]:
        """Data and number of images."""
        from data_fetch import load

        images = len(self.load().images)
        if not self.data:
            return {"setting": str(self), "vectors": f"{images} pictures made by code", "data": {}}
        return {"data": {name: load(name).sha256 for name in self.data}, "task": self.kind, "images": images}

    def __str__(self) -> str:
        return f"the ventricle's inside in {self.data[0]}" if self.data else "striped patches"
