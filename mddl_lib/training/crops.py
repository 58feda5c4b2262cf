"""Squares cut from images at random places, turned at random: the same for one seed and iteration, wherever it runs."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def random_crops(images: Tensor, size: int, batch: int, seed: tuple[int, int], symmetries: bool = True) -> Tensor:
    """``batch`` crops of side ``size`` from images (N, 1, H, W), each in one of the eight symmetries of the square.

    :param seed: (seed, iteration); image, place and symmetry depend on these alone.
    :returns: (batch, 1, size, size), on the images' device.
    :raises ValueError: for crops larger than the images.
    """
    number, _, height, width = images.shape
    if not 0 < size <= min(height, width):
        raise ValueError(f"size is {size}: expected crops within {(height, width)}")
    highest = (number, height - size + 1, width - size + 1, *(2,) * 3)
    drawn = np.random.default_rng(list(seed)).integers(0, np.array(highest)[:, None], size=(6, batch))
    image, top, left, down, across, swap = torch.from_numpy(drawn).to(images.device)[..., None]
    steps = torch.arange(size, device=images.device)
    if not symmetries:
        down = across = swap = torch.zeros_like(down)
    rows = top + torch.where(down == 1, size - 1 - steps, steps)  # (B, size)
    columns = left + torch.where(across == 1, size - 1 - steps, steps)
    places = (image * height + rows)[:, :, None] * width + columns[:, None, :]
    places = torch.where(swap[..., None] == 1, places.transpose(1, 2), places)
    return images.view(-1)[places][:, None]
