"""Score a method on hazy photographs whose clear ones are known: PSNR and SSIM an image, and its seconds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from skimage.metrics import structural_similarity
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.core.metrics import psnr
from mddl_lib.dehazing.model.haze import check
from mddl_lib.results.metric import IMAGE
from mddl_lib.results.scores import Scores
from mddl_lib.results.units import Task, score_units

Method = Callable[[Tensor], tuple[Tensor, Tensor | None]]
"""from a hazy image (1, 3, H, W) to a clear one and a transmission (1, 1, H, W), or None"""


def colour_ssim(estimate: Tensor, truth: Tensor) -> Tensor:
    """Structural similarity of colour images, (B,): the mean over the colours, uniform windows of 7 × 7 pixels.

    These are scikit-image's defaults, with which the authors' network has its known value.

    :param estimate: (B, 3, H, W), from 0 to 1.
    :param truth: of the same shape.
    :raises ValueError: for other shapes, or NaN.
    """
    check("estimate", estimate)
    check("truth", truth)
    if estimate.shape != truth.shape or min(truth.shape[-2:]) < 7:
        raise ValueError(
            f"estimate has the shape {tuple(estimate.shape)}, truth {tuple(truth.shape)}: expected one, sides of 7 or more"
        )
    found = [
        structural_similarity(a.cpu().numpy(), b.cpu().numpy(), data_range=1.0, channel_axis=0)
        for a, b in zip(estimate, truth, strict=True)
    ]
    return torch.tensor(found, dtype=torch.float64)


def pair(sample: Any) -> tuple[Tensor, Tensor]:
    """The hazy and the clear photograph of a sample, (1, 3, H, W) each."""
    return tuple(
        torch.from_numpy(np.ascontiguousarray(sample.parts[part], dtype=np.float32)).permute(2, 0, 1)[None]
        for part in ("hazy", "clear")
    )


def score(method: Method, data: Any, mask: None = None, *, images: int | None = None, progress: bool = True) -> Scores:
    """PSNR and SSIM of each photograph.

    :param mask: not looked at; a table's filler hands it on.
    :param images: only the first so many.
    :raises TypeError: for a method that cannot be called.
    :raises ValueError: for a count that is none; naming the photograph, for an estimate of another shape, or NaN.
    """
    arguments.callables(method=method)

    def task(index: int) -> Task:
        image, clear = pair(data[index])

        def values(estimate: Tensor) -> dict[str, float]:
            return {"psnr": float(psnr(estimate, clear)), "ssim": float(colour_ssim(estimate, clear))}

        return data[index].name, lambda: torch.no_grad()(method)(image)[0], values

    return score_units(data, IMAGE, ("psnr", "ssim"), task, images=images, progress=progress)
