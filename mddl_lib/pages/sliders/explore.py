"""`explore`: one call, two lives. Widgets that recompute under a kernel, a self-contained figure in the page."""

import os
from collections.abc import Callable, Mapping
from typing import Any

from IPython.display import HTML, display

from mddl_lib.pages.sliders.frames import check_same_shape, compute_frame
from mddl_lib.pages.sliders.live_figure import live_figure
from mddl_lib.pages.sliders.parameters import combinations, figure_name, read_parameters
from mddl_lib.pages.sliders.static_figure import static_figure


def explore(
    fn: Callable[..., Any],
    *,
    alt: str | Callable[..., str],
    caption: str | None = None,
    name: str | None = None,
    labels: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
    start: Mapping[str, Any] | None = None,
    width: int | None = None,
    kilobytes: float = 480,
    **parameters: Any,
) -> None:
    r"""Show the picture :math:`f(p_1, \dots, p_n)` with one slider for each parameter.

    Under a kernel the sliders call ``fn`` and remember its pictures. When the environment says ``MDDL_STATIC=1`` (the
    build of the book does) every combination is computed now, and one figure of plain HTML with all frames is shown: its
    sliders need no kernel and no network, and their state stands in the page's address (``#name:stage=5``).

    :param fn: called with one value of each parameter by name; returns an array in [0, 1], (height, width) grey or
        (height, width, 3) RGB, or a pair of that array and a short line of text such as "PSNR 31.2 dB", which is shown
        and read out. Values outside [0, 1] are clipped. All pictures have one shape.
    :param alt: what the picture shows, for those who do not see it: 20 to 250 characters, a format string of the values
        ("Reconstruction from {sampling_ratio} % of k-space after {iteration} iterations") or a callable of them.
    :param caption: text under the picture; ``\(x\)`` is set as a formula.
    :param name: the figure's id, unique in its page; the default follows from the function's name.
    :param labels: by parameter, its slider's label; the default follows from its name.
    :param units: by parameter, the unit that stands after its value.
    :param start: by parameter, the value to begin with; the default is the first.
    :param width: width of the picture in CSS pixels; it shrinks to a narrow page.
    :param kilobytes: the most that the figure's pictures may weigh in the page.
    :param parameters: sequences of values (list, range, array).
    :raises ValueError: for a parameter without values, pictures of different shapes, NaN, integers, an alt text that is
        too short or names what is no parameter, and for pictures that do not fit ``kilobytes``.
    """
    checked = read_parameters(parameters, labels, units, start)
    name = figure_name(name, "-".join([getattr(fn, "__name__", "figure"), *parameters]))
    if os.environ.get("MDDL_STATIC") != "1":
        display(live_figure(fn, checked, alt=alt, caption=caption, width=width))
        return
    frames = []
    for values in combinations(checked):
        frames.append(compute_frame(fn, alt, values))
        check_same_shape(frames[0], frames[-1], values)
    display(HTML(static_figure(frames, checked, name=name, caption=caption, width=width, kilobytes=kilobytes)))
