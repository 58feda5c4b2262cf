"""Synthetic haze: photographs with known depth, fog of a random density and light, and what a network is asked to find."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.ndimage import distance_transform_edt
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.dehazing.model.dark_channel import dark_channel
from mddl_lib.dehazing.model.haze import air_light, hazy, luminance, transmission_of
from mddl_lib.dehazing.proximal_net import ProximalDehazeNet
from mddl_lib.training.objective import tensor_hash
from mddl_lib.training.recipe import Recipe

SCATTERING = (0.6, 2.4)
"""β is drawn from this range; the largest depth of a scene is 1"""
LIGHT = (0.7, 1.0)
"""and the air's grey light from this"""
GAMMA, SATURATION = (0.6, 1.3), (0.2, 1.0)
"""so that few scenes stand for many, their grey levels are bent and their colours paled by numbers from these ranges"""
GUESSED = 0.5
"""how often a network is told the air's light that is found in the hazy crop, as in a real photograph, and not the true one"""


def depth_of(disparity: np.ndarray) -> np.ndarray:
    """Depth up to a factor, 1 / disparity, the largest being 1; where the disparity is unknown (0), that of the nearest pixel.

    :param disparity: (H, W), in pixels.
    :raises ValueError: for another shape, negative or infinite values, or none that is known.
    """
    disparity = np.asarray(disparity, dtype=np.float64)
    if disparity.ndim != 2 or not np.isfinite(disparity).all() or (disparity < 0).any() or not (disparity > 0).any():
        raise ValueError(f"disparity has the shape {disparity.shape}: expected (height, width), finite, some above 0")
    nearest = distance_transform_edt(disparity == 0, return_distances=False, return_indices=True)
    depth = 1 / disparity[tuple(nearest)]
    return (depth / np.quantile(depth, 0.99)).clip(max=1)


@dataclass(frozen=True)
class Scene:
    """A clear photograph (1, 3, H, W) with its depth (1, 1, H, W)."""

    name: str
    clear: Tensor
    depth: Tensor


def load_scenes(name: str) -> list[Scene]:
    """Every view of a data set that has a disparity.

    :raises ValueError: for a data set without one.
    """
    from data_fetch import load

    found = []
    for sample in load(name):
        for view in ("left", "right"):
            if f"disparity_{view}" in sample.parts:
                depth = torch.from_numpy(depth_of(sample.parts[f"disparity_{view}"])).float()
                clear = torch.from_numpy(np.ascontiguousarray(sample.parts[view])).permute(2, 0, 1).float()
                found.append(Scene(f"{sample.name}, {view}", clear[None], depth[None, None]))
    if not found:
        raise ValueError(f"{name} has no disparities: expected scenes with parts left and disparity_left, or right")
    return found


class HazeObjective:
    r"""Mean absolute errors of the clear image, the transmission and the dark channel, on crops under haze drawn anew.

    .. math:: \|Q A - J\|_1 + \|T - T^*\|_1 + \|U - Q^{*dk}\|_1

    :param crop: side of the crops in pixels, even.
    """

    def __init__(self, scenes: list[Scene], crop: int, recipe: Recipe) -> None:
        arguments.counts(16, crop=crop)
        if crop % 2 or not scenes or crop > min(min(scene.clear.shape[-2:]) for scene in scenes):
            raise ValueError(f"crop is {crop}: expected an even number, no larger than the {len(scenes)} scenes")
        self.scenes, self.crop, self.recipe = scenes, crop, recipe

    def description(self) -> dict[str, Any]:
        """Hashes of the scenes, and how haze is drawn."""
        return {
            "scenes": [tensor_hash(scene.clear)[:16] for scene in self.scenes], "crop": self.crop,
            "scattering": list(SCATTERING), "light": list(LIGHT),
            "gamma": list(GAMMA), "saturation": list(SATURATION), "guessed": GUESSED,
        }  # fmt: skip

    def __call__(self, network: ProximalDehazeNet, iteration: int) -> Tensor:
        """The loss of one batch, which seed and iteration draw."""
        clear, transmission, air = self.batch(iteration)
        image = hazy(clear, transmission, air)
        guessed = np.random.default_rng([self.recipe.seed, iteration, 1]).random() < GUESSED
        plane = (air_light(image) if guessed else air)[:, :, None, None]
        q, t, u = network.turns(image / plane)[-1]
        window = network.stages[-1].weights.window
        dark = dark_channel(clear / plane, window)
        return (q * plane - clear).abs().mean() + (t - transmission).abs().mean() + (u - dark).abs().mean()

    def batch(self, iteration: int) -> tuple[Tensor, Tensor, Tensor]:
        """Clear crops (B, 3, crop, crop), transmissions (B, 1, crop, crop), the air's light (B, 3)."""
        random = np.random.default_rng([self.recipe.seed, iteration])
        parts = []
        for _ in range(self.recipe.batch):
            scene = self.scenes[int(random.integers(len(self.scenes)))]
            top, left = (int(random.integers(side - self.crop + 1)) for side in scene.clear.shape[-2:])
            cut = (..., slice(top, top + self.crop), slice(left, left + self.crop))
            clear, depth = scene.clear[cut], scene.depth[cut]
            if random.integers(2):
                clear, depth = clear.flip(-1), depth.flip(-1)
            clear = clear ** float(random.uniform(*GAMMA))
            clear = torch.lerp(luminance(clear).expand_as(clear), clear, float(random.uniform(*SATURATION)))
            t = transmission_of(depth, float(random.uniform(*SCATTERING)))
            light = float(random.uniform(*LIGHT))
            parts.append((clear, t, torch.full((1, 3), light)))
        clear, t, air = (torch.cat(group) for group in zip(*parts, strict=True))
        return clear, t, air

    def to(self, device: torch.device) -> HazeObjective:
        """The same on a device."""
        self.scenes = [Scene(s.name, s.clear.to(device), s.depth.to(device)) for s in self.scenes]
        return self


@dataclass(frozen=True)
class Haze:
    """Scenes of one data set under random haze."""

    name: str = "middlebury"
    crop: int = 160

    @property
    def data(self) -> tuple[str, ...]:
        return (self.name,)

    @functools.cached_property
    def scenes(self) -> list[Scene]:
        """Its views."""
        return load_scenes(self.name)

    def objective(self, network: ProximalDehazeNet, recipe: Recipe) -> HazeObjective:
        """The losses on these scenes."""
        return HazeObjective(self.scenes, self.crop, recipe)

    def record(self) -> dict[str, Any]:
        """The data with their hash, how many views, how haze is drawn."""
        from data_fetch import load

        return {
            "data": {self.name: load(self.name).sha256}, "images": len(self.scenes), "crop": self.crop,
            "scattering": list(SCATTERING), "light": list(LIGHT),
        }  # fmt: skip

    def __str__(self) -> str:
        return f"{self.name} under haze of {SCATTERING[0]} to {SCATTERING[1]}, crops of {self.crop}"
