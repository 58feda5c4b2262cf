"""An atlas: a picture that someone has labelled. And what one is asked before it is used."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Atlas:
    """A picture with its labels, all of one size, values in [0, 1].

    :raises ValueError: for labels of another size, or none.
    """

    name: str
    image: np.ndarray
    labels: dict[str, np.ndarray]
    """part → mask; soft at its border when it was resampled"""

    def __post_init__(self) -> None:
        check_picture(f"the picture of {self.name}", self.image)
        if not self.labels:
            raise ValueError(f"{self.name} has no label: expected one part or more, such as {{'epicardium': mask}}")
        for part, label in self.labels.items():
            if np.shape(label) != self.image.shape:
                raise ValueError(
                    f"{self.name}: the label {part!r} has the shape {np.shape(label)}, its picture {self.image.shape}: "
                    "expected one size"
                )


def check_picture(what: str, picture: np.ndarray) -> None:
    """A grey picture (H, W) with finite values and some contrast.

    :raises ValueError: naming what is wrong with it.
    """
    if not isinstance(picture, np.ndarray) or picture.ndim != 2 or not picture.size:
        shape = getattr(picture, "shape", type(picture).__name__)
        raise ValueError(f"{what} has the shape {shape}: expected a grey picture, an array (height, width)")
    if not np.isfinite(picture).all():
        raise ValueError(f"{what} holds NaN or infinity: expected finite values")
    if picture.min() == picture.max():
        raise ValueError(f"{what} is {picture.min()} everywhere: expected a picture with some contrast")


def standardised(picture: np.ndarray) -> np.ndarray:
    """Mean 0 and deviation 1, so that two scanners' ranges can be compared.

    :raises ValueError: for what is no picture.
    """
    check_picture("the picture", picture)
    return ((picture - picture.mean()) / picture.std()).astype(np.float32)


def stretched(picture: np.ndarray) -> np.ndarray:
    """Between 0 and 1, the darkest and the brightest half percent cut.

    :raises ValueError: for what is no picture.
    """
    check_picture("the picture", picture)
    low, high = np.percentile(picture, [0.5, 99.5])
    if low == high:  # nearly all pixels are one value: nothing is cut
        low, high = picture.min(), picture.max()
    return np.clip((picture - low) / (high - low), 0, 1).astype(np.float32)
