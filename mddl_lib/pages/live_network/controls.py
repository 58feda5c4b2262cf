"""What the panels with pictures hold: sliders, menus, pictures in 8 bits, the colours of errors."""

from __future__ import annotations

import base64
import html
import io
from typing import Any

import numpy as np
from PIL import Image

from mddl_lib.pages.figures import error_colours

SIDE, COLOURS = 256, 33


def eight_bits(label: str, image: Any) -> str:
    """A picture as a data URI, its grey levels in 8 bits.

    :raises ValueError: naming the picture, for another size than 256 × 256, or NaN.
    """
    array = image.detach().cpu().numpy() if hasattr(image, "detach") else np.asarray(image)
    if array.shape != (SIDE, SIDE) or not np.isfinite(array).all():
        raise ValueError(f"image {label!r} has the shape {array.shape}: expected ({SIDE}, {SIDE}), without NaN")
    file = io.BytesIO()
    Image.fromarray(np.rint(255 * np.clip(array, 0, 1)).astype(np.uint8)).save(file, "WEBP", lossless=True, method=6)
    return "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode("ascii")


def colours() -> list[list[int]]:
    """The scale of errors in a few steps, from black to bright: red, green, blue of 255."""
    scale = np.asarray(error_colours(np.linspace(0, 1, COLOURS), 1.0))
    return np.rint(255 * scale).astype(int).tolist()


def slider(identity: str, part: str, label: str, bounds: tuple[int, int, int], text: str, scale: int = 1) -> str:
    """Label, slider and its value in words: ``text`` with # for the value, divided by ``scale``.

    :param bounds: lowest, highest, first.
    """
    low, high, start = bounds
    return (
        f'<label for="{identity}--{part}">{label}</label><input type="range" data-part="{part}" id="{identity}--{part}" '
        f'min="{low}" max="{high}" step="{5 if scale > 100 else 1}" value="{start}" data-text="{text}" data-scale="{scale}" '
        f'autocomplete="off"><output for="{identity}--{part}" aria-hidden="true"></output>'
    )


def select(identity: str, part: str, label: str, options: list[str]) -> str:
    """Label and menu."""
    inner = "".join(f"<option>{html.escape(option)}</option>" for option in options)
    return (
        f'<label for="{identity}--{part}">{label}</label>'
        f'<select data-part="{part}" id="{identity}--{part}" autocomplete="off">{inner}</select>'
    )


def own_picture(identity: str) -> str:
    """The button that takes a picture of the reader's own."""
    return (
        f'<label for="{identity}--file">your own picture '
        f'<input type="file" accept="image/*" data-part="file" id="{identity}--file"></label>'
    )
