"""What the networks of compressive-sensing MRI are trained on: slices of public data sets, measured through a mask."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from data_fetch import load
from mddl_lib.core.masks import pseudo_radial
from mddl_lib.core.metrics import relative_error
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.mri.images import crops, training_images
from mddl_lib.mri.masks import paper_radial
from mddl_lib.training.recipe import Recipe
from mddl_lib.training.reconstruction import Reconstruction


@dataclass(frozen=True)
class Slices:
    """MR slices and how they are measured."""

    percent: int
    """the paper's pseudo-radial mask, in percent"""
    data: tuple[str, ...]
    """training sets; the paper's own 100 brain training images are not among the data of this book"""
    size: int = 256
    """side of the training images: 256, the whole slice under the paper's own mask, or overlapping squares of this side
    under a mask of as many percent, at a quarter of the cost for half the side"""
    complex_mask: str | None = None
    """a mask of ``complex_brain_mr``, by its name there: the images are complex then; None: real images"""

    @functools.cached_property
    def measured(self) -> tuple[Tensor, MaskedFourier, str]:
        """The truths, how they are measured, and the mask's name."""
        if self.complex_mask:
            centred = load("complex_brain_mr")[self.complex_mask].array.copy()
            physics = MaskedFourier(torch.fft.ifftshift(torch.from_numpy(centred)), real=False)
            name = f"{self.complex_mask} of complex_brain_mr, {self.percent} %"
            return training_images(self.data, modulus=False), physics, name
        images = training_images(self.data)
        if self.size == 256:
            physics = MaskedFourier(paper_radial(self.percent))
            return images, physics, f"the paper's pseudo-radial mask, {self.percent} %"
        mask = pseudo_radial((self.size, self.size), self.percent / 100)
        name = f"pseudo-radial, {self.size} x {self.size}, {self.percent} %"
        return crops(images, self.size), MaskedFourier(mask), name

    def objective(self, network: nn.Module, recipe: Recipe) -> Reconstruction:
        """Relative error, or the loss of a network whose paper asks for more than a small error."""
        images, physics, _ = self.measured
        return Reconstruction(images, physics, recipe, getattr(network, "loss", relative_error))

    def record(self) -> dict[str, Any]:
        """Mask, data with their hashes, number of images."""
        images, _, mask = self.measured
        return {"mask": mask, "data": {name: load(name).sha256 for name in self.data}, "images": len(images)}

    def __str__(self) -> str:
        return f"{self.percent} %, {' and '.join(self.data)}"
