"""Score any ``model(y, physics)`` on a data set: how a reader puts a method of their own into our tables."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from mddl_lib.core.metrics import nmse, psnr
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.environment import quiet


@dataclass
class Evaluation:
    """A model's scores, one number an image."""

    data: str
    data_sha256: str
    embedded: bool
    """whether the images are the embedded stand-in: then this is never the paper's row"""
    names: list[str]
    nmse: list[float]
    psnr: list[float]
    seconds: list[float] = field(repr=False)
    """wall time of the model alone; the only entry that differs from run to run"""

    def mean(self, metric: str) -> float:
        """The mean over the images of "nmse", "psnr" or "seconds"."""
        return statistics.fmean(getattr(self, metric))

    def __str__(self) -> str:
        return f"{len(self.names)} images of {self.data}: NMSE {self.mean('nmse'):.4f}, PSNR {self.mean('psnr'):.2f} dB"


def evaluate(
    model: Callable[[Tensor, Any], Tensor],
    data: Any,
    mask: Any,
    *,
    images: int | None = None,
    progress: bool = True,
) -> Evaluation:
    """Measure every image, reconstruct it with ``model(y, physics)`` and compare.

    :param model: any function or module from measurement and physics to image.
    :param data: a data set's name, such as "brain_mr_test", or a loaded ``DataSet``.
    :param mask: a k-space mask (H, W), or a physics of the caller's own.
    :param images: score only the first so many.
    :raises ValueError: when the model returns no tensor, another shape than the image's, or values that are not finite.
    """
    if isinstance(data, str):
        from data_fetch import load

        data = load(data)
    physics = mask if hasattr(mask, "A_adjoint") else MaskedFourier(torch.as_tensor(np.asarray(mask)))
    count = len(data) if images is None else min(images, len(data))
    if count < 1:
        raise ValueError(f"images is {images}: expected 1 or more of the {len(data)} in {data.name}")
    result = Evaluation(data.name, data.sha256, data.embedded, [], [], [], [])
    for index in tqdm(range(count), disable=quiet() or not progress, desc="images", mininterval=1.0):
        sample = data[index]
        truth = torch.from_numpy(np.ascontiguousarray(sample.array))[None, None]
        with torch.no_grad():
            y = physics.A(truth)
            start = time.perf_counter()
            estimate = model(y, physics)
            seconds = time.perf_counter() - start
        if not isinstance(estimate, Tensor):
            raise ValueError(f"{sample.name}: the model returned a {type(estimate).__name__}: expected a tensor")
        if estimate.shape != truth.shape:
            raise ValueError(
                f"{sample.name}: the model returned {tuple(estimate.shape)}, expected {tuple(truth.shape)}"
            )
        if not bool(torch.isfinite(estimate).all()):
            raise ValueError(f"{sample.name}: the model returned NaN or infinity")
        result.names.append(sample.name)
        result.nmse.append(float(nmse(estimate, truth)))
        result.psnr.append(float(psnr(estimate, truth)))
        result.seconds.append(seconds)
    return result
