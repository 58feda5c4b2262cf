"""Bodies made by code: capsules for trunk, head and limbs, smoothly joined, and the surface by marching cubes.

Closed triangle meshes of genus 0 with some 2000 vertices. The number of a mesh is poses × person + pose; with ten poses, as
FAUST counts.
"""

from __future__ import annotations

import numpy as np

POSES = 10
STEP = 0.045  # of the grid, in units of about half a body's height
UP, RIGHT = np.array([0, 0.1, 0]), np.array([1.0, 0, 0])
SOFTNESS = 0.03  # how far limbs melt into the trunk


def make(index: int, poses: int = POSES, step: float = STEP) -> dict[str, np.ndarray]:
    """Mesh number ``index``: vertices float32 (V, 3) with longest side 1, y upwards, and faces int64 (F, 3).

    A smaller ``step`` gives a finer mesh of the same body.
    """
    from skimage.measure import marching_cubes  # here: only the chapter on shapes needs it

    bones = capsules(*divmod(index, poses))
    ends = np.array([point for start, end, _ in bones for point in (start, end)])
    low, high = ends.min(axis=0) - 0.3, ends.max(axis=0) + 0.3
    axes = [np.arange(start, end, step) for start, end in zip(low, high, strict=True)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    # a smooth minimum of the distances to all capsules: −s log Σ exp(−d / s)
    total = sum(np.exp(-distance(points, *bone) / SOFTNESS) for bone in bones)
    field = -SOFTNESS * np.log(np.maximum(total, 1e-300))
    vertices, faces, _, _ = marching_cubes(field, level=0.0, spacing=(step,) * 3)
    vertices = vertices / np.ptp(vertices, axis=0).max()
    return {"vertices": np.round(vertices, 4).astype(np.float32), "faces": faces.astype(np.int64)}


def capsules(person: int, pose: int) -> list[tuple[np.ndarray, np.ndarray, float]]:
    """Start, end and radius of each bone. A person has lengths and widths of their own; a pose has its angles."""
    body, stance = np.random.default_rng(3000 + person), np.random.default_rng(4000 + pose)
    tall, wide = body.uniform(0.9, 1.12, size=5), body.uniform(0.8, 1.35, size=4)
    chest, hips, head = np.array([0, 0.4 * tall[0], 0]), np.zeros(3), np.array([0, 0.72 * tall[0], 0])
    bones = [(hips, chest, 0.17 * wide[0]), (chest, head, 0.07 * wide[1]), (head, head + UP, 0.12 * tall[4])]
    for side in (-1, 1):
        shoulder, hip = chest + side * 0.2 * wide[0] * RIGHT, hips + side * 0.13 * wide[0] * RIGHT - 0.5 * UP
        arm, leg = stance.uniform(40, 105), stance.uniform(14, 38)  # no limb touches another: the genus stays 0
        elbow = shoulder + 0.33 * tall[1] * direction(side, arm, stance.uniform(-30, 30))
        hand = elbow + 0.33 * tall[2] * direction(side, arm + stance.uniform(-5, 30), stance.uniform(-40, 40))
        knee = hip + 0.45 * tall[3] * direction(side, leg, stance.uniform(-10, 40))
        foot = knee + 0.45 * tall[3] * direction(side, leg * 0.7, stance.uniform(-40, 5))
        bones += [(chest, shoulder, 0.1 * wide[1]), (shoulder, elbow, 0.075 * wide[2]), (elbow, hand, 0.06 * wide[2])]
        bones += [(hip, knee, 0.1 * wide[3]), (knee, foot, 0.075 * wide[3])]
    return bones


def direction(side: int, degrees: float, forward: float) -> np.ndarray:
    """A unit vector, ``degrees`` from straight down to the ``side``, then turned ``forward``."""
    out, ahead = np.deg2rad(degrees), np.deg2rad(forward)
    return np.array([side * np.sin(out), -np.cos(out) * np.cos(ahead), np.cos(out) * np.sin(ahead)])


def distance(points: np.ndarray, start: np.ndarray, end: np.ndarray, radius: float) -> np.ndarray:
    """Signed distance of points (…, 3) from a capsule, negative inside."""
    along = end - start
    share = np.clip(((points - start) @ along) / max(along @ along, 1e-12), 0, 1)
    return np.linalg.norm(points - start - share[..., None] * along, axis=-1) - radius
