"""A grey picture with the outlines of masks in colour."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.ndimage import binary_erosion

from mddl_lib.core import arguments
from mddl_lib.segmentation.atlases import check_picture, stretched

TRUTH, ESTIMATE, OTHER = (0.0, 0.62, 0.45), (0.9, 0.4, 0.0), (0.34, 0.71, 0.91)
"""green, orange and blue of the book's palette, bright enough on grey"""


def outlined(
    picture: np.ndarray, masks: Mapping[tuple[float, float, float], np.ndarray], zoom: int = 3, width: int = 2
) -> np.ndarray:
    """The picture, enlarged, with the inner border of each mask: (zoom · H, zoom · W, 3) in [0, 1].

    :param picture: (H, W), in any range; its darkest and brightest half percent are cut.
    :param masks: colour → mask (H, W), above one half inside; a later one is drawn over an earlier one.
    :param width: of a line, in pixels of the enlarged picture.
    :raises ValueError: for what is no picture, or a mask of another size.
    """
    check_picture("the picture", picture)
    arguments.counts(1, zoom=zoom, width=width)
    shown = np.repeat(enlarged(stretched(picture).astype(float), zoom)[..., None], 3, -1)
    for colour, mask in masks.items():
        if np.shape(mask) != picture.shape:
            raise ValueError(f"a mask has the shape {np.shape(mask)}, the picture {picture.shape}: expected one size")
        inside = enlarged(np.asarray(mask) > 0.5, zoom)
        shown[inside & ~binary_erosion(inside, iterations=width, border_value=1)] = colour
    return shown


def enlarged(values: np.ndarray, zoom: int) -> np.ndarray:
    """Each pixel as a square of ``zoom`` × ``zoom``: the first two axes grow.

    :raises ValueError: for an array without two axes, or a zoom below 1.
    """
    arguments.counts(1, zoom=zoom)
    if not isinstance(values, np.ndarray) or values.ndim < 2:
        raise ValueError(f"values is {getattr(values, 'shape', values)}: expected an array (height, width, …)")
    return values.repeat(zoom, 0).repeat(zoom, 1)


def tiled(pictures: list[np.ndarray], columns: int, gap: int = 4) -> np.ndarray:
    """Pictures of one size in rows, white between them and in places left over.

    :raises ValueError: for no pictures, or several sizes.
    """
    arguments.counts(1, columns=columns)
    arguments.counts(0, gap=gap)
    if not isinstance(pictures, list) or len({np.shape(one) for one in pictures}) != 1:
        shapes = sorted({np.shape(one) for one in pictures}) if isinstance(pictures, list) else pictures
        raise ValueError(f"pictures have the shapes {shapes}: expected one picture or more, all of one size")
    height, width = pictures[0].shape[:2]
    rows = -(-len(pictures) // columns)
    sheet = np.ones((rows * (height + gap) - gap, columns * (width + gap) - gap, *pictures[0].shape[2:]))
    for index, picture in enumerate(pictures):
        top, left = (height + gap) * (index // columns), (width + gap) * (index % columns)
        sheet[top : top + height, left : left + width] = picture
    return sheet
