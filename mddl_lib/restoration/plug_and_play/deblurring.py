"""Five blurs with noise, after Schuler and others, as the paper's release measures them; and how a method is scored on them.

Taught in :doc:`/recent/learned_proximal_operators`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.core.metrics import psnr
from mddl_lib.restoration.evaluation import DESCRIBED
from mddl_lib.restoration.plug_and_play.blur import Blur
from mddl_lib.results.metric import IMAGE
from mddl_lib.results.scores import Scores
from mddl_lib.results.units import Task, score_units

CROP = 12
"""pixels at each border that the release's PSNR leaves out"""
LEVIN = 0
"""which of Levin's eight kernels is blur e here; the release's own files were not at hand"""


class Setting(NamedTuple):
    """One of the five."""

    words: str
    noise: float
    """standard deviation, for images in [0, 1]"""


SETTINGS: dict[str, Setting] = {
    "a": Setting("Gaussian, 1.6 pixels", 0.04),
    "b": Setting("Gaussian, 1.6 pixels", 2 / 255),
    "c": Setting("Gaussian, 3 pixels", 0.04),
    "d": Setting("square, 19 pixels", 0.01),
    "e": Setting("motion", 0.01),
}


def gaussian(width: float, size: int = 25) -> Tensor:
    """A Gaussian kernel of standard deviation ``width`` pixels, (size, size), its sum 1.

    :raises ValueError: for a width that is not positive, or a size that is not odd.
    """
    arguments.positive(width=width)
    arguments.counts(1, size=size)
    if size % 2 == 0:
        raise ValueError(f"size is {size}: expected an odd number")
    line = torch.exp(-0.5 * (torch.arange(size, dtype=torch.float64) - size // 2).square() / width**2)
    kernel = line[:, None] * line
    return (kernel / kernel.sum()).float()


def kernel(letter: str) -> Tensor:
    """The kernel of one of the five; e is fetched with ``blur_kernels``.

    :raises KeyError: for another letter.
    """
    if letter not in SETTINGS:
        raise KeyError(f"blur {letter!r}: expected one of {', '.join(SETTINGS)}")
    if letter in "abc":
        return gaussian(3.0 if letter == "c" else 1.6)
    if letter == "d":
        return torch.full((19, 19), 1 / 361)
    from data_fetch import load

    return torch.from_numpy(np.ascontiguousarray(load("blur_kernels")[LEVIN].array)).float()


def blurred(letter: str) -> Blur:
    """The physics of one of the five.

    :raises KeyError: for another letter.
    """
    return Blur(kernel(letter), SETTINGS[letter].noise)


def measured(truth: np.ndarray, physics: Any, seed: int, index: int) -> tuple[Tensor, Tensor]:
    """An image (…, H, W) as (1, C, H, W), and its measurement with noise that (seed, index) and the shape alone draw.

    :raises ValueError: for an image that has neither two nor three sides.
    """
    arguments.counts(0, seed=seed, index=index)
    arguments.operator(physics)
    if truth.ndim not in (2, 3):
        raise ValueError(
            f"the truth has the shape {truth.shape}: expected (height, width) or (channels, height, width)"
        )
    x = torch.from_numpy(np.ascontiguousarray(truth, dtype=np.float32))
    x = x[None, None] if x.ndim == 2 else x[None]
    y = physics.A(x)
    noise = np.random.default_rng([seed, index]).standard_normal(y.shape, dtype=np.float32)
    return x, y + physics.sigma * torch.from_numpy(noise)


def score(
    model: Callable[[Tensor, Any], Tensor],
    data: Any,
    physics: Any,
    *,
    seed: int = 0,
    crop: int = CROP,
    images: int | None = None,
    progress: bool = True,
) -> Scores:
    """Restore every image with ``model(y, physics)``, clip it to [0, 1] and compare it without its border.

    :param data: a loaded data set, or the part of one.
    :param crop: pixels of the border that are left out.
    :raises ValueError: naming the image, for an estimate of another shape, or NaN.
    """
    arguments.callables(model=model)
    arguments.counts(0, seed=seed, crop=crop)

    def task(index: int) -> Task:
        x, y = measured(data[index].array, physics, seed, index)

        def values(estimate: Tensor) -> dict[str, float]:
            if estimate.shape != x.shape:
                raise ValueError(f"the model returned {tuple(estimate.shape)}: expected {tuple(x.shape)}")
            inner = slice(crop, -crop or None)
            return {"psnr": float(psnr(estimate.clamp(0, 1)[..., inner, inner], x[..., inner, inner]))}

        return data[index].name, lambda: torch.no_grad()(model)(y, physics), values

    scores = score_units(data, IMAGE, DESCRIBED, task, images=images, progress=progress)
    scores.described.update(DESCRIBED)
    return scores
