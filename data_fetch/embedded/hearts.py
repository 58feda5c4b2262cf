"""Short-axis slices of hearts drawn by code: a bright blood pool in a dark ring of muscle, with both contours as masks."""

from __future__ import annotations

import numpy as np

from .heads import SIDE, smooth_noise


def make(index: int, first: int) -> dict[str, np.ndarray]:
    """Heart number ``index`` of a set whose seeds start at ``first``.

    :returns: image, endocardium and epicardium, each uint8 (256, 256); masks are 0 and 255, as those of real sets.
    """
    generator = np.random.default_rng(first + index)
    centre = SIDE / 2 + generator.uniform(-14, 14, size=2)
    inner, wall = generator.uniform(16, 26), generator.uniform(8, 13)
    stretch, turn, waves = generator.uniform(0.88, 1.12), generator.uniform(0, np.pi), generator.uniform(-0.05, 0.05, 4)
    y, x = np.mgrid[:SIDE, :SIDE] - centre[:, None, None]
    along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    angle = np.arctan2(across, along)
    radius = np.hypot(along * stretch, across / stretch)
    bulge = 1 + waves[0] * np.cos(2 * angle) + waves[1] * np.sin(2 * angle) + waves[2] * np.cos(3 * angle)
    endocardium, epicardium = radius < inner * bulge, radius < (inner + wall) * (1 + waves[3] * np.cos(2 * angle))
    epicardium |= endocardium
    body = np.hypot(x / 105, y / 88) < 1
    right = (
        np.hypot((x + 1.5 * inner + wall) / (1.2 * inner), y / (1.5 * inner)) < 1
    ) & ~epicardium  # the other ventricle
    picture = 0.42 * body + 0.1 * smooth_noise(generator, 8.0) * body
    picture = np.where(right, 0.72, np.where(epicardium, 0.24, picture))
    picture = np.where(endocardium, 0.85, picture) + 0.03 * smooth_noise(generator, 40.0)
    rounded = np.rint(255 * np.clip(picture, 0, 1)).astype(np.uint8)
    masks = {"endocardium": endocardium, "epicardium": epicardium}
    return {"image": rounded, **{part: 255 * mask.astype(np.uint8) for part, mask in masks.items()}}
