"""Operators by name on the command line: ``hadamard:30``, ``diffraction:20:7``, ``gaussian:25``, ``diffraction:authors``."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from mddl_lib.compressive_imaging.general_authors import authors_diffraction
from mddl_lib.compressive_imaging.measured_crops import physics

NAMES = {"hadamard": "Walsh-Hadamard", "diffraction": "coded diffraction", "gaussian": "Gaussian"}
"""word on the command line → operator"""
EXPECTED = "expected OPERATOR:PERCENT or OPERATOR:PERCENT:SEED, such as hadamard:30, or diffraction:authors"

Operators = Callable[[tuple[int, int]], nn.Module]
"""from the shape of an image to its operator"""


def operator_by_name(word: str) -> Operators | None:
    """The operators that are meant, one for each shape of image; None where the word names none.

    :raises ValueError: for a known name with a percentage or seed that is none.
    """
    name, *rest = word.split(":")
    if name not in NAMES or not rest:
        return None
    if rest == ["authors"] and name == "diffraction":
        return lambda shape: authors_diffraction()
    if len(rest) > 2 or not all(part.isdecimal() for part in rest) or not 1 <= int(rest[0]) <= 100:
        raise ValueError(f"the operator is {word!r}: {EXPECTED}, the percentage from 1 to 100")
    percent, seed = int(rest[0]), int(rest[1]) if len(rest) == 2 else 0
    return lambda shape: physics(NAMES[name], shape, percent, seed)
