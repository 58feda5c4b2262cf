"""Bad values for each kind of argument, by its annotation: what a tired reader types."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

NAN = float("nan")
COUNTS = (True, -5, 2.5, "3", NAN)
NUMBERS = (NAN, float("inf"), -1.0, "0.1", None)
SHAPES = ((2.5, 4), (4,), (0, 4), (True, 4), "ab", 7)

BAD: dict[str, tuple[Any, ...]] = {
    "int": COUNTS,
    "int | None": COUNTS,
    "float": NUMBERS,
    "float | None": NUMBERS[:-1],
    "float | Tensor": NUMBERS,
    "tuple[int, int]": SHAPES,
    "str": ("no such thing", 3),
    "Path | str": ("no/such/file.mat",),
    "np.ndarray": (np.zeros((2, 2, 2)), np.zeros(3)),
    "tuple[int, ...]": ((2.5, 4), (), (0, 4), (True, 4), "ab", 7),
    "tuple[float, float]": ((0.1,), 3, (-1.0, 1.0), "ab"),
    "Tensor | int": (True, -5, 2.5, "3", NAN),
    "Collection[str]": (3, "ab"),
    "Mapping[str, Tensor]": (3,),
    "Photographs | None": (3,),
    "Iterable[tuple[str, np.ndarray]]": ([], 3),
    "tuple[str, ...]": ((), 3, (3,)),
    "Sequence[str]": ("chest_mr/train", (), ("no such set",)),
    "Any": (object(), None),
    **{
        kind: (3, None)
        for kind in (
            "nn.Module", "Unrolled", "PiecewiseLinear", "GroupTransform", "OrthogonalWavelets", "Frame", "Shrinkage",
            "Callable[[Tensor, Any], Tensor]", "Callable[..., Cell]", "Denoise", "Recipe", "ResultTable", "Stage", "LearnedDescent",
            "RangeEnergy", "Sequence[nn.Module]", "Callable[..., Model]", "Model", "Map", "Model | Sequence[Tensor]", "ADMMNet",
        )
    },
    "nn.Module | None": (3,),
    "Denoise | None": (3,),
    "Digits": (3, None),
    "Decomposition": (3, None),
    "Mesh": (3, None),
    "Spectrum": (3, None),
    "Surface": (3, None),
    "Sequence[float]": ((), (-1.0,), (NAN,)),
    "tuple[float, float, float]": ((0.0, 0.0, 0.0), (1.0, 2.0), (NAN, 0.0, 1.0)),
    "Trainings": (3, None),
    "Iterable[Tensor]": ([], 3),
    "Map | None": (3,),
    "Callable[[Tensor, Any], Tensor] | None": (3,),
    "Guess | None": (3,),
    **{kind: (3, None) for kind in ("Mixture", "LatentModel", "Belief", "PairTerms", "Labelled", "PixelLikelihood")},
    "tuple[float, ...]": ((), 3, (-1.0,), (NAN,)),
    "Sequence[Filter]": ((), 3),
    "Bandwidths": (3, None),
    "PixelLikelihood | None": (3,),
    "VariationalAutoencoder": (3, None),
    "Fit": (3,),
    "Fit | None": (3,),
}  # fmt: skip
"""by annotation; a tensor's are made from a good one"""

FREE = {
    "torch.device | str",
    "bool",
    "torch.Generator",
    "torch.Generator | None",
    "np.random.Generator",
    "torch.dtype",
    "dict[str, tuple[float, ...]]",
    "type[tuple]",
    "Mosaic | None",  # not looked at: the call is that of every model
    "Path",
    "Weights",  # a dataclass that refuses bad ones when it is made
}
"""annotations that no bad value is tried for"""


def bad_values(annotation: str, good: Any) -> Iterator[Any]:
    """Bad values for a parameter, given a good one.

    :raises LookupError: for an annotation that has none: write some.
    """
    if annotation in ("Tensor", "Tensor | None", "torch.Size"):
        if isinstance(good, Tensor):
            yield good.tolist()
            yield good[None] if good.ndim else good[None, None]
            yield torch.zeros(0, dtype=good.dtype)
        return
    if annotation not in BAD and annotation not in FREE:
        raise LookupError(f"no bad values are known for {annotation!r}: add some to {__name__}")
    yield from BAD.get(annotation, ())


def attempts(call: Callable, good: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every parameter of a call with every bad value for it."""
    for name, parameter in inspect.signature(call).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        for value in bad_values(str(parameter.annotation), good.get(name)):
            yield name, value


def named(text: str, name: str, value: Any) -> bool:
    """Whether an error's text names the argument, or the value."""
    words = [name, name.replace("_", " "), repr(value), str(value), type(value).__name__]
    if isinstance(value, tuple):
        words += [repr(part) for part in value]
    if isinstance(value, Tensor):
        words.append(str(tuple(value.shape)))
    return any(word in text for word in words)
