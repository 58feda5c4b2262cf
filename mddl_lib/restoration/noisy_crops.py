"""What a denoiser is trained on: crops of photographs at random places, with fresh noise in every iteration."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.restoration.physics import Denoising
from mddl_lib.training.crops import random_crops
from mddl_lib.training.objective import tensor_hash
from mddl_lib.training.recipe import Recipe


class NoisyCrops:
    r"""The mean square error of ``network(x + σ n, Denoising(σ))`` on crops x.

    .. math:: \frac1B \sum_b \frac{1}{\sigma_b\, |\Omega|} \sum_{p \in \Omega} \bigl(\hat x_b(p) - x_b(p)\bigr)^2

    - :math:`\Omega`: the crop without its border, where a network sees less than it would in an image;
    - :math:`\sigma_b`: the noise level; with one level the weight 1/σ changes nothing, with several it keeps loud noise
      from outweighing the rest.

    Image, place and symmetry of a crop come from (seed, iteration), level and noise from torch's generator, which the loop
    seeds by the same two. The photographs lie on the device; a crop is read there.

    :param images: (N, 1, H, W), uint8 grey levels or floats in [0, 1].
    :param sigmas: (lowest, highest) level, drawn evenly between; equal: one level. In [0, 1] units.
    :param autocast: whether a GPU multiplies in bfloat16 (deep networks; a CPU does not).
    :raises ValueError: for images of another shape or with NaN, crops larger than they are, or a border that leaves nothing.
    """

    def __init__(
        self,
        images: Tensor,
        recipe: Recipe,
        sigmas: tuple[float, float],
        size: int,
        border: int,
        autocast: bool = False,
    ) -> None:
        arguments.tensors(images=images)
        if not isinstance(recipe, Recipe):
            raise TypeError(f"recipe is a {type(recipe).__name__}: expected a Recipe")
        arguments.counts(1, size=size)
        arguments.counts(0, border=border)
        if images.ndim != 4 or images.shape[1] != 1 or not len(images):
            raise ValueError(f"images have the shape {tuple(images.shape)}: expected (number, 1, height, width)")
        if not bool(torch.isfinite(images).all()):
            raise ValueError("the training images hold NaN or infinity")
        if not 0 <= 2 * border < size <= min(images.shape[-2:]):
            raise ValueError(
                f"size is {size}, border {border}: expected crops within {tuple(images.shape[-2:])}, larger than their border"
            )
        pair = sigmas if isinstance(sigmas, tuple | list) else ()
        if len(pair) != 2 or not all(isinstance(s, float) for s in pair) or not 0 < pair[0] <= pair[1]:
            raise ValueError(f"sigmas are {sigmas}: expected (lowest, highest), above 0")
        self.recipe, self.sigmas, self.size, self.border, self.autocast = recipe, sigmas, size, border, autocast
        self.hash = tensor_hash(images)[:16]
        self.images = images / np.float32(255) if images.dtype == torch.uint8 else images

    def description(self) -> dict[str, Any]:
        """Hash of the photographs, and every constant."""
        return {
            "images": self.hash, "sigmas": [round(255 * s, 6) for s in self.sigmas], "size": self.size,
            "border": self.border, "autocast": self.autocast, "loss": "mean square error / sigma",
        }  # fmt: skip

    def to(self, device: torch.device) -> NoisyCrops:
        """Move the photographs there."""
        self.images = self.images.to(device)
        return self

    def crops(self, iteration: int) -> Tensor:
        """The truths of one iteration, (B, 1, size, size)."""
        recipe = self.recipe
        return random_crops(self.images, self.size, recipe.batch, (recipe.seed, iteration), recipe.symmetries)

    def __call__(self, network: nn.Module, iteration: int) -> Tensor:
        """The loss of one iteration."""
        truth = self.crops(iteration)
        low, high = self.sigmas
        sigma: float | Tensor = low
        if high > low:
            sigma = low + (high - low) * torch.rand(len(truth), 1, 1, 1, device=truth.device)
        physics = Denoising(sigma)
        y = physics.measure(truth)
        half = self.autocast and truth.device.type == "cuda"
        with torch.autocast(truth.device.type, dtype=torch.bfloat16, enabled=half):
            estimate = network(y, physics)
        inner = slice(self.border, self.size - self.border)
        return ((estimate - truth)[..., inner, inner].square() / sigma).mean()
