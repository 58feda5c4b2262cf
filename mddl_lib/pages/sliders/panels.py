"""What a slider's frame of several panels needs: each panel's name on it, and the scale of its errors."""

from __future__ import annotations

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from mddl_lib.core import arguments
from mddl_lib.pages.figures import error_colours


def named(image: np.ndarray, name: str, height: int = 16) -> np.ndarray:
    """An image with its name in a white strip above it, (H + height, W, 3) in [0, 1].

    :param image: grey (H, W) or RGB (H, W, 3), values in [0, 1].
    :param height: of the strip, in pixels.
    :raises ValueError: for an image of another shape, or a height that is none.
    """
    arguments.counts(8, height=height)
    if image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[-1] != 3):
        raise ValueError(f"the image has the shape {image.shape}: expected (H, W) or (H, W, 3)")
    coloured = np.repeat(image[..., None], 3, -1) if image.ndim == 2 else image
    return np.concatenate([written(name, height, image.shape[1]), np.clip(coloured, 0, 1)])


def error_scale(width: int, top: float, height: int = 30) -> np.ndarray:
    """The colour bar of the error maps, 0 to ``top`` from left to right, with its ends written under it: (height, width, 3).

    :raises ValueError: when ``top`` is not above 0, or for a size that is none.
    """
    arguments.counts(16, height=height)
    arguments.counts(1, width=width)
    bar = np.repeat(error_colours(np.linspace(0, top, width), top)[None], height // 3, 0)
    return np.concatenate([bar, written(f"|error|: 0 (black) to {top:g}", height - height // 3, width)])


def written(text: str, height: int, width: int) -> np.ndarray:
    """Black words in the middle of a white strip, (height, width, 3) in [0, 1]; smaller where they would not fit."""
    arguments.counts(1, height=height, width=width)
    points = min(0.72 * height, 1.65 * width / max(1, len(text)))
    figure = Figure(figsize=(width / 100, height / 100), dpi=100)
    canvas = FigureCanvasAgg(figure)
    figure.text(0.5, 0.5, text, ha="center", va="center", fontsize=0.72 * points)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[:height, :width, :3] / 255.0
