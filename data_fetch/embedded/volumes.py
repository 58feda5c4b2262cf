"""Small volumes drawn by code: a bent, tapering body in two parts, in tissue with a smooth texture, with its label."""

from __future__ import annotations

import numpy as np

SHAPE = (36, 50, 34)


def make(index: int, first: int) -> dict[str, np.ndarray]:
    """Volume number ``index`` of a set whose seeds start at ``first``.

    :returns: image uint8 and label uint8 (0 outside, 1 in front, 2 behind), both (36, 50, 34) as (x, y, z).
    """
    generator = np.random.default_rng(first + index)
    x, y, z = (grid - (length - 1) / 2 for grid, length in zip(np.mgrid[tuple(map(slice, SHAPE))], SHAPE, strict=True))
    bend, thick, shift = generator.uniform(0.006, 0.014), generator.uniform(4.5, 6.5), generator.uniform(-2, 2, size=3)
    length = generator.uniform(17, 21)
    along = (y - shift[1]) / length  # from −1, behind, to 1, in front
    middle_x, middle_z = shift[0] + bend * (y - shift[1]) ** 2 - 2, shift[2] - 3 * along
    radius = thick * np.sqrt(np.clip(1 - along**2, 0, None)) * (0.8 + 0.3 * along)
    inside = np.hypot(x - middle_x, z - middle_z) < radius
    label = np.where(inside, np.where(along > generator.uniform(-0.1, 0.25), 1, 2), 0).astype(np.uint8)
    picture = 0.45 + 0.12 * smooth(generator, 3.0) + np.where(label == 1, 0.22, np.where(label == 2, 0.16, 0.0))
    picture = picture - 0.3 * (np.hypot(x + 9, z - 8) < 4) + 0.05 * smooth(generator, 9.0)  # a dark ventricle beside it
    return {"image": np.rint(255 * np.clip(picture, 0, 1)).astype(np.uint8), "label": label}


def smooth(generator: np.random.Generator, width: float) -> np.ndarray:
    """White noise under a Gaussian low pass of ``width`` cycles along each axis, scaled to largest modulus 1."""
    axes = np.meshgrid(*(np.fft.fftfreq(length, 1 / length) for length in SHAPE), indexing="ij")
    low_pass = np.exp(-sum(axis**2 for axis in axes) / (2 * width**2))
    noise = np.fft.ifftn(np.fft.fftn(generator.standard_normal(SHAPE)) * low_pass).real
    return noise / np.abs(noise).max()
