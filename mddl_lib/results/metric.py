"""One kind of number, and what one value belongs to: how a table compares, prints, ranks and checks them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """One kind of number: how it is compared, printed, ranked and checked.

    :raises ValueError: when ``better`` is neither "higher" nor "lower", or a number is negative.
    """

    name: str
    better: str
    digits: int = 4
    """decimals that are printed"""
    unit: str = ""
    """such as dB; empty for a plain number"""
    title: str = ""
    tolerance: float | None = None
    """by how much a recomputed value may differ and count as the same; None: one unit of the last printed digit"""
    margin: float = 0.0
    """a difference of two of the paper's means counts as an order when it is larger"""

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", self.title or self.name.replace("_", " "))
        object.__setattr__(self, "tolerance", 10.0**-self.digits if self.tolerance is None else self.tolerance)
        if self.better not in ("higher", "lower"):
            raise ValueError(f"metric {self.name}: better is {self.better!r}: expected higher or lower")
        if min(self.digits, self.tolerance, self.margin) < 0:
            raise ValueError(f"{self}: expected digits, tolerance and margin of 0 or more")

    @property
    def sign(self) -> int:
        """+1 where higher is better, −1 where lower is."""
        return 1 if self.better == "higher" else -1

    @property
    def heading(self) -> str:
        """Title and unit, as a table's head says them: "PSNR (dB)"."""
        return f"{self.title} ({self.unit})" if self.unit else self.title

    def text(self, value: float, spread: float | None = None, *, signed: bool = False) -> str:
        """A value in the metric's digits; ``signed`` says + too; a standard deviation stands behind ±.

        What has diverged, a million or more, is written as a power of ten.
        """
        form = f".{self.digits}f" if abs(value) < 1e6 else ".0e"
        words = f"{value:{'+' if signed else ''}{form}}"
        return words if spread is None else f"{words} ± {spread:.{self.digits}f}"

    def quantity(self, value: float) -> str:
        """A value with its unit: "35.20 dB"."""
        return f"{self.text(value)} {self.unit}".strip()


@dataclass(frozen=True)
class Unit:
    """What one value belongs to, in words: an image, a subject, a slice, a run, a query shape."""

    one: str = "image"
    many: str = "images"

    def count(self, number: int) -> str:
        """ "1 image", "50 images"."""
        return f"{number} {self.one if number == 1 else self.many}"


IMAGE = Unit()
