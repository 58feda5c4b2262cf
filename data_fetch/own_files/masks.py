"""A sampling mask from a file: two values, and its zero frequency where it is said to be."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from .reading import read_array

NEAR, LESS = 16, 0.6
"""frequencies up to 1/16 of the grid are low; they should be sampled no less than 0.6 times as often as the highest"""


def read_mask(path: Path, centred: bool = False) -> np.ndarray:
    """A mask of zeros and ones, float32, with the zero frequency at [0, 0]. Files hold 0 and one other value.

    :param centred: whether the file has the zero frequency in its middle.
    :raises ValueError: for a file without a two-dimensional array, with NaN, with other values (it counts them), with
        zeros alone, and when the zero frequency is not sampled and the opposite place is: it was centred, or was not.
    """
    array = read_array(path)
    if array.dtype.kind == "c":
        raise ValueError(f"the mask {path} holds complex values: expected zeros and ones")
    if not np.isfinite(array).all():
        raise ValueError(f"the mask {path} holds NaN or infinity")
    values, counts = np.unique(array, return_counts=True)
    if len(values) > 2 or (len(values) == 2 and values[0] != 0):
        few = ", ".join(f"{value:g}: {count}" for value, count in zip(values[:5], counts[:5], strict=True))
        raise ValueError(
            f"the mask {path} holds {len(values)} values ({few}{', …' if len(values) > 5 else ''}): expected two, 0 and the "
            "value of what is sampled; was it resized, stored as a lossy picture, or is it a probability?"
        )
    if values[-1] <= 0:
        raise ValueError(f"the mask {path} is all zero: it samples nothing")
    mask = (array > 0).astype(np.float32)
    mask = np.fft.ifftshift(mask) if centred else mask
    require_placed(mask, path, centred)
    return mask


def require_placed(mask: np.ndarray, path: Path, centred: bool) -> None:
    """Look whether the zero frequency is where it is said to be.

    :param mask: with the zero frequency at [0, 0].
    :raises ValueError: when it is not sampled and the highest frequency is; a warning where the low frequencies are only
        sampled less than the highest.
    """
    rows, columns = mask.shape
    helps = "leave out --centred (centred=False)" if centred else "say --centred (centred=True)"
    where = "in the middle" if centred else "at the first corner"
    if not mask[0, 0] and mask[rows // 2, columns // 2]:
        raise ValueError(
            f"the mask {path} does not sample the zero frequency, which is {where}, and samples the highest: its zero "
            f"frequency seems to lie at the other place; {helps}"
        )
    if not mask[0, 0]:
        warnings.warn(f"the mask {path} does not sample the zero frequency, the image's mean", stacklevel=3)
    row, column = (np.minimum(np.arange(n), n - np.arange(n)) for n in mask.shape)
    low = np.ix_(row <= max(1, rows // NEAR), column <= max(1, columns // NEAR))
    high = np.ix_(row >= rows // 2 - max(1, rows // NEAR), column >= columns // 2 - max(1, columns // NEAR))
    if mask[low].mean() < LESS * mask[high].mean():
        warnings.warn(
            f"the mask {path} samples {mask[low].mean():.0%} of the lowest and {mask[high].mean():.0%} of the highest "
            f"frequencies: if its zero frequency is not {where}, {helps}",
            stacklevel=3,
        )
