"""Digits drawn by code, of MNIST's size: strokes under a small random affine map, with a pen of random width."""

from __future__ import annotations

import itertools

import numpy as np

SIDE = 28


def arc(centre: tuple[float, float], radii: tuple[float, float], start: float, end: float) -> np.ndarray:
    """Points of an elliptic arc from ``start`` to ``end`` degrees, 0 to the right and 90 downwards; (13, 2) as (x, y)."""
    angles = np.deg2rad(np.linspace(start, end, 13))
    return np.stack([centre[0] + radii[0] * np.cos(angles), centre[1] + radii[1] * np.sin(angles)], axis=1)


def line(*points: tuple[float, float]) -> np.ndarray:
    """The corners of a polygon as an array."""
    return np.array(points)


# Strokes of each digit in [0, 1]², x to the right and y downwards
STROKES = (
    (arc((0.5, 0.5), (0.3, 0.42), 0, 360),),
    (line((0.35, 0.25), (0.52, 0.08), (0.52, 0.92)),),
    (arc((0.5, 0.33), (0.28, 0.25), -170, 30), line((0.74, 0.46), (0.22, 0.92), (0.8, 0.92))),
    (arc((0.47, 0.29), (0.27, 0.21), -160, 90), arc((0.47, 0.7), (0.3, 0.22), -90, 160)),
    (line((0.62, 0.92), (0.62, 0.08), (0.2, 0.63), (0.82, 0.63)),),
    (line((0.74, 0.09), (0.32, 0.09), (0.28, 0.47)), arc((0.48, 0.66), (0.28, 0.26), -130, 140)),
    (arc((0.68, 0.66), (0.44, 0.58), -110, -180), arc((0.5, 0.68), (0.26, 0.24), 0, 360)),
    (line((0.22, 0.1), (0.78, 0.1), (0.42, 0.92)),),
    (arc((0.5, 0.29), (0.22, 0.2), 0, 360), arc((0.5, 0.71), (0.27, 0.22), 0, 360)),
    (arc((0.5, 0.32), (0.26, 0.24), 0, 360), arc((0.32, 0.34), (0.44, 0.58), 0, 70)),
)


def make(index: int, first: int) -> dict[str, np.ndarray]:
    """Digit number ``index`` of a set whose seeds start at ``first``: image uint8 (28, 28), label 0 to 9, in turn."""
    generator, label = np.random.default_rng(first + index), index % 10
    turn, slant = np.deg2rad(generator.uniform(-12, 12)), generator.uniform(-0.25, 0.25)
    stretch, shift = generator.uniform(0.85, 1.1, size=2), generator.uniform(-1.2, 1.2, size=2)
    width = generator.uniform(0.9, 1.6)  # half the pen's, in pixels
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix = 20 * rotation @ np.array([[stretch[0], slant], [0, stretch[1]]])  # MNIST's digits fill 20 of 28 pixels
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5
    pixels, distance = np.stack([x, y], axis=-1), np.full((SIDE, SIDE), np.inf)
    for stroke in STROKES[label]:
        points = (stroke - 0.5) @ matrix.T + SIDE / 2 + shift
        for start, end in itertools.pairwise(points):
            distance = np.minimum(distance, distance_to_segment(pixels, start, end))
    ink = np.clip(width + 0.5 - distance, 0, 1)
    return {"image": np.rint(255 * ink).astype(np.uint8), "label": np.array(label, dtype=np.uint8)}


def distance_to_segment(points: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """How far points (…, 2) are from the segment between two."""
    along = end - start
    share = np.clip(((points - start) @ along) / max(along @ along, 1e-12), 0, 1)
    return np.linalg.norm(points - start - share[..., None] * along, axis=-1)
