"""A mesh as a still picture: shaded triangles from the farthest to the nearest, in a figure's axis."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

PLAIN = "#c9ced6"


def draw_mesh(
    axis: Axes, vertices: Any, faces: Any, values: Any = None, *, yaw: float = 25.0, pitch: float = 8.0, colours: str = "cividis",
    limits: tuple[float, float] | None = None, radius: float | None = None,
) -> None:  # fmt: skip
    """Draw a mesh into an axis, seen from a little above and aside.

    :param vertices: (V, 3); y is up.
    :param faces: (F, 3).
    :param values: (V,), shown as colours; None: one grey.
    :param yaw: degrees about the upward axis, as pitch about the one across.
    :param colours: a colour map of matplotlib.
    :param limits: of the colours; None: the values' own range.
    :param radius: half the side of the picture in the vertices' unit; None: the mesh fills it.
    :raises ValueError: for shapes that do not fit, or NaN.
    """
    points, corners = np.asarray(vertices, np.float64), np.asarray(faces)
    if points.ndim != 2 or points.shape[1] != 3 or not np.isfinite(points).all():
        raise ValueError(f"vertices have the shape {points.shape}: expected (V, 3), finite")
    if corners.ndim != 2 or corners.shape[1] != 3 or corners.max() >= len(points):
        raise ValueError(f"faces have the shape {corners.shape}: expected (F, 3), numbers of {len(points)} vertices")
    turn, tilt = np.deg2rad([yaw, pitch])
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    x, y, z = (points - middle).T
    front = np.cos(turn) * z - np.sin(turn) * x
    seen = np.stack(
        [np.cos(turn) * x + np.sin(turn) * z, np.cos(tilt) * y - np.sin(tilt) * front, np.sin(tilt) * y + np.cos(tilt) * front],
        axis=1,
    )  # fmt: skip
    a, b, c = seen[corners].transpose(1, 0, 2)
    normals = np.cross(b - a, c - a)
    light = 0.55 + 0.45 * np.abs(normals[:, 2]) / np.maximum(np.linalg.norm(normals, axis=1), 1e-12)
    if values is None:
        paint = np.tile(mpl.colors.to_rgb(PLAIN), (len(corners), 1))
    else:
        each = np.asarray(values, np.float64)
        if each.shape != (len(points),) or not np.isfinite(each).all():
            raise ValueError(f"values have the shape {each.shape}: expected ({len(points)},), finite")
        low, high = limits or (each.min(), each.max())
        paint = mpl.colormaps[colours]((each[corners].mean(axis=1) - low) / max(high - low, 1e-12))[:, :3]
    order = np.argsort(a[:, 2] + b[:, 2] + c[:, 2])
    shaded = np.clip(paint * light[:, None], 0, 1)[order]
    axis.add_collection(
        PolyCollection(
            seen[corners[order], :2], facecolors=shaded, edgecolors=shaded, linewidths=0.3, antialiaseds=True
        )
    )
    half = 1.05 * (radius or np.linalg.norm(points - middle, axis=1).max())
    axis.set(xlim=(-half, half), ylim=(-half, half), aspect="equal")
    axis.set_axis_off()
