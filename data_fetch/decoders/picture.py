"""Pictures, by pillow: grey, palette, colour; a sheet of many small pictures, one a row."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from ..errors import CannotDecode
from ..registry import Group


def read(content: bytes, group: Group) -> np.ndarray:
    """A picture as uint8, (1, height, width) or (1, height, width, 3); the rows of a sheet as (samples, pixels)."""
    array = colour(content) if group.kind == "colour" else grey(content)
    return array if group.samples > 1 else array[None]


def grey(content: bytes) -> np.ndarray:
    """A grey picture as uint8; a palette is looked up (its greys are exact: the luma weights sum to one).

    :raises CannotDecode: for a picture in colour.
    """
    with Image.open(io.BytesIO(content)) as image:
        if image.mode not in ("L", "P", "1"):
            raise CannotDecode(f"picture mode {image.mode}, expected grey (L) or palette (P)")
        return np.asarray(image.convert("L"))


def colour(content: bytes) -> np.ndarray:
    """A colour picture as uint8, (height, width, 3).

    :raises CannotDecode: for a grey picture, or one with transparency.
    """
    with Image.open(io.BytesIO(content)) as image:
        if image.mode != "RGB":
            raise CannotDecode(f"picture mode {image.mode}, expected colour (RGB)")
        return np.asarray(image)


def luminance(content: bytes) -> np.ndarray:
    """Any picture as grey values: uint8, or float32 in [0, 1] for one of 16 bits; colours are weighted to grey."""
    with Image.open(io.BytesIO(content)) as image:
        if image.mode.startswith("I"):
            return np.asarray(image).astype(np.float32) / 65535
        return np.asarray(image.convert("L"))
