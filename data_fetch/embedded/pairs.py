"""Two images of one head, drawn by code: the phantom as MR shows it, and as CT does, bone bright and tissue nearly even."""

from __future__ import annotations

import numpy as np

from .heads import ellipse, phantom


def make(index: int, first: int) -> dict[str, np.ndarray]:
    """Pair number ``index`` of a set whose seeds start at ``first``: mr and ct, each uint8 (256, 256)."""
    generator = np.random.default_rng(first + index)
    tilt, stretch = generator.uniform(-8, 8), generator.uniform(0.92, 1.04)  # the phantom draws these two first
    skull = ellipse((0.69 * stretch, 0.92 * stretch), (0.0, 0.0), tilt)
    brain = ellipse((0.6624 * stretch, 0.874 * stretch), (0.0, -0.0184), tilt)
    mr = phantom(first + index)
    ct = 0.95 * np.clip(skull - brain, 0, 1) + brain * (0.3 + 0.15 * mr / 255.0)
    return {
        "mr": (mr * (1 - 0.6 * np.clip(skull - brain, 0, 1))).astype(np.uint8),
        "ct": np.rint(255 * ct).astype(np.uint8),
    }
