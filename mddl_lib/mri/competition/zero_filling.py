"""The floor of every CS-MRI table: put zeros where k-space was not sampled, and transform back.

Taught in :doc:`/models/fast_mri`.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from mddl_lib.core.normal_equations import zero_filled


def zero_filling(y: Tensor, physics: Any) -> Tensor:
    """Aᴴy.

    :raises ValueError: as :func:`~mddl_lib.core.normal_equations.zero_filled` does.
    """
    return zero_filled(y, physics)
