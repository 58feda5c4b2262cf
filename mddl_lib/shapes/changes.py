"""What may happen to a mesh while its shape stays, and what may not: to try invariance out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mddl_lib.core import arguments
from mddl_lib.shapes.mesh import Mesh


def rotated(mesh: Mesh, degrees: float, axis: tuple[float, float, float] = (0.0, 1.0, 0.0)) -> Mesh:
    """Turned about an axis through the origin (Rodrigues' formula).

    :raises ValueError: for an angle or an axis that is none.
    """
    _check(mesh, degrees=degrees)
    direction = np.asarray(axis, np.float64)
    if direction.shape != (3,) or not np.isfinite(direction).all() or not direction.any():
        raise ValueError(f"axis is {axis!r}: expected three numbers, not all 0")
    x, y, z = direction / np.linalg.norm(direction)
    angle = np.deg2rad(degrees)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    turn = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return replace(mesh, vertices=mesh.vertices @ turn.T)


def scaled(mesh: Mesh, factor: float) -> Mesh:
    """All lengths times a factor.

    :raises ValueError: for a factor that is not positive.
    """
    _check(mesh)
    arguments.positive(factor=factor)
    return replace(mesh, vertices=mesh.vertices * factor)


def bent(mesh: Mesh, degrees: float) -> Mesh:
    """Bent forward about the shape's middle height: the upper half goes round a cylinder of the shape's own depth, and on.

    Lengths along the back and the front change a little: nearly an isometry.

    :raises ValueError: for an angle that is none.
    """
    _check(mesh, degrees=degrees)
    angle = np.deg2rad(degrees)
    if abs(angle) < 1e-9:
        return mesh
    across, height, place = mesh.vertices.T
    middle = (place.min() + place.max()) / 2
    depth = place - middle
    low = (height.min() + height.max()) / 2
    length = 0.35 * np.ptp(height)  # of the piece that is curved
    along = np.clip((height - low) / length, 0, 1) * angle
    radius = length / angle
    beyond = np.maximum(height - low - length, 0)
    bending = height > low
    forward = radius * (1 - np.cos(along)) + depth * np.cos(along) + beyond * np.sin(along)
    upward = low + radius * np.sin(along) - depth * np.sin(along) + beyond * np.cos(along)
    points = np.stack([across, np.where(bending, upward, height), np.where(bending, forward, depth) + middle], axis=1)
    return replace(mesh, vertices=points)


def with_hole(mesh: Mesh, share: float, around: int = 0) -> Mesh:
    """Without the faces next to a vertex, a share of all faces.

    :param share: from 0 up to, but not, 1.
    :param around: the vertex.
    :raises ValueError: for a share or a vertex that is none.
    """
    _check(mesh)
    arguments.not_negative(share=share)
    arguments.counts(0, around=around)
    if not share < 1 or around >= len(mesh.vertices):
        raise ValueError(
            f"share is {share}, around is {around}: expected a share below 1 and one of {len(mesh.vertices)} vertices"
        )
    centres = mesh.vertices[mesh.faces].mean(axis=1)
    order = np.argsort(np.linalg.norm(centres - mesh.vertices[around], axis=1), kind="stable")
    return replace(mesh, faces=mesh.faces[np.sort(order[int(share * len(order)) :])])


def jittered(mesh: Mesh, strength: float, seed: int = 0) -> Mesh:
    """Each vertex moved at random by ``strength`` mean edge lengths (a standard deviation a coordinate).

    :raises ValueError: for a strength below 0.
    """
    _check(mesh)
    arguments.not_negative(strength=strength)
    arguments.counts(0, seed=seed)
    ends = mesh.vertices[mesh.edges]
    length = np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1).mean()
    noise = np.random.default_rng(seed).standard_normal(mesh.vertices.shape)
    return replace(mesh, vertices=mesh.vertices + strength * length * noise)


def _check(mesh: Mesh, **angles: float) -> None:
    if not isinstance(mesh, Mesh):
        raise ValueError(f"mesh is a {type(mesh).__name__}: expected a Mesh")
    for name, value in angles.items():
        if not isinstance(value, int | float | np.number) or isinstance(value, bool) or not np.isfinite(value):
            raise ValueError(f"{name} is {value!r}: expected a finite number")
