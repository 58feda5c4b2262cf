"""Labelled images as the optimizees take them: on the device once, so that a batch is one gather."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class Digits:
    """Images and labels, with the name and the hash that go into a training's record."""

    images: Tensor
    """(N, pixels), in [0, 1]"""
    labels: Tensor
    """(N,), 0 to 9"""
    name: str
    sha256: str
    """of the bytes of images and labels, as they came"""

    @classmethod
    def from_arrays(cls, images: np.ndarray, labels: np.ndarray, name: str) -> Digits:
        """From 8-bit images (N, pixels) or (N, height, width), and labels (N,).

        :raises ValueError: for images of another type or number than the labels, or labels outside 0 … 9.
        """
        images, labels = np.ascontiguousarray(images), np.ascontiguousarray(labels)
        if images.dtype != np.uint8 or len(images) != len(labels) or not len(images):
            raise ValueError(
                f"images are {images.dtype} {images.shape}, labels {labels.shape}: expected uint8, one label an image"
            )
        if labels.min() < 0 or labels.max() > 9:
            raise ValueError(f"labels run from {labels.min()} to {labels.max()}: expected 0 to 9")
        digest = hashlib.sha256(images.tobytes() + labels.astype(np.uint8).tobytes()).hexdigest()
        pixels = torch.from_numpy(images.reshape(len(images), -1)).float() / 255
        return cls(pixels, torch.from_numpy(labels.astype(np.int64)), name, digest)

    @classmethod
    def from_file(cls, path: Path | str, part: str = "train") -> Digits:
        """From an .npz file with ``train_images``, ``train_labels`` and, for part "test", ``test_images`` …

        :raises KeyError: when the file has no such part.
        """
        with np.load(path) as file:
            return cls.from_arrays(file[f"{part}_images"], file[f"{part}_labels"], f"mnist/{part}")

    @classmethod
    def load(cls, name: str = "mnist/train") -> Digits:
        """The digits of a data set of images and labels, fetched when they are not here."""
        from data_fetch import load

        digits = load(name)
        pixels = np.rint(255 * digits.stacked("image")).astype(np.uint8)  # as the files hold them
        return cls.from_arrays(pixels, digits.stacked("label").reshape(-1), name)

    @classmethod
    def random(cls, number: int = 512, pixels: int = 16, seed: int = 0) -> Digits:
        """Ten random patterns under noise: for tests, and for a page without data."""
        generator = np.random.default_rng(seed)
        labels = generator.integers(10, size=number)
        patterns = generator.uniform(0, 255, (10, pixels))
        images = np.clip(patterns[labels] + generator.normal(0, 30, (number, pixels)), 0, 255).astype(np.uint8)
        return cls.from_arrays(images, labels, f"random patterns/{number}x{pixels}, seed {seed}")

    def pooled(self, factor: int) -> Digits:
        """Smaller images: the mean over squares of ``factor`` pixels. 28 × 28 pooled by 4 are 7 × 7.

        :raises ValueError: unless the images are square and ``factor`` divides their side.
        """
        side = round(self.images.shape[1] ** 0.5)
        if side * side != self.images.shape[1] or side % factor:
            raise ValueError(f"images of {self.images.shape[1]} pixels cannot be pooled by {factor}")
        small = functional.avg_pool2d(self.images.view(-1, 1, side, side), factor).flatten(1)
        return Digits(small, self.labels, f"{self.name}, pooled by {factor}", self.sha256)

    def to(self, where: torch.device | str | torch.dtype) -> Digits:
        """On a device, or in another floating-point type."""
        labels = self.labels if isinstance(where, torch.dtype) else self.labels.to(where)
        return Digits(self.images.to(where), labels, self.name, self.sha256)


def check_digits(digits: Digits) -> None:
    """:raises TypeError: for something else than :class:`Digits`."""
    if not isinstance(digits, Digits):
        raise TypeError(f"digits is {digits!r}: expected Digits, as Digits.load makes them")
