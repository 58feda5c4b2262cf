"""Small shapes that the tests share."""

from __future__ import annotations

import functools

import numpy as np
from skimage.measure import marching_cubes

from data_fetch.embedded import bodies
from mddl_lib.shapes.mesh import Mesh
from mddl_lib.shapes.spectra.eigenpairs import Spectrum, spectrum

CUBE = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
SIDES = np.array(
    [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1], [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]]
)  # fmt: skip


def cube() -> Mesh:
    """Eight vertices, twelve faces, area 6."""
    return Mesh(CUBE, SIDES, "cube")


@functools.cache
def ball(step: float = 0.13) -> Mesh:
    """The unit sphere by marching cubes; the grid lies off the centre."""
    ticks = np.arange(-1.25 + 0.013, 1.25, step)
    grid = np.stack(np.meshgrid(ticks, ticks, ticks, indexing="ij"))
    vertices, faces, *_ = marching_cubes(np.linalg.norm(grid, axis=0), level=1.0, spacing=(step,) * 3)
    return Mesh(vertices, faces, "ball")


@functools.cache
def body(index: int = 0, step: float = 2.2) -> Mesh:
    """A coarse body of some 400 vertices."""
    made = bodies.make(index, poses=20, step=step * bodies.STEP)
    return Mesh(made["vertices"], made["faces"], f"body {index}")


@functools.cache
def heard(index: int = 0, count: int = 40) -> Spectrum:
    return spectrum(body(index), count)


def strip(columns: int = 12, rows: int = 4) -> Mesh:
    """A flat open rectangle."""
    y, x = np.mgrid[0 : rows + 1, 0 : columns + 1]
    vertices = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1).astype(float)
    corner = (np.arange(rows)[:, None] * (columns + 1) + np.arange(columns)).ravel()
    lower = np.stack([corner, corner + 1, corner + columns + 2], axis=1)
    upper = np.stack([corner, corner + columns + 2, corner + columns + 1], axis=1)
    return Mesh(vertices, np.concatenate([lower, upper]), "strip")
