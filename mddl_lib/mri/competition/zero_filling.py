"""The floor of every CS-MRI table: put zeros where k-space was not sampled, and transform back.

Taught in :doc:`/models/fast_mri`.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor


def zero_filling(y: Tensor, physics: Any) -> Tensor:
    """Aᴴy."""
    return physics.A_adjoint(y)
