"""The book's one figure style: pictures on one scale, error maps beside them, curves that colour-blind readers can tell."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import Image, display
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from mddl_lib.core import arguments

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito's palette: every pair can be told apart with any colour vision."""
ERROR_MAP = "magma"
"""the book's one colour map for errors: even in lightness, safe for colour-blind readers"""
DASHES = ("-", "--", "-.", ":")


def use_style() -> None:
    """One style for every figure of the book: call it once, in the first cell."""
    plt.rcdefaults()
    plt.rcParams.update(
        {
            "figure.dpi": 110,
            "savefig.dpi": 110,
            "savefig.bbox": "tight",
            "figure.facecolor": "white",
            "font.size": 10,
            "axes.titlesize": 10,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "grid.color": "#dddddd",
            "grid.linewidth": 0.6,
            "image.cmap": "gray",
            "image.interpolation": "nearest",
            "legend.frameon": False,
            "axes.prop_cycle": plt.cycler(color=COLOURS),
            "svg.hashsalt": "mddl",
        }
    )


def gallery(
    panels: Mapping[str, Any],
    truth: Any = None,
    *,
    columns: int | None = None,
    peak: float = 1.0,
    error: float | None = None,
) -> Figure:
    """Images side by side on one grey scale; with ``truth``, each one's error map ``|x̂ − x|`` below, on one colour scale.

    :param panels: title → image, (H, W) or (1, 1, H, W).
    :param peak: the value shown as white.
    :param error: the error shown as brightest; the 99.5th percentile over all panels when not given.
    :raises ValueError: for no panels, a count that is none, or a peak or an error that is not above 0.
    """
    if not panels:
        raise ValueError("there are no panels: expected one image or more, by title")
    if columns is not None:
        arguments.counts(1, columns=columns)
    arguments.positive(peak=peak, **({} if error is None else {"error": error}))
    images = {title: picture(image) for title, image in panels.items()}
    columns = columns or len(images)
    blocks = -(-len(images) // columns)
    rows = blocks * (1 if truth is None else 2)
    figure, axes = plt.subplots(
        rows, columns, figsize=(2.15 * columns, 2.3 * rows), squeeze=False, layout="constrained"
    )
    for axis in axes.flat:
        axis.set_axis_off()
    errors = {} if truth is None else {title: np.abs(image - picture(truth)) for title, image in images.items()}
    top = error or max((float(np.percentile(values, 99.5)) for values in errors.values()), default=1.0) or 1.0
    for index, (title, image) in enumerate(images.items()):
        block, column = divmod(index, columns)
        row = block if truth is None else 2 * block
        axes[row, column].imshow(image, vmin=0, vmax=peak)
        axes[row, column].set_title(title)
        if errors:
            shown = axes[row + 1, column].imshow(errors[title], vmin=0, vmax=top, cmap=ERROR_MAP)
    if errors:
        figure.colorbar(shown, ax=axes[1::2].ravel().tolist(), label="|error|", shrink=0.8, pad=0.01)
    return figure


def curves(
    series: Mapping[str, Any], *, xlabel: str, ylabel: str, logy: bool = False, start: int = 0, axis: Axes | None = None
) -> Figure:
    """Curves against a counter or against positions of their own, told apart by colour and dash.

    :param series: label → values, or label → (positions, values).
    :param start: what the counter's first value is.
    """
    if axis is None:
        _, axis = plt.subplots(figsize=(6.0, 3.2), layout="constrained")
    for index, (label, values) in enumerate(series.items()):
        given = isinstance(values, tuple)
        across = np.asarray(values[0]) if given else start + np.arange(len(values))
        down = np.asarray(values[1] if given else values, dtype=float)
        axis.plot(across, down, DASHES[index % len(DASHES)], label=label, color=COLOURS[index % len(COLOURS)])
    axis.set(xlabel=xlabel, ylabel=ylabel, yscale="log" if logy else "linear")
    if not any(isinstance(values, tuple) for values in series.values()):
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))  # a counter has no halves
    if len(series) > 1:
        axis.legend()
    return axis.figure


def show_pictures(figure: Figure, width: float | None = None, height: float | None = None) -> None:
    """Display a figure of grey pictures as JPEG, a quarter of PNG's weight: the page stays light.

    :param width: inches; None: the figure's own.
    :param height: inches; None: in proportion.
    """
    width = width or figure.get_figwidth()
    figure.set_size_inches(width, height or width * figure.get_figheight() / figure.get_figwidth())
    content = io.BytesIO()
    figure.savefig(content, format="jpeg", pil_kwargs={"quality": 85})
    plt.close(figure)
    display(Image(content.getvalue(), format="jpeg"))


def picture(image: Any) -> np.ndarray:
    """A two-dimensional array of a tensor or array with leading axes of length 1; the modulus of complex values."""
    array = image.detach().cpu().numpy() if isinstance(image, Tensor) else np.asarray(image)
    array = array.reshape(array.shape[-2:]) if array.size == np.prod(array.shape[-2:]) else array
    if array.ndim != 2:
        raise ValueError(
            f"an image of shape {array.shape} cannot be shown: expected (height, width), leading axes of length 1"
        )
    return np.abs(array) if np.iscomplexobj(array) else array


def error_map(estimate: Any, truth: Any, top: float) -> np.ndarray:
    """``|x̂ − x|`` as colours, (H, W, 3) in [0, 1], black at 0 and brightest at ``top``: what a slider's frame shows.

    :raises ValueError: for images that are not two-dimensional, or when ``top`` is not above 0.
    """
    return error_colours(np.abs(picture(estimate) - picture(truth)), top)


def error_colours(error: np.ndarray, top: float) -> np.ndarray:
    """Absolute errors of any shape as the book's error colours, one more axis of 3 in [0, 1]: also a colour bar's stops.

    :raises ValueError: when ``top`` is not above 0.
    """
    if not top > 0:
        raise ValueError(f"the error shown as brightest is {top}: expected a number above 0")
    return plt.get_cmap(ERROR_MAP)(np.clip(np.asarray(error) / top, 0, 1))[..., :3]


def side_by_side(images: Sequence[np.ndarray], gap: int = 4) -> np.ndarray:
    """Grey and colour images of one height in a row, a white gap between them: (H, W, 3) in [0, 1]."""
    coloured = [np.repeat(np.clip(image, 0, 1)[..., None], 3, -1) if image.ndim == 2 else image for image in images]
    white = np.ones((coloured[0].shape[0], gap, 3))
    row = [part for image in coloured for part in (image, white)]
    return np.concatenate(row[:-1], axis=1)
