"""What the networks of this field are trained on: photographs with noise."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.restoration.noisy_crops import NoisyCrops
from mddl_lib.training.recipe import Recipe


class Photographs(NamedTuple):
    """Grey photographs of one size, and which they are."""

    images: Tensor
    """(N, 1, H, W), uint8"""
    sha256: dict[str, str]
    """{name of the set: its registered hash}"""


@functools.cache
def photographs(names: tuple[str, ...]) -> Photographs:
    """Training sets as one tensor of grey levels, fetched and checked.

    :raises ValueError: for images of unlike sizes.
    """
    from data_fetch import load  # here: a training whose images are handed over needs no fetching

    sets = [load(name) for name in names]
    arrays = [np.rint(255 * sample.array).astype(np.uint8) for data in sets for sample in data]
    if len(shapes := {array.shape for array in arrays}) != 1:
        raise ValueError(f"{', '.join(names)}: images of the sizes {sorted(shapes)}: expected one size")
    return Photographs(torch.from_numpy(np.stack(arrays))[:, None], {data.name: data.sha256 for data in sets})


@dataclass(frozen=True)
class NoisyPhotographs:
    """Photographs, how loud their noise is, and the crops that are taken of them."""

    sigma: float
    """standard deviation of the noise, in grey levels of 255; the lowest, where ``highest`` is given"""
    highest: float | None = None
    size: int = 60
    """side of the crops"""
    border: int = 6
    """pixels at the crops' border that the loss leaves out"""
    autocast: bool = False
    """whether a GPU multiplies in bfloat16"""
    data: tuple[str, ...] = ("bsd400",)
    count: int | None = None
    """only so many of the photographs, evenly spread; None: all"""
    held: Photographs | None = None
    """the photographs, where they are at hand already; None: ``data`` is loaded"""

    def __post_init__(self) -> None:
        arguments.positive(sigma=self.sigma)
        arguments.counts(1, size=self.size)
        arguments.counts(0, border=self.border)
        if self.highest is not None:
            arguments.positive(highest=self.highest)
        if self.count is not None:
            arguments.counts(1, count=self.count)
        if self.held is not None and not isinstance(self.held, Photographs):
            raise TypeError(f"held is a {type(self.held).__name__}: expected Photographs, or None")
        if not self.data or not isinstance(self.data, tuple) or not all(isinstance(name, str) for name in self.data):
            raise ValueError(f"data is {self.data!r}: expected a tuple of names of data sets")

    @property
    def photographs(self) -> Photographs:
        """The images and their hashes."""
        found = self.held or photographs(self.data)
        if self.count is None:
            return found
        chosen = torch.linspace(0, len(found.images) - 1, min(self.count, len(found.images))).round().long()
        return found._replace(images=found.images[chosen])

    def objective(self, network: nn.Module, recipe: Recipe) -> NoisyCrops:
        """The mean square error on crops."""
        sigmas = (self.sigma / 255, (self.highest or self.sigma) / 255)
        return NoisyCrops(self.photographs.images, recipe, sigmas, self.size, self.border, self.autocast)

    def record(self) -> dict[str, Any]:
        """Noise, crops, data with their hashes, number of images."""
        images, hashes = self.photographs
        noise = [self.sigma, self.highest or self.sigma]
        return {"sigma": noise, "crop": [self.size, self.border], "data": hashes, "images": len(images)}

    def __str__(self) -> str:
        level = f"{self.sigma:g}" if self.highest is None else f"{self.sigma:g} to {self.highest:g}"
        return f"noise of {level} in crops of {self.size} x {self.size} from {' and '.join(self.data)}"
