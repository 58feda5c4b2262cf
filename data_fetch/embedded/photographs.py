"""Photographs that scikit-image ships in its package: grey pictures, a stereo pair with depth, and haze made from it."""

from __future__ import annotations

import functools

import numpy as np

GREY = ("camera", "coins", "moon", "brick", "grass", "gravel")
SCATTERING = (0.5, 0.9, 1.4)  # β of the haze, for depths whose median is 1
AIRLIGHT = 0.9


def make(index: int, what: str) -> dict[str, np.ndarray]:
    """Sample number ``index`` of the grey pictures (``grey``), the stereo pair (``stereo``) or the haze (``haze``)."""
    return {"grey": grey, "stereo": stereo, "haze": haze}[what](index)


def grey(index: int) -> dict[str, np.ndarray]:
    """A grey picture, uint8."""
    from skimage import data

    return {"image": getattr(data, GREY[index])()}


@functools.cache
def motorcycle() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Left and right view, uint8 (500, 741, 3), and the left one's disparity in pixels, 0 where it is unknown."""
    from skimage import data

    left, right, disparity = data.stereo_motorcycle()
    known = np.isfinite(disparity) & (disparity > 0)
    return left, right, np.where(known, disparity, 0).astype(np.float32)


def stereo(index: int) -> dict[str, np.ndarray]:
    """The one pair."""
    left, right, disparity = motorcycle()
    return {"left": left, "right": right, "disparity_left": disparity}


def haze(index: int) -> dict[str, np.ndarray]:
    """I = J t + A (1 − t), t = exp(−β d): J the left view, d the depth over its median, A the light of the air.

    :returns: hazy and clear, uint8 (500, 741, 3); transmission t, float32 (500, 741).
    """
    clear, _, disparity = motorcycle()
    depth = 1 / filled(disparity)
    transmission = np.exp(-SCATTERING[index] * depth / np.median(depth))[..., None]
    hazy = clear / 255.0 * transmission + AIRLIGHT * (1 - transmission)
    return {
        "hazy": np.rint(255 * hazy).astype(np.uint8),
        "clear": clear,
        "transmission": transmission[..., 0].astype(np.float32),
    }


def filled(disparity: np.ndarray) -> np.ndarray:
    """Unknown values take the last known one to their left, or the first one of their row."""
    known = disparity > 0
    places = np.where(known, np.arange(disparity.shape[1]), 0)
    last = np.maximum.accumulate(places, axis=1)
    first = known.argmax(axis=1)[:, None]
    return np.take_along_axis(disparity, np.maximum(last, first), axis=1)
