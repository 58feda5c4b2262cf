"""What the formulas of this room are given: a stage, a physics, images of one shape; anything else is named."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.restoration.range_field.descent import Stage


def given(stage: Stage, physics: Any, **images: Tensor) -> None:
    """A stage of a learned descent, a physics, and images of one shape.

    :raises TypeError: for something else than a stage, a physics or a tensor.
    :raises ValueError: for images that are not (batch, 1, height, width), all of one shape.
    """
    if not isinstance(stage, Stage):
        raise TypeError(f"stage is a {type(stage).__name__}: expected a Stage of a LearnedDescent")
    arguments.operator(physics)
    of_one_shape(**images)


def of_one_shape(**images: Tensor) -> None:
    """Images (batch, 1, height, width), all alike.

    :raises TypeError: for what is no tensor.
    :raises ValueError: naming the first of another shape.
    """
    arguments.tensors(**images)
    first = next(iter(images.values())).shape
    for name, image in images.items():
        if image.ndim != 4 or image.shape[1] != 1 or not image.numel():
            raise ValueError(f"{name} has the shape {tuple(image.shape)}: expected (batch, 1, height, width)")
        if image.shape != first:
            raise ValueError(f"{name} has the shape {tuple(image.shape)}: expected {tuple(first)}, as the others have")
