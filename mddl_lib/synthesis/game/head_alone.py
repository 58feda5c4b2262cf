"""The head of a CT without the rest it lies on: a game would learn to draw that, too."""

from __future__ import annotations

import numpy as np
import torch
from scipy.ndimage import binary_dilation, binary_opening, label
from skimage.morphology import convex_hull_image
from torch import Tensor

from mddl_lib.core import arguments

AIR = -0.9
"""what is darker is air, of grey levels from −1 to 1"""
THIN = 3
"""pixels: what is thinner does not join two pieces"""


def head_alone(ct: Tensor) -> Tensor:
    """Black outside the convex hull of the largest piece of what is not air: the arcs of the headrest and marks on the film go.

    :param ct: (B, 1, H, W), from −1 to 1.
    :raises ValueError: for another shape, or NaN.
    """
    arguments.tensors(ct=ct)
    if ct.ndim != 4 or ct.shape[1] != 1 or not ct.numel():
        raise ValueError(f"ct has the shape {tuple(ct.shape)}: expected (batch, 1, height, width)")
    arguments.finite("ct", ct)
    kept = [torch.from_numpy(_around_largest(image[0].cpu().numpy() > AIR)) for image in ct]
    return torch.where(torch.stack(kept)[:, None].to(ct.device), ct, torch.full_like(ct, -1.0))


def _around_largest(bright: np.ndarray) -> np.ndarray:
    """The convex hull of the largest piece of a mask: what is thinner than three pixels does not join two pieces."""
    pieces, count = label(binary_opening(bright, np.ones((THIN, THIN), bool)))
    if not count:
        return np.ones_like(bright)
    sizes = np.bincount(pieces.ravel())[1:]
    return binary_dilation(convex_hull_image(pieces == 1 + sizes.argmax()), iterations=THIN)
