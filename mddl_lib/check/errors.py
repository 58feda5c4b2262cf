"""What a check raises: an assertion that failed, with the number that was measured.

Taught in :doc:`/how_to_read`.
"""

from __future__ import annotations


class CheckError(AssertionError):
    """A law that does not hold: ``measured`` lies above ``tolerance``."""

    def __init__(self, law: str, measured: float, tolerance: float) -> None:
        super().__init__(f"{law}: measured {measured:.3g}, expected at most {tolerance:.3g}")
        self.measured, self.tolerance = measured, tolerance


def hold(law: str, measured: float, tolerance: float) -> float:
    """The measured number, where the law holds.

    :raises CheckError: where it does not; NaN never does.
    """
    if not measured <= tolerance:
        raise CheckError(law, float(measured), float(tolerance))
    return float(measured)
