"""What a public call takes. Each check raises an error that names the argument, its value and what was expected.

The checks look at types, shapes and single numbers, which costs a microsecond. :func:`finite` reads a whole tensor: it
stands where data enter, not in a loop.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Integral, Real
from typing import Any

import torch
from torch import Tensor


def positive(**numbers: Any) -> None:
    """Each is a finite number above 0: ``positive(weight=weight, penalty=penalty)``.

    :raises ValueError: naming the first that is not.
    """
    _numbers(numbers, lambda value: value > 0, "a positive number")


def not_negative(**numbers: Any) -> None:
    """Each is a finite number, 0 or more.

    :raises ValueError: naming the first that is not.
    """
    _numbers(numbers, lambda value: value >= 0, "0 or more, a number")


def counts(least: int, /, **numbers: Any) -> None:
    """Each is a whole number, not below ``least``; True and 3.0 are none: ``counts(1, turns=turns)``.

    :raises ValueError: naming the first that is not.
    """
    for name, value in numbers.items():
        if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
            raise ValueError(f"{name} is {value!r}: expected a whole number, {least} or more")


def grid(shape: Any, least: int = 1) -> tuple[int, int]:
    """(rows, columns), whole numbers not below ``least``.

    :returns: the two as plain integers.
    :raises ValueError: for anything else.
    """
    pair = tuple(shape) if isinstance(shape, tuple | list) else ()
    if len(pair) != 2 or not all(isinstance(n, Integral) and not isinstance(n, bool) and n >= least for n in pair):
        raise ValueError(f"shape is {shape!r}: expected (rows, columns), each {least} or more, whole numbers")
    return int(pair[0]), int(pair[1])


def tensors(**values: Any) -> None:
    """Each is a tensor.

    :raises TypeError: naming the first that is not.
    """
    for name, value in values.items():
        if not isinstance(value, Tensor):
            raise TypeError(f"{name} is a {type(value).__name__}: expected a tensor, as torch.as_tensor makes one")


def instances(kind: type, /, **values: Any) -> None:
    """Each is an object of one class: ``instances(Mixture, mixture=mixture)``.

    :raises TypeError: naming the first that is not.
    """
    for name, value in values.items():
        if not isinstance(value, kind):
            raise TypeError(f"{name} is {value!r}, a {type(value).__name__}: expected a {kind.__name__}")


def callables(**values: Any) -> None:
    """Each can be called.

    :raises TypeError: naming the first that cannot.
    """
    for name, value in values.items():
        if not callable(value):
            raise TypeError(f"{name} is {value!r}: expected something to call, such as a function or a module")


def operator(physics: Any) -> None:
    """A physics as this book and DeepInverse have it: ``A(x)`` and ``A_adjoint(y)``.

    :raises TypeError: for an object without the two.
    """
    if not callable(getattr(physics, "A", None)) or not callable(getattr(physics, "A_adjoint", None)):
        raise TypeError(
            f"the physics is a {type(physics).__name__}: expected an object with A(x) and A_adjoint(y), such as "
            "MaskedFourier(mask)"
        )


def finite(what: str, values: Tensor, so: str = "no result can be made from it") -> None:
    """No NaN, no infinity.

    :raises ValueError: saying what holds them.
    """
    # a sum reads the tensor once and is spoiled by any of the two; only when it is, each value is looked at
    if not bool(torch.isfinite(values.detach().sum())) and not bool(torch.isfinite(values).all()):
        raise ValueError(f"{what} holds NaN or infinity: {so}; expected finite numbers")


def _numbers(numbers: dict[str, Any], fits: Callable[[float], bool], expected: str) -> None:
    for name, value in numbers.items():
        plain = isinstance(value, Real) and not isinstance(value, bool)
        if isinstance(value, Tensor) and value.ndim == 0 and not value.is_complex():
            plain, value = True, float(value.detach())
        if not plain or not math.isfinite(value) or not fits(value):
            raise ValueError(f"{name} is {value!r}: expected {expected}")
