"""Pictures and films of simple shapes, made by code: squares and triangles that may overlap, and which pixel belongs to which.

Taught in :doc:`/statistical/neural_em`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from mddl_lib.core import arguments

SIDE, SIZE = 28, 9
"""of a picture and of a shape, pixels"""


class Shapes(NamedTuple):
    """Pictures, or films, and what is in them."""

    pixels: Tensor
    """(N, P), or (N, T, P): 0 or 1"""
    owners: Tensor
    """of the same shape, whole numbers: 0 background, 1 … the shape that covers the pixel, −1 where two or more do"""


def templates() -> np.ndarray:
    """A square, a triangle that points up, one that points down: (3, SIZE, SIZE) of 0 and 1."""
    row, column = np.mgrid[:SIZE, :SIZE]
    up = np.abs(column - SIZE // 2) <= row * (SIZE // 2) / (SIZE - 1)
    return np.stack([np.ones((SIZE, SIZE), bool), up, up[::-1]]).astype(np.float32)


def static(count: int, objects: int = 3, seed: int = 0) -> Shapes:
    """Pictures of 28 × 28 with ``objects`` shapes at random places, anywhere inside; they may overlap.

    :raises ValueError: for counts below 1.
    """
    arguments.counts(1, count=count, objects=objects)
    random, stamps = _random(seed), templates()
    kinds = random.integers(len(stamps), size=(count, objects))
    places = random.integers(SIDE - SIZE + 1, size=(count, objects, 2))
    return _drawn(stamps, kinds, places)


def flying(count: int, objects: int = 3, frames: int = 21, seed: int = 0) -> Shapes:
    """Films of shapes that fly straight ahead, a pixel or less a frame along each axis, and bounce off the border.

    :raises ValueError: for counts below 1.
    """
    arguments.counts(1, count=count, objects=objects, frames=frames)
    random, stamps, room = _random(seed), templates(), SIDE - SIZE
    kinds = random.integers(len(stamps), size=(count, objects))
    place = random.uniform(0, room, size=(count, objects, 2))
    speed = random.uniform(0.3, 1.0, size=place.shape) * random.choice([-1.0, 1.0], size=place.shape)
    # a path that is folded at both walls: |((p + vt + room) mod 2 room) − room|
    at = place[:, None] + speed[:, None] * np.arange(frames)[None, :, None, None]
    at = room - np.abs(np.mod(at, 2 * room) - room)
    each = [_drawn(stamps, kinds, np.rint(at[:, frame]).astype(int)) for frame in range(frames)]
    return Shapes(torch.stack([part.pixels for part in each], 1), torch.stack([part.owners for part in each], 1))


def flipped(pixels: Tensor, share: float, generator: torch.Generator | None = None) -> Tensor:
    """Each pixel turned over with the probability ``share``.

    :raises ValueError: for a share outside 0 to 1.
    """
    arguments.tensors(pixels=pixels)
    arguments.not_negative(share=share)
    arguments.finite("the pixels", pixels)
    if share > 1:
        raise ValueError(f"share is {share!r}: expected a probability, 0 to 1")
    return (pixels - (torch.rand(pixels.shape, generator=generator) < share).to(pixels)).abs()


def _random(seed: int) -> np.random.Generator:
    arguments.counts(0, seed=seed)
    return np.random.default_rng(seed)


def _drawn(stamps: np.ndarray, kinds: np.ndarray, places: np.ndarray) -> Shapes:
    """Stamp every shape; owners and overlaps follow."""
    count, objects = kinds.shape
    covered = np.zeros((count, objects, SIDE, SIDE), np.float32)
    reach = np.arange(SIZE)
    image, which = np.mgrid[:count, :objects]
    rows = places[..., 0, None, None] + reach[:, None]
    columns = places[..., 1, None, None] + reach
    covered[image[..., None, None], which[..., None, None], rows, columns] = stamps[kinds]
    total = covered.sum(1)
    owners = np.where(total > 1, -1, (covered * np.arange(1, objects + 1)[:, None, None]).sum(1)).astype(np.int64)
    pixels = torch.from_numpy((total > 0).astype(np.float32)).flatten(1)
    return Shapes(pixels, torch.from_numpy(owners).flatten(1))
