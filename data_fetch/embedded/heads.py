"""Head phantoms made by code: the embedded default when no real image can be had. Deterministic, numpy only."""

from __future__ import annotations

import functools

import numpy as np

SIDE = 256

# Shepp and Logan's head, with the contrasts of Toft (1996): value added, half axes, centre (x, y), angle in degrees
ELLIPSES = (
    (1.0, 0.69, 0.92, 0.0, 0.0, 0),
    (-0.8, 0.6624, 0.874, 0.0, -0.0184, 0),
    (-0.2, 0.11, 0.31, 0.22, 0.0, -18),
    (-0.2, 0.16, 0.41, -0.22, 0.0, 18),
    (0.1, 0.21, 0.25, 0.0, 0.35, 0),
    (0.1, 0.046, 0.046, 0.0, 0.1, 0),
    (0.1, 0.046, 0.046, 0.0, -0.1, 0),
    (0.1, 0.046, 0.023, -0.08, -0.605, 0),
    (0.1, 0.023, 0.023, 0.0, -0.606, 0),
    (0.1, 0.023, 0.046, 0.06, -0.605, 0),
)


def make(index: int, first: int) -> dict[str, np.ndarray]:
    """The head number ``index`` of a set whose seeds start at ``first``."""
    return {"image": phantom(first + index)}


def smooth_noise(generator: np.random.Generator, width: float) -> np.ndarray:
    """White noise under a Gaussian low pass of ``width`` cycles a picture, scaled to largest modulus 1; (256, 256)."""
    frequency = np.fft.fftfreq(SIDE, 1 / SIDE)
    low_pass = np.exp(-(frequency[:, None] ** 2 + frequency[None, :] ** 2) / (2 * width**2))
    noise = np.fft.irfft2(np.fft.rfft2(generator.standard_normal((SIDE, SIDE))) * low_pass[:, : SIDE // 2 + 1])
    return noise / np.abs(noise).max()


def ellipse(half_axes: tuple[float, float], centre: tuple[float, float], degrees: float) -> np.ndarray:
    """Indicator of an ellipse in [−1, 1]², y upwards, averaged over 2 × 2 points a pixel (soft edges); (256, 256).

    Inside is pᵀQp ≤ 1, Q = Rᵀ diag(1/a², 1/b²) R, R the rotation by ``degrees``: two outer sums, cheap.
    """
    points = (np.arange(2 * SIDE) + 0.5) / SIDE - 1
    x, y = points[None, :] - centre[0], -points[:, None] - centre[1]
    cosine, sine = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    p, q = 1 / half_axes[0] ** 2, 1 / half_axes[1] ** 2
    xx, yy, xy = p * cosine**2 + q * sine**2, p * sine**2 + q * cosine**2, 2 * (p - q) * sine * cosine
    inside = xx * x**2 + (yy * y**2 + (xy * y) * x) <= 1
    fine = inside.astype(np.uint8)
    return (fine[::2, ::2] + fine[1::2, ::2] + fine[::2, 1::2] + fine[1::2, 1::2]) / 4


@functools.cache
def phantom(seed: int) -> np.ndarray:
    """One phantom as uint8 (256, 256): ellipses jittered by ``seed``, with a smooth texture inside the skull.

    Rounded to 8 bits, as the real test images are; that also hides the last bits in which two FFT libraries differ.
    """
    generator = np.random.default_rng(seed)
    picture = np.zeros((SIDE, SIDE))
    tilt, stretch = generator.uniform(-8, 8), generator.uniform(0.92, 1.04)
    for number, (value, a, b, x, y, degrees) in enumerate(ELLIPSES):
        jitter = generator.uniform(-1, 1, size=5) * (number > 1)  # skull and brain stay concentric
        size = stretch * (1 + 0.12 * jitter[0]), stretch * (1 + 0.12 * jitter[1])
        centre = x + 0.03 * jitter[2], y + 0.03 * jitter[3]
        picture += value * (1 + 0.2 * jitter[4]) * ellipse((a * size[0], b * size[1]), centre, degrees + tilt)
    brain = ellipse((0.6624 * stretch, 0.874 * stretch), (0.0, -0.0184), tilt)
    texture = 0.08 * smooth_noise(generator, 6.0) + 0.05 * smooth_noise(generator, 24.0)
    picture = np.clip(picture + brain * (0.12 + texture), 0, None)
    rounded = np.rint(255 * picture / picture.max()).astype(np.uint8)
    rounded.flags.writeable = False  # it is kept, and handed out again
    return rounded
