"""What a level set starts from: the edges of a picture, and the signed distance of a mask."""

from __future__ import annotations

import numpy as np
import torch
from scipy.ndimage import distance_transform_edt, gaussian_gradient_magnitude
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.segmentation.atlases import check_picture, stretched


def edge_indicator(picture: np.ndarray, blur: float = 1.5, contrast: float = 0.05) -> Tensor:
    r"""1 in flat regions, near 0 on edges: :math:`g = 1 / (1 + |\nabla G_\sigma * x|^2 / c^2)`, (H, W).

    :param picture: x; it is stretched to [0, 1] first.
    :param blur: σ, in pixels.
    :param contrast: c, the slope a pixel at which g is one half.
    :raises ValueError: for what is no picture, or numbers that are not positive.
    """
    check_picture("picture", picture)
    arguments.positive(blur=blur, contrast=contrast)
    slopes = gaussian_gradient_magnitude(stretched(picture).astype(np.float64), blur, mode="nearest")
    return torch.from_numpy(1 / (1 + (slopes / contrast) ** 2)).float()


def signed_distance(mask: np.ndarray) -> Tensor:
    """The distance to the mask's border in pixels, negative inside: (H, W). The border lies half way between two pixels.

    :param mask: true or false, or 0 and 1.
    :raises ValueError: for what is no mask, or one without a pixel inside, or without one outside: it has no border.
    """
    if not isinstance(mask, np.ndarray) or mask.ndim != 2 or not np.isin(mask, (0, 1)).all():
        shape = getattr(mask, "shape", type(mask).__name__)
        raise ValueError(f"mask has the shape {shape} or other values than 0 and 1: expected a mask, (height, width)")
    inside = mask.astype(bool)
    if inside.all() or not inside.any():
        raise ValueError(f"mask is {bool(inside.all())} everywhere: expected one with a border")
    return torch.from_numpy(distance_transform_edt(~inside) - distance_transform_edt(inside)).float() - torch.where(
        torch.from_numpy(inside), -0.5, 0.5
    )
