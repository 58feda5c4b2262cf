"""Two images of one head, drawn by code: as MR shows it, and as CT does, by a known map of grey levels that is not monotone."""

from __future__ import annotations

import numpy as np

from .heads import ellipse, phantom

GREYS = (0.0, 0.03, 0.08, 0.17, 0.26, 0.62, 0.72, 1.0)
LEVELS = (0.0, 0.0, 0.95, 0.95, 0.42, 0.4, 0.22, 0.2)
"""the map, linear between these points: air stays black, the thin dark line of bone turns white, tissue is nearly one grey, and
fluid, the brightest in MR, is darker than tissue in CT"""
BONE = 0.12
"""of the skull in MR"""


def make(index: int, first: int) -> dict[str, np.ndarray]:
    """Pair number ``index`` of a set whose seeds start at ``first``: mr and ct, each uint8 (256, 256)."""
    generator = np.random.default_rng(first + index)
    tilt, stretch = generator.uniform(-8, 8), generator.uniform(0.92, 1.04)  # the phantom draws these two first
    skull = ellipse((0.69 * stretch, 0.92 * stretch), (0.0, 0.0), tilt)
    brain = ellipse((0.6 * stretch, 0.83 * stretch), (0.0, -0.0184), tilt)
    inside = np.clip(0.95 - 1.3 * phantom(first + index) / 255.0, 0.3, 1.0)  # fluid bright, as in a T2 weighting
    mr = np.rint(255 * (BONE * np.clip(skull - brain, 0, 1) + brain * inside))
    return {"mr": mr.astype(np.uint8), "ct": np.rint(255 * ct_of(mr / 255)).astype(np.uint8)}


def ct_of(mr: np.ndarray) -> np.ndarray:
    """The CT's grey levels of an MR's, both from 0 to 1."""
    return np.interp(mr, GREYS, LEVELS)
