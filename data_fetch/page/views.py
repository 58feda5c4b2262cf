"""Pictures of what is no picture: a slice of a volume, a view of a mesh, an image with the outlines of its masks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

ORANGE = (0.9, 0.62, 0.0)  # of the palette that colour-blind readers can tell apart
BLUE = (0.34, 0.71, 0.91)


def outlined(image: np.ndarray, masks: Sequence[np.ndarray]) -> np.ndarray:
    """An image with the edge of each mask in a colour; the image itself without a mask.

    :param image: (height, width) in [0, 1], or (height, width, 3).
    :param masks: arrays of the image's height and width, not 0 inside.
    """
    if not masks or image.ndim != 2:
        return image
    result = np.repeat(image[..., None], 3, axis=2)
    for mask, colour in zip(masks, (ORANGE, BLUE), strict=False):
        inside = np.asarray(mask) > 0
        eroded = inside.copy()
        for axis in (0, 1):
            for step in (-1, 1):
                eroded &= np.roll(inside, step, axis)
        result[inside & ~eroded] = colour
    return result


def of_volume(volume: np.ndarray, label: np.ndarray | None = None) -> np.ndarray:
    """The slice across z with the largest part of the label, or the middle one, x to the right and y upwards.

    :param volume: (x, y, z) in [0, 1].
    :param label: whole numbers of the same shape; each is outlined.
    """
    depth = volume.shape[2] // 2 if label is None else int((label > 0).sum(axis=(0, 1)).argmax())
    upright = volume[:, ::-1, depth].T
    if label is None:
        return upright
    marked = label[:, ::-1, depth].T
    return outlined(upright, [marked == value for value in np.unique(marked[marked > 0])[:2]])


def of_mesh(vertices: np.ndarray, faces: np.ndarray, side: int = 160) -> np.ndarray:
    """A mesh seen along its thinnest axis, the longest one upright: each face as bright as it turns to the eye.

    Points are spread over each triangle and the nearest one wins: coarse, and enough for a thumbnail.

    :param vertices: (V, 3).
    :param faces: (F, 3).
    :returns: (side, side) in [0, 1], background 1.
    """
    order = np.argsort(np.ptp(vertices, axis=0))[[1, 2, 0]]  # across, up, depth
    points = vertices[:, order].astype(np.float64)
    points -= (points.max(axis=0) + points.min(axis=0)) / 2
    points *= 0.95 / np.ptp(points, axis=0).max()
    corners = points[faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    lengths = np.linalg.norm(normals, axis=1)
    light = 0.15 + 0.7 * np.abs(normals[:, 2]) / np.maximum(lengths, 1e-12)
    steps = int(np.clip(np.sqrt(8 * lengths.max()) * side, 3, 60))
    a, b = np.meshgrid(np.arange(steps + 1) / steps, np.arange(steps + 1) / steps, indexing="ij")
    weights = np.stack([1 - a - b, a, b], axis=-1)[a + b <= 1 + 1e-9]
    spread = np.einsum("pk,fkd->fpd", weights, corners).reshape(-1, 3)
    bright = np.repeat(light, len(weights))
    columns = ((spread[:, 0] + 0.5) * side).astype(int).clip(0, side - 1)
    rows = ((0.5 - spread[:, 1]) * side).astype(int).clip(0, side - 1)
    nearest_last = np.argsort(spread[:, 2])
    result = np.ones((side, side))
    result[rows[nearest_last], columns[nearest_last]] = bright[nearest_last]
    return result
