"""The rivals as methods: a whole picture in, a mask out. And the network without atlases as a method of label fusion."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from scipy.ndimage import center_of_mass, label
from torch import Tensor, nn

from mddl_lib.core import arguments
from mddl_lib.segmentation.atlases import check_picture
from mddl_lib.segmentation.hearts import CENTRE, SIDE
from mddl_lib.segmentation.methods import Method
from mddl_lib.segmentation.problems import Fusion
from mddl_lib.segmentation.rivals.edges import edge_indicator, signed_distance
from mddl_lib.segmentation.rivals.level_set import LevelSet
from mddl_lib.segmentation.rivals.pixel_net import PixelNet

PictureMethod = Callable[[np.ndarray], np.ndarray]
"""from a picture (H, W) to a mask of its size, true inside"""

DLDM = LevelSet(length=0.3, balloon=-0.15, shape=0.02, step=3.0)
"""the constants of the level set after the shape network: of 32 tried, the best on five training subjects that were held out"""
DLLS = LevelSet(length=0.3, balloon=0.0, shape=0.02, step=3.0)
"""the constants of the level set after the network of DLLS, chosen likewise"""


def by_pixels(network: PixelNet) -> Method:
    """A network without atlases as a method: it looks at the target alone.

    :raises TypeError: for another network.
    """
    if not isinstance(network, PixelNet):
        raise TypeError(f"network is a {type(network).__name__}: expected a PixelNet, such as mddl_lib.load gives")

    @torch.no_grad()
    def method(seen: Fusion) -> Tensor:
        return torch.sigmoid(network(seen.target))

    return method


def found_region(picture: np.ndarray, network: nn.Module) -> tuple[int, int]:
    """The middle (row, column) of the largest piece of the mask that a region network draws; the fixed middle when it draws none.

    :param picture: (H, W).
    :raises ValueError: for what is no picture.
    """
    mask = largest_piece(_logits(network, picture) > 0)
    return tuple(round(n) for n in center_of_mass(mask)) if mask.any() else CENTRE  # type: ignore[return-value]


def in_region(network: nn.Module, region: nn.Module | None = None, level_set: LevelSet | None = None) -> PictureMethod:
    """A network draws a mask in a region of 104 × 104 pixels; a level set moves its border.

    :param network: from a region (1, 1, 104, 104) to the logits of one mask.
    :param region: finds the region's middle in the whole picture; None: the fixed middle of the training subjects.
    :param level_set: starts at the mask, with the mask as its prior shape; None: the mask as it is.
    :raises TypeError: for networks that are none.
    """
    for what, given in {"network": network, "region": region}.items():
        if given is not None:
            arguments.callables(**{what: given})

    def method(picture: np.ndarray) -> np.ndarray:
        check_picture("picture", picture)
        row, column = CENTRE if region is None else found_region(picture, region)
        half = SIDE // 2
        seen = np.pad(picture, half, mode="edge")[row : row + SIDE, column : column + SIDE]
        mask = largest_piece(_logits(network, seen) > 0)
        if level_set is not None and mask.any() and not mask.all():
            start = signed_distance(mask)
            mask = largest_piece(level_set.descend(start, edge_indicator(seen)).numpy() < 0)
        whole = np.zeros([size + 2 * half for size in picture.shape], bool)
        whole[row : row + SIDE, column : column + SIDE] = mask
        return whole[half:-half, half:-half]

    return method


def largest_piece(mask: np.ndarray) -> np.ndarray:
    """The largest connected piece of a mask; an empty mask stays empty.

    :raises ValueError: for what is no mask.
    """
    if not isinstance(mask, np.ndarray) or mask.ndim != 2 or mask.dtype != bool:
        raise ValueError(
            f"mask is {getattr(mask, 'dtype', type(mask).__name__)}: expected true or false, (height, width)"
        )
    pieces, count = label(mask)
    if count < 2:
        return mask
    return pieces == 1 + np.bincount(pieces.ravel())[1:].argmax()


@torch.no_grad()
def _logits(network: nn.Module, picture: np.ndarray) -> np.ndarray:
    return network(torch.from_numpy(np.ascontiguousarray(picture)).float()[None, None])[0, 0].numpy()
