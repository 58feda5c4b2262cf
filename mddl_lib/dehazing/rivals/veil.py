"""FVR: the veil of haze is what a median of medians leaves of the smallest colour: it follows steps and ignores corners."""

from __future__ import annotations

import numpy as np
import torch
from skimage.filters.rank import median
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.dehazing.model.haze import check

KEPT = 0.95
"""p: the share of the veil that is taken away"""


def veil_of(least: np.ndarray, window: int) -> np.ndarray:
    r"""The veil of one image: :math:`V = \max(\min(p\, B, W), 0)`, :math:`A = \mathrm{med}(W)`,
    :math:`B = A - \mathrm{med}(|W - A|)`.

    :param least: W, the smallest colour, (H, W).
    :param window: side of the medians' window, odd.
    """
    middle = _median(least, window)
    robust = middle - _median(np.abs(least - middle), window)
    return np.clip(np.minimum(KEPT * robust, least), 0, None)


def _median(image: np.ndarray, window: int) -> np.ndarray:
    """In 255 steps: then a running histogram finds it, whatever the window's size."""
    steps = np.rint(255 * np.clip(image, 0, 1)).astype(np.uint8)
    return median(steps, np.ones((window, window), np.uint8)).astype(image.dtype) / 255


def fast_visibility(image: Tensor, window: int = 41) -> tuple[Tensor, Tensor]:
    """White balance by the brightest percent, the veil, and J = (I − V) / (1 − V); T = 1 − V.

    :param image: (B, 3, H, W), from 0 to 1.
    :param window: side of the medians' window, odd.
    :returns: the clear image from 0 to 1, and T.
    :raises ValueError: for another shape, an even window, or NaN.

    Source: Tarel, Hautière 2009.
    """
    check("image", image)
    arguments.counts(1, window=window)
    if window % 2 == 0:
        raise ValueError(f"window is {window}: expected an odd number")
    clear, transmissions = [], []
    for one in image:
        white = torch.quantile(one.flatten(1).double(), 0.99, dim=1).to(one.dtype).clamp(min=1e-3)[:, None, None]
        balanced = (one / white).clamp(max=1)
        veil = torch.from_numpy(veil_of(balanced.amin(0).cpu().numpy(), window)).to(one)
        transmission = (1 - veil).clamp(min=0.05)
        clear.append(((balanced - veil) / transmission * white).clamp(0, 1))
        transmissions.append(transmission[None])
    return torch.stack(clear), torch.stack(transmissions)
