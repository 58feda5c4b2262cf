"""What an optimizer refuses, with the value named."""

from __future__ import annotations

from torch import Tensor


def same_shape(gradients: Tensor, parameters: Tensor) -> None:
    """:raises ValueError: unless both are (n,) or both (B, n)."""
    if gradients.shape != parameters.shape:
        raise ValueError(
            f"gradients have the shape {tuple(gradients.shape)}, parameters {tuple(parameters.shape)}: expected the same"
        )
    if parameters.ndim not in (1, 2):
        raise ValueError(
            f"parameters have the shape {tuple(parameters.shape)}: expected one vector (n,) or B of them (B, n); "
            "as_torch flattens the tensors of a module"
        )
