"""The figure under a kernel: ipywidgets that recompute the picture and remember it."""

import base64
import html
import io
import time
from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets
import numpy as np
from PIL import Image

from mddl_lib.pages.sliders.frames import Frame, check_same_shape, compute_frame
from mddl_lib.pages.sliders.parameters import Parameter

FAST = 0.15  # seconds: a picture that takes longer is recomputed when the slider is let go, not while it moves


def live_figure(
    function: Callable[..., Any],
    parameters: Sequence[Parameter],
    *,
    alt: str | Callable[..., str],
    caption: str | None = None,
    width: int | None = None,
) -> ipywidgets.VBox:
    """Sliders above the picture; each combination of values is computed once and then remembered."""
    remembered: dict[tuple[int, ...], Frame] = {}

    def frame_at(indices: tuple[int, ...]) -> Frame:
        if indices not in remembered:
            values = {p.name: p.values[index] for p, index in zip(parameters, indices, strict=True)}
            frame = compute_frame(function, alt, values)
            check_same_shape(next(iter(remembered.values()), frame), frame, values)
            remembered[indices] = frame
        return remembered[indices]

    before = time.perf_counter()
    frame_at(tuple(parameter.start for parameter in parameters))
    fast = time.perf_counter() - before < FAST
    sliders = [_slider(parameter, fast) for parameter in parameters]
    picture = ipywidgets.HTML()

    def show(_: Any = None) -> None:
        picture.value = _figure(frame_at(tuple(slider.value for slider in sliders)), caption, width)

    for slider in sliders:
        slider.observe(show, names="value")
    show()
    return ipywidgets.VBox([*sliders, picture])


def _slider(parameter: Parameter, fast: bool) -> ipywidgets.SelectionSlider:
    return ipywidgets.SelectionSlider(
        options=[(spoken, index) for index, spoken in enumerate(parameter.spoken)],
        value=parameter.start,
        description=parameter.label,
        continuous_update=fast,
        style={"description_width": "initial"},
        layout={"width": "32em"},
    )


def _figure(frame: Frame, caption: str | None, width: int | None) -> str:
    shown = f"<figcaption>{html.escape(caption)}</figcaption>" if caption else ""
    return (
        f'<figure style="margin:0;max-width:{width or default_width(frame.pixels)}px">'
        f'<img style="width:100%" alt="{html.escape(frame.alt)}" src="{_png(frame.pixels)}">'
        f"<p>{html.escape(frame.text)}</p>{shown}</figure>"
    )


def default_width(pixels: np.ndarray) -> int:
    """Width in CSS pixels at which a picture is shown: its own, but neither tiny nor wider than a page's column."""
    return int(min(max(pixels.shape[1], 384), 720))


def _png(pixels: np.ndarray) -> str:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
