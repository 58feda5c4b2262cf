"""`mesh_viewer`: a mesh and values at its vertices as one block of plain HTML that a canvas draws."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import matplotlib as mpl
import numpy as np
from IPython.display import HTML

from mddl_lib.core import arguments
from mddl_lib.pages.sliders.frames import LONGEST_ALT, SHORTEST_ALT
from mddl_lib.pages.sliders.parameters import figure_name

LEVELS = 65535
"""of a coordinate; a value at a vertex has 255 of them"""
COLOURS = 33


def mesh_viewer(
    vertices: Any,
    faces: Any,
    values: Mapping[str, Any],
    *,
    alt: str,
    caption: str | None = None,
    name: str = "mesh-viewer",
    label: str = "coloured by",
    diverging: bool = True,
    width: int = 480,
    kilobytes: float = 100,
) -> HTML:
    """Show a mesh that can be turned, coloured by one of several functions on its vertices, with a slider over them.

    It needs no kernel, no network and no library: a figure of plain HTML with its own script, the same in the page and in
    JupyterLab. Without scripts a sentence says what is missing.

    :param vertices: (V, 3); y is up.
    :param faces: (F, 3), at most 65 535 vertices.
    :param values: what the slider says → (V,); each is scaled by itself, symmetrically about 0 where ``diverging``.
    :param alt: what is to be seen, 20 to 250 characters; the chosen function's name is read after it.
    :param caption: text under the picture.
    :param name: the figure's id, unique in its page.
    :param label: of the slider.
    :param diverging: blue below 0 and red above, instead of dark to bright.
    :param width: in CSS pixels; it shrinks to a narrow page.
    :param kilobytes: the most that the mesh with its values may weigh in the page.
    :raises ValueError: for shapes that do not fit, NaN, no values, an alt text that is too short or too long, and a mesh that does
        not fit ``kilobytes``.
    """
    points, corners, functions = _checked(vertices, faces, values)
    arguments.counts(1, width=width)
    if not SHORTEST_ALT <= len(alt) <= LONGEST_ALT:
        raise ValueError(f"alt text {alt!r} has {len(alt)} characters; expected {SHORTEST_ALT} to {LONGEST_ALT}")
    identity = figure_name(name, name)
    data = _data(points, corners, functions, diverging)
    if len(data) > 1000 * kilobytes:
        raise ValueError(
            f"figure {identity!r} weighs {len(data) / 1000:.0f} kB with {len(points)} vertices and {len(functions)} functions, "
            f"the limit is {kilobytes:.0f} kB; give a coarser mesh or fewer functions"
        )
    shown = f'<figcaption class="tex2jax_process">{html.escape(caption)}</figcaption>' if caption else ""
    first = html.escape(next(iter(functions)))
    keys = "Drag, or press the arrow keys on the picture, to turn it; Home turns it back."
    return HTML(f"""<style>{_asset("viewer.css")}</style>
<figure class="mddl-mesh" id="{identity}" style="--mddl-width:{width}px">
<canvas role="img" tabindex="0" aria-label="{html.escape(alt)}" aria-describedby="{identity}--keys"></canvas>
<noscript><p>The mesh is drawn by a script, and scripts are off: {html.escape(alt)}.</p></noscript>
<p class="mddl-mesh-keys" id="{identity}--keys">{keys}</p>
<div class="mddl-mesh-controls">
<label for="{identity}--function" class="tex2jax_process">{html.escape(label)}</label>
<input type="range" id="{identity}--function" min="0" max="{len(functions) - 1}" step="1"
 value="0" aria-valuetext="{first}" autocomplete="off">
<output for="{identity}--function" aria-hidden="true">{first}</output>
<button type="button" class="mddl-mesh-turn">Turn</button>
</div>
{shown}
<script type="application/json">{data}</script>
</figure>
<script>{_asset("viewer.js")}</script>""")


def _checked(
    vertices: Any, faces: Any, values: Mapping[str, Any]
) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    points, corners = np.asarray(vertices, np.float64), np.asarray(faces)
    if points.ndim != 2 or points.shape[1] != 3 or not 3 <= len(points) <= LEVELS or not np.isfinite(points).all():
        raise ValueError(f"vertices have the shape {points.shape}: expected (V, 3), finite, 3 to {LEVELS} of them")
    if corners.ndim != 2 or corners.shape[1] != 3 or corners.dtype.kind not in "iu" or not len(corners):
        raise ValueError(f"faces are {corners.dtype} of shape {corners.shape}: expected whole numbers (F, 3)")
    if corners.min() < 0 or corners.max() >= len(points):
        raise ValueError(f"faces name the vertices {corners.min()} to {corners.max()}: expected 0 to {len(points) - 1}")
    if not values:
        raise ValueError("values is empty: expected one function on the vertices or more")
    functions = {str(name): np.asarray(function, np.float64) for name, function in values.items()}
    for name, function in functions.items():
        if function.shape != (len(points),) or not np.isfinite(function).all():
            raise ValueError(f"values of {name!r} have the shape {function.shape}: expected ({len(points)},), finite")
    return points, corners, functions


def _data(points: np.ndarray, corners: np.ndarray, functions: dict[str, np.ndarray], diverging: bool) -> str:
    """What the script needs, as JSON that cannot end its own <script> element: coordinates in 16 bits, values in 8."""
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    radius = np.linalg.norm(points - middle, axis=1).max()
    grid = np.rint((points - middle) / (2 * radius) * LEVELS + LEVELS / 2)
    levels = [_levels(function, diverging) for function in functions.values()]
    data = {
        "points": _base64(grid.astype("<u2")),
        "faces": _base64(corners.astype("<u2")),
        "levels": _base64(np.stack(levels).astype("<u1")),
        "names": list(functions),
        "colours": _colours(diverging),
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _levels(function: np.ndarray, diverging: bool) -> np.ndarray:
    """0 … 255 over the function's range, or over ± its largest size."""
    low, high = (-np.abs(function).max(), np.abs(function).max()) if diverging else (function.min(), function.max())
    if not high > low:
        return np.full(len(function), 128)
    return np.rint(255 * (function - low) / (high - low))


def _colours(diverging: bool) -> list[list[int]]:
    """A colour-blind-safe map in a few steps, which the script mixes."""
    scale = mpl.colormaps["RdBu_r" if diverging else "cividis"](np.linspace(0, 1, COLOURS))[:, :3]
    return np.rint(255 * scale).astype(int).tolist()


def _base64(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")


@cache
def _asset(file: str) -> str:
    return files("mddl_lib.pages.mesh_viewer").joinpath(file).read_text(encoding="utf-8").strip()
