"""NLD: pixels of one colour lie on a line through the air's light, the haze-line; how far along it a pixel lies is its transmission."""

from __future__ import annotations

import numpy as np
import torch
from scipy.sparse import diags
from scipy.sparse.linalg import spsolve
from scipy.spatial import cKDTree
from torch import Tensor

from mddl_lib.dehazing.model.haze import air_light, check, luminance

DIRECTIONS = 1000
"""colours that are told apart, as directions from the air's light"""
LEAST = 0.1
ENOUGH = 50
"""pixels that make a line trustworthy"""
SMOOTHNESS = 0.1
"""λ of the regularisation"""
LEFT = 1.06
"""how much haze is left: T times this"""
STRETCH = (0.005, 0.995)
"""shares of the pixels that become black and white in the end"""


def haze_lines(image: Tensor) -> tuple[Tensor, Tensor]:
    r"""Distances to the air's light, :math:`r = \|I - A\|`; along a line :math:`T = r / \max r`, no less than
    :math:`1 - \min_c I^c / A^c`, and regularised:

    .. math:: \min_T \sum_x w_x (T_x - \hat T_x)^2 + \lambda \sum_{x \sim y} \frac{(T_x - T_y)^2}{(I_x - I_y)^2 + 10^{-5}}

    - :math:`w`: how many pixels a line has, and how far along it they are spread.

    :param image: (B, 3, H, W), from 0 to 1.
    :returns: the clear image from 0 to 1, its contrast stretched as in the authors' code, and T.
    :raises ValueError: for another shape, or NaN.

    Source: Berman, Treibitz, Avidan 2016.
    """
    check("image", image)
    found = [_one(one[None]) for one in image]
    return tuple(torch.cat(parts) for parts in zip(*found, strict=True))


def directions(count: int = DIRECTIONS) -> np.ndarray:
    """Points spread evenly over the sphere along a spiral, (count, 3)."""
    steps = np.arange(count) + 0.5
    height, turn = 1 - 2 * steps / count, np.pi * (1 + 5**0.5) * steps
    flat = np.sqrt(1 - height**2)
    return np.stack([flat * np.cos(turn), flat * np.sin(turn), height], 1)


def _one(image: Tensor) -> tuple[Tensor, Tensor]:
    air = air_light(image)[0].double().numpy()
    pixels = image[0].double().permute(1, 2, 0).numpy()
    shape, flat = pixels.shape[:2], (pixels - air).reshape(-1, 3)
    radius = np.linalg.norm(flat, axis=1)
    line = cKDTree(directions()).query(flat / np.maximum(radius, 1e-9)[:, None])[1]
    count = np.bincount(line, minlength=DIRECTIONS)
    longest = np.zeros(DIRECTIONS)
    np.maximum.at(longest, line, radius)
    mean = np.bincount(line, radius, DIRECTIONS) / np.maximum(count, 1)
    spread = np.sqrt(np.maximum(np.bincount(line, radius**2, DIRECTIONS) / np.maximum(count, 1) - mean**2, 0))
    raw = np.clip(radius / np.maximum(longest[line], 1e-9), LEAST, 1)
    raw = np.maximum(raw, 1 - (pixels.reshape(-1, 3) / air).min(1))
    trust = np.minimum(1, count / ENOUGH) * np.minimum(1, 3 * np.maximum(0.001, spread - 0.1))
    transmission = smoothed(raw.reshape(shape), trust[line].reshape(shape), luminance(image)[0, 0].double().numpy())
    t = np.clip(transmission, 0, 1)[..., None]
    clear = (pixels - (1 - LEFT * t) * air) / np.maximum(t, LEAST)
    clear = np.clip(clear, 0, 1)
    low, high = np.quantile(clear.reshape(-1, 3), STRETCH, axis=0)
    clear = np.clip((clear - low) / np.maximum(high - low, 1e-3), 0, 1)
    return (
        torch.from_numpy(clear).permute(2, 0, 1)[None].to(image.dtype),
        torch.from_numpy(t[..., 0])[None, None].to(image.dtype),
    )


def smoothed(raw: np.ndarray, trust: np.ndarray, guide: np.ndarray, smoothness: float = SMOOTHNESS) -> np.ndarray:
    """The minimiser of the regularised energy, by one sparse system; (H, W) each."""
    height, width = raw.shape
    down = np.zeros(raw.shape)
    across = np.zeros(raw.shape)
    down[:-1] = smoothness / (np.diff(guide, axis=0) ** 2 + 1e-5)
    across[:, :-1] = smoothness / (np.diff(guide, axis=1) ** 2 + 1e-5)
    down, across = down.ravel(), across.ravel()
    weight = trust - trust.min()
    weight = (weight / (weight.max() + 1e-5)).ravel()
    before = np.concatenate([np.zeros(width), down[:-width]]), np.concatenate([[0.0], across[:-1]])
    middle = weight + down + across + before[0] + before[1]
    bands = [middle, -down[:-width], -down[:-width], -across[:-1], -across[:-1]]
    system = diags(bands, [0, width, -width, 1, -1], format="csc")
    return spsolve(system, weight * raw.ravel()).reshape(height, width)
