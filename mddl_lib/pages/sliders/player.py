"""The iteration player: several methods at the same step k, side by side, with their error maps underneath."""

import html
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from IPython.display import HTML, display
from matplotlib.colors import to_hex

from mddl_lib.core.metrics import psnr
from mddl_lib.pages.figures import error_colours
from mddl_lib.pages.sliders.frames import Frame, alt_text, to_pixels
from mddl_lib.pages.sliders.parameters import figure_name, read_parameters
from mddl_lib.pages.sliders.static_figure import static_figure

GAP = 4  # pixels between pictures


def player(
    tracks: Mapping[str, Sequence[Any]],
    truth: Any,
    *,
    alt: str | Callable[..., str],
    caption: str | None = None,
    name: str = "iteration-player",
    steps: Sequence[int] | None = None,
    step_label: str = "k",
    step_unit: str = "",
    start: int | None = None,
    error_scale: float = 0.1,
    width: int | None = None,
    kilobytes: float = 480,
) -> None:
    r"""Show each method's estimate at the same step and, underneath, its error :math:`|x_k - x|` on one colour scale.

    One slider and a play button; a line of text gives every method's PSNR (see :func:`mddl_lib.core.metrics.psnr`). The
    pictures are given, so the figure is the same with and without a kernel.

    :param tracks: method name → its estimates, K arrays (height, width) in [0, 1], the same K for all.
    :param truth: (height, width).
    :param alt: format string or callable of ``k`` (the step) and ``text`` (the line of PSNRs); 20 to 250 characters.
    :param caption: text under the picture; ``\(x\)`` is set as a formula.
    :param name: the figure's id, unique in its page.
    :param steps: what the slider calls the K steps; default 0 … K−1.
    :param step_label: the slider's label.
    :param step_unit: what stands after the step's number.
    :param start: the step to begin with; the default is the first.
    :param error_scale: the error that gets the brightest colour; the scale stands under the pictures.
    :param width: width of the figure in CSS pixels; it shrinks to a narrow page.
    :param kilobytes: the most that the figure's pictures may weigh in the page.
    :raises ValueError: for no tracks, tracks of different lengths, shapes that differ from the truth's, or NaN.
    """
    true = _image(truth, "truth")
    stacks = {method: _stack(method, images, true) for method, images in tracks.items()}
    lengths = {method: len(stack) for method, stack in stacks.items()}
    if len(set(lengths.values())) != 1:
        raise ValueError(f"tracks have {lengths or 'no'} steps; expected one number of steps, the same for all methods")
    n_steps = next(iter(lengths.values()))
    steps = range(n_steps) if steps is None else steps
    if len(steps) != n_steps:
        raise ValueError(f"{len(steps)} names for {n_steps} steps")
    if not error_scale > 0:
        raise ValueError(f"error_scale is {error_scale}; expected a positive error")
    given_start = None if start is None else {"k": start}
    parameters = read_parameters({"k": steps}, {"k": step_label}, {"k": step_unit}, given_start)

    decibels = {
        method: psnr(torch.from_numpy(s), torch.from_numpy(true).expand(s.shape)) for method, s in stacks.items()
    }
    frames = []
    for index, step in enumerate(steps):
        text = " · ".join(f"{method} {float(values[index]):.1f} dB" for method, values in decibels.items())
        pixels = to_pixels(_composite([stack[index] for stack in stacks.values()], true, error_scale), f"step {step}")
        frames.append(Frame(pixels, alt_text(alt, {"k": step, "text": text}), text))
    figure = static_figure(
        frames,
        parameters,
        name=figure_name(name, name),
        caption=caption,
        width=width,
        kilobytes=kilobytes,
        above=_titles(list(stacks)),
        below=_colour_scale(error_scale),
        playable=True,
    )
    display(HTML(figure))


def _image(array: Any, where: str) -> np.ndarray:
    array = array.detach().cpu().numpy() if hasattr(array, "detach") else np.asarray(array)
    if array.ndim != 2:
        raise ValueError(f"{where}: shape {array.shape}; expected (height, width)")
    if not np.isfinite(array).all():
        raise ValueError(f"{where}: {int((~np.isfinite(array)).sum())} values are NaN or infinite")
    return array.astype(np.float32)


def _stack(method: str, images: Sequence[Any], true: np.ndarray) -> np.ndarray:
    if not len(images):
        raise ValueError(f"track {method!r} has no steps")
    arrays = [_image(image, f"track {method!r}, step {index}") for index, image in enumerate(images)]
    for index, array in enumerate(arrays):
        if array.shape != true.shape:
            raise ValueError(f"track {method!r}, step {index}: shape {array.shape}; the truth has {true.shape}")
    return np.stack(arrays)


def _composite(estimates: Sequence[np.ndarray], true: np.ndarray, error_scale: float) -> np.ndarray:
    """Estimates in a row, their error maps colour(|x_k − x| / error_scale) below, (2 H + gap, n W + gaps, 3)."""
    height, width = true.shape
    picture = np.full((2 * height + GAP, len(estimates) * (width + GAP) - GAP, 3), 0.5, np.float32)
    for column, estimate in enumerate(estimates):
        left = column * (width + GAP)
        picture[:height, left : left + width] = np.clip(estimate, 0, 1)[..., None]
        picture[height + GAP :, left : left + width] = error_colours(np.abs(estimate - true), error_scale)
    return picture


def _titles(methods: Sequence[str]) -> str:
    return f'<div class="mddl-columns">{"".join(f"<span>{html.escape(method)}</span>" for method in methods)}</div>\n'


def _colour_scale(error_scale: float) -> str:
    stops = ",".join(to_hex(colour) for colour in error_colours(np.linspace(0, 1, 9), 1.0))
    return (
        '<div class="mddl-scale"><span>absolute error 0</span>'
        f'<i style="background:linear-gradient(90deg,{stops})"></i><span>{error_scale:g}</span></div>\n'
    )
