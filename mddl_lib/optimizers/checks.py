"""What an optimizer refuses, with the value named."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from mddl_lib.core import arguments


def same_shape(gradients: Tensor, parameters: Tensor) -> None:
    """:raises ValueError: unless both are (n,) or both (B, n)."""
    arguments.tensors(gradients=gradients, parameters=parameters)
    if gradients.shape != parameters.shape:
        raise ValueError(
            f"gradients have the shape {tuple(gradients.shape)}, parameters {tuple(parameters.shape)}: expected the same"
        )
    if parameters.ndim not in (1, 2):
        raise ValueError(
            f"parameters have the shape {tuple(parameters.shape)}: expected one vector (n,) or B of them (B, n); "
            "as_torch flattens the tensors of a module"
        )


def constants(learning_rate: float, epsilon: float = 0.0, **decays: float) -> None:
    """The numbers of an optimizer: rate and ε not below 0, decays in [0, 1).

    :raises ValueError: naming the first that is none.
    """
    arguments.not_negative(learning_rate=learning_rate, epsilon=epsilon, **decays)
    for name, value in decays.items():
        if value >= 1:
            raise ValueError(f"{name} is {value!r}: expected a number from 0 to 1, and below 1")


def is_optimizer(optimizer: Any) -> None:
    """It has ``init`` and ``update``.

    :raises TypeError: for an object without them.
    """
    _has("optimizer", optimizer, "init", "update")


def is_optimizee(optimizee: Any) -> None:
    """It has ``start``, ``draw`` and ``value_and_gradient``.

    :raises TypeError: for an object without them.
    """
    _has("optimizee", optimizee, "start", "draw", "value_and_gradient")


def _has(name: str, thing: Any, *methods: str) -> None:
    if not all(callable(getattr(thing, method, None)) for method in methods):
        raise TypeError(f"{name} is {thing!r}: expected an object with {', '.join(methods)}")
