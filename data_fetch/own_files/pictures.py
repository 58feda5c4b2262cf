"""Pictures in grey, by Pillow: one frame, no transparency, no colours, and the depth that the file declares."""

from __future__ import annotations

import struct
import warnings
from typing import Any

import numpy as np
from PIL import Image

from ..decoders import picture
from .choosing import Refusal, number_among

LARGEST_PIXELS = 2**26
BITS, FORM = 258, 339
"""tags of TIFF: bits of a sample, and whether it is a whole number without sign (1), with sign (2), or a float (3)"""


def read(content: bytes, names: list[str]) -> tuple[np.ndarray, float | None]:
    """The grey values as they lie in the file, and the value of white; None for floats.

    :raises Refusal: for a picture that is no single image in grey, or larger than 2²⁶ pixels.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        image = picture.opened(content)
    with image:
        if image.width * image.height > LARGEST_PIXELS:
            raise Refusal(f"has {image.width} × {image.height} pixels: nothing so large is read")
        image.seek(number_among(getattr(image, "n_frames", 1), names, "images (pages or frames)"))
        require_opaque(image)
        return grey(image, content), white(image, content)


def require_opaque(image: Image.Image) -> None:
    """Refuse what is kept in transparency; a channel that is opaque everywhere says nothing.

    :raises Refusal: where any pixel is transparent.
    """
    if image.mode not in ("LA", "La", "PA", "RGBA", "RGBa") and "transparency" not in image.info:
        return
    alpha = np.asarray(image.convert("RGBA").getchannel("A")) if not image.mode.startswith("I") else np.zeros(1)
    if alpha.min() < 255:
        raise Refusal(
            f"is transparent (alpha from {alpha.min()} to {alpha.max()}): expected grey values alone; save it without "
            "transparency, or save the alpha channel itself as a grey picture"
        )


def grey(image: Image.Image, content: bytes) -> np.ndarray:
    """The values of a picture without colours.

    :raises Refusal: for one with colours, or of 16 bits a channel (Pillow keeps 8).
    """
    if image.mode in ("1", "L", "F") or image.mode.startswith("I"):
        return np.asarray(image)
    if image.mode not in ("P", "PA", "RGB", "RGBA", "LA"):
        raise Refusal(f"is a picture in {image.mode}: expected grey values; save it as a grey picture")
    if image.format == "PNG" and content[24] == 16:
        raise Refusal("has several channels of 16 bits: expected grey values; save it as a grey picture")
    channels = np.asarray(image.convert("RGB")).astype(np.int16)
    apart = int(np.ptp(channels, axis=2).max())
    if apart:
        raise Refusal(
            f"is in colour (its channels differ by up to {apart} of 255): expected grey values; save it as a grey picture, "
            "or each channel by itself"
        )
    return channels[..., 0].astype(np.uint8)


def white(image: Image.Image, content: bytes) -> float | None:
    """The value of white in a file of its declared depth; None for floats."""
    if image.mode == "F":
        return None
    if not image.mode.startswith("I"):
        return 1 if image.mode == "1" else 255
    if image.format == "PNG":
        return 2 ** (significant_bits(content) or content[24]) - 1
    tags: Any = getattr(image, "tag_v2", {})
    bits = tags.get(BITS, (16,))[0]  # Pillow brings other formats to 16 bits
    return 2 ** (bits - 1 if tags.get(FORM, (1,))[0] == 2 else bits) - 1


def significant_bits(content: bytes) -> int | None:
    """What a PNG's sBIT chunk declares: that only so many of a sample's bits are used."""
    place = 8
    while place + 8 <= len(content):
        length, kind = struct.unpack(">I4s", content[place : place + 8])
        if kind == b"sBIT" and length:
            return content[place + 8] or None
        if kind == b"IDAT":
            return None
        place += 12 + length
    return None
