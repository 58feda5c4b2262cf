"""How well a denoiser does: the mean PSNR over a set's images, with noise that everyone can draw again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.core.metrics import psnr
from mddl_lib.restoration.physics import Denoising
from mddl_lib.results.metric import Metric
from mddl_lib.results.scores import Scores

DESCRIBED = {"psnr": Metric("psnr", "higher", 2, "dB", "PSNR")}


def noisy(truth: np.ndarray, sigma: float, seed: int, index: int) -> Tensor:
    """Image ``index`` of a set with its noise, neither clipped nor rounded: (1, 1, H, W).

    The noise depends on (seed, index) and the image's size alone, so that any part of a set can be scored again.

    :param truth: (H, W), in [0, 1].
    :param sigma: in grey levels of 255.
    """
    arguments.positive(sigma=sigma)
    arguments.counts(0, seed=seed, index=index)
    if truth.ndim != 2:
        raise ValueError(f"the truth has the shape {truth.shape}: expected (height, width)")
    noise = np.random.default_rng([seed, index]).standard_normal(truth.shape, dtype=np.float32)
    return torch.from_numpy(np.ascontiguousarray(truth) + np.float32(sigma / 255) * noise)[None, None]


def score(
    model: Callable[[Tensor, Any], Tensor],
    data: Iterable[tuple[str, np.ndarray]],
    sigma: float,
    *,
    seed: int = 0,
    images: int | None = None,
    device: torch.device | str = "cpu",
    progress: bool = False,
) -> Scores:
    """Denoise every image with ``model(y, Denoising(sigma / 255))`` and compare.

    :param data: pairs of a name and an image (H, W) in [0, 1], such as ``data_fetch.load("bsd68")``.
    :param sigma: noise level in grey levels of 255.
    :param images: only the first so many.
    :param progress: not used; :func:`mddl_lib.results.cells.fill` passes it to every scorer.
    :returns: the mean of the images' PSNRs is ``scores.mean("psnr")``, as the published tables have it.
    :raises ValueError: when there is no image, or the model returns another shape or values that are not finite.
    """
    arguments.callables(model=model)
    arguments.positive(sigma=sigma)
    arguments.counts(0, seed=seed)
    if images is not None:
        arguments.counts(1, images=images)
    of = (getattr(data, "name", "images handed over"), getattr(data, "sha256", ""), getattr(data, "embedded", False))
    scores, physics = Scores(*of, [], {"psnr": []}, [], described=DESCRIBED), Denoising(sigma / 255)
    if not isinstance(data, Iterable):
        raise TypeError(f"data is {data!r}: expected pairs of a name and an image")
    for index, (name, array) in enumerate(data):
        if index == images:
            break
        truth, y = torch.from_numpy(np.ascontiguousarray(array))[None, None], noisy(array, sigma, seed, index)
        with torch.no_grad():
            start = time.perf_counter()
            estimate = model(y.to(device), physics).cpu()
            scores.seconds.append(time.perf_counter() - start)
        if estimate.shape != truth.shape or not bool(torch.isfinite(estimate).all()):
            raise ValueError(
                f"{name}: the model returned {tuple(estimate.shape)}: expected {tuple(truth.shape)}, all finite"
            )
        scores.names.append(name)
        scores.psnr.append(float(psnr(estimate, truth)))
    if not scores.names:
        raise ValueError(f"data is {data!r}: expected one image or more")
    return scores
