"""From stored numbers to an image in [0, 1]: floats as they are, whole numbers by the depth that is declared for them."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

LOW, DARK = 1 / 8, 0.3
"""an image whose largest value is below these shares of white is refused, or warned of"""


def scaled(array: np.ndarray, declared: float | None, white: float | None, path: Path) -> np.ndarray:
    """The image, float32 in [0, 1] or complex64 of such a modulus.

    :param declared: the value of white that the file says, by its number of bits.
    :param white: the value of white that the user says; it goes before any other.
    :param path: for messages.
    :raises ValueError: for NaN or infinity, zeros alone, values below 0 or above white, and values so far below white that
        another scale must be meant.
    """
    if not np.isfinite(array).all():
        raise ValueError(f"{path} holds NaN or infinity")
    scale = white or declared or white_of(array.dtype)
    values = np.abs(array) if array.dtype.kind == "c" else array.astype(np.float64)
    low, high = float(values.min()), float(values.max())
    if low < 0:
        raise ValueError(f"{path} holds values from {low:.4g} to {high:.4g}: expected no brightness below 0")
    if high == 0:
        raise ValueError(f"{path} is all zero: there is no image in it")
    says = f"say which value is white, such as --white {likely(high, scale):.10g} (white= in Python)"
    stored = f"{'floats' if array.dtype.kind in 'fc' else f'{array.dtype} values'} from {low:.4g} to {high:.4g}"
    if high > scale * (1 + 1e-6):  # a modulus of 1 may be rounded up
        meant = "expected [0, 1], floats are taken as they are" if scale == 1 else f"expected at most {scale:.10g}"
        raise ValueError(f"{path} holds {stored}: {meant}; {says}")
    if high <= LOW * scale:
        raise ValueError(
            f"{path} holds {stored}, and white is {scale:.10g}: so dark an image is taken for one of another scale; {says}"
        )
    if high <= DARK * scale:
        warnings.warn(
            f"{path} reaches {high / scale:.0%} of white ({scale:.10g}): if another is meant, {says}", stacklevel=2
        )
    if array.dtype.kind == "c":
        return (array / scale).astype(np.complex64)
    single = array.astype(np.float32)
    return single if scale == 1 else single / np.float32(scale)


def white_of(kind: np.dtype) -> float:
    """The largest value of a type of whole numbers; 1 for floats and truth values."""
    return float(np.iinfo(kind).max) if kind.kind in "ui" else 1.0


def likely(high: float, scale: float) -> float:
    """The white that an image with this largest value may mean: that of 8, 10, 12, 14 or 16 bits, else the value itself."""
    whites = (float(2**bits - 1) for bits in (8, 10, 12, 14, 16))
    found = next((white for white in whites if high <= white), high)
    return found if high > found / 4 and found != scale else high
