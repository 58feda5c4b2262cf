"""Guided filter and dark channel of a photograph against naive forms and scipy (goals: 5 x the naive form, 1 x scipy)."""

from __future__ import annotations

import argparse

import numpy as np
import torch
import torch.nn.functional as F
from scipy.ndimage import minimum_filter, uniform_filter
from torch import Tensor

from benchmarks.timing import medians, show
from mddl_lib.dehazing.model.dark_channel import dark_channel
from mddl_lib.dehazing.model.guided_filter import guided_filter


def naive_filter(image: Tensor, guide: Tensor, window: int, smoothness: float) -> Tensor:
    """Means by convolution with the whole window."""
    kernel = torch.full((1, 1, window, window), 1 / window**2, dtype=image.dtype)

    def mean(x: Tensor) -> Tensor:
        reach = window // 2
        rows = torch.cat([x[..., :reach, :].flip(-2), x, x[..., -reach:, :].flip(-2)], -2)
        wide = torch.cat([rows[..., :reach].flip(-1), rows, rows[..., -reach:].flip(-1)], -1)
        return F.conv2d(wide, kernel)

    slope = (mean(guide * image) - mean(guide) * mean(image)) / (mean(guide**2) - mean(guide) ** 2 + smoothness)
    offset = mean(image) - slope * mean(guide)
    return mean(slope) * guide + mean(offset)


def scipy_filter(image: np.ndarray, guide: np.ndarray, window: int, smoothness: float) -> np.ndarray:
    """Means by scipy's running sums."""

    def mean(x: np.ndarray) -> np.ndarray:
        return uniform_filter(x, window, mode="reflect")

    slope = (mean(guide * image) - mean(guide) * mean(image)) / (mean(guide**2) - mean(guide) ** 2 + smoothness)
    offset = mean(image) - slope * mean(guide)
    return mean(slope) * guide + mean(offset)


def naive_dark_channel(image: Tensor, window: int) -> Tensor:
    """All windows at once, unfolded."""
    padded = F.pad(image.amin(1, keepdim=True), (window // 2,) * 4, value=torch.inf)
    return F.unfold(padded, window).amin(1).view(1, 1, *image.shape[-2:])


def main(height: int = 460, width: int = 620, window: int = 41, dark_window: int = 15, repeats: int = 5) -> dict:
    """Print both tables; return {candidate: milliseconds}."""
    torch.set_num_threads(1)
    random = torch.Generator().manual_seed(0)
    photo = torch.rand(1, 3, height, width, generator=random)
    image, guide = photo[:, :1].contiguous(), photo.mean(1, keepdim=True)
    flat = [one[0, 0].double().numpy() for one in (image, guide)]
    assert torch.allclose(guided_filter(image, guide, 9, 1e-2), naive_filter(image, guide, 9, 1e-2), atol=1e-4)
    assert np.allclose(guided_filter(image, guide, 9, 1e-2)[0, 0], scipy_filter(*flat, 9, 1e-2), atol=1e-4)
    assert torch.equal(dark_channel(photo, dark_window), naive_dark_channel(photo, dark_window))
    colours = photo[0].numpy()
    found = medians(
        {
            "guided filter": lambda: guided_filter(image, guide, window, 1e-2),
            "whole windows": lambda: naive_filter(image, guide, window, 1e-2),
            "scipy's running sums": lambda: scipy_filter(*flat, window, 1e-2),
        },
        repeats,
    )
    dark = medians(
        {
            "dark channel": lambda: dark_channel(photo, dark_window),
            "unfolded windows": lambda: naive_dark_channel(photo, dark_window),
            "scipy's minimum filter": lambda: minimum_filter(colours.min(0), dark_window),
        },
        repeats,
    )
    for title, times in (
        (f"Guided filter, {window} x {window}, {height} x {width} pixels", found),
        (f"Dark channel, {dark_window} x {dark_window}", dark),
    ):
        ours = next(iter(times.values()))
        show(title, ["candidate", "ms", "ratio"], [[n, f"{v:.1f}", f"{v / ours:.2f}"] for n, v in times.items()])
    return found | dark


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    main(**vars(parser.parse_args()))
