"""Pictures, by pillow: grey, palette, colour; a sheet of many small pictures, one a row."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from ..errors import CannotDecode
from ..registry import Group

FORMATS = ("PNG", "TIFF", "JPEG", "BMP", "GIF", "PPM", "WEBP")
"""the only formats that are opened: Pillow knows others that start programs (EPS) or read further files"""


def opened(content: bytes) -> Image.Image:
    """The picture in these bytes, nothing of its pixels decoded; to be used as ``with opened(content) as image``."""
    return Image.open(io.BytesIO(content), formats=FORMATS)


def read(content: bytes, group: Group) -> np.ndarray:
    """A picture as uint8, (1, height, width) or (1, height, width, 3); the rows of a sheet as (samples, pixels)."""
    array = colour(content) if group.kind == "colour" else grey(content)
    return array if group.samples > 1 else array[None]


def grey(content: bytes) -> np.ndarray:
    """A grey picture as uint8; a palette is looked up (its greys are exact: the luma weights sum to one).

    :raises CannotDecode: for a picture in colour.
    """
    with opened(content) as image:
        if image.mode not in ("L", "P", "1"):
            raise CannotDecode(f"picture mode {image.mode}, expected grey (L) or palette (P)")
        return np.asarray(image.convert("L"))


def colour(content: bytes) -> np.ndarray:
    """A colour picture as uint8, (height, width, 3).

    :raises CannotDecode: for a grey picture, or one with transparency.
    """
    with opened(content) as image:
        if image.mode != "RGB":
            raise CannotDecode(f"picture mode {image.mode}, expected colour (RGB)")
        return np.asarray(image)
