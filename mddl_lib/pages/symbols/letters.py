"""The letters of a formula: what a reader must have been told before the formula can be read."""

from __future__ import annotations

import re
from collections.abc import Iterator

GREEK = re.findall(
    r"\w+",
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega",
)
VARIANTS = {"varepsilon": "epsilon", "varphi": "phi", "vartheta": "theta", "varrho": "rho"}
"""macro → the letter that it is filed under"""

_WORDS = re.compile(
    r"\\(?:text|mathrm|operatorname\*?|label|begin|end|tag)\s*(?:\{[^{}]*\}|[A-Z])|\\mathbf\s*\{?[A-Z]\b\}?|_\{[a-z]{2,}\}"
)
"""upright words, names of a loop's steps, subscripts that are words"""
_SIGN = re.compile(r"\\math(?P<face>cal|bb)\s*\{?(?P<faced>[A-Za-z])\}?|\\(?P<macro>[A-Za-z]+)|(?P<plain>[A-Za-z])")
_DISPLAY = re.compile(r"\$\$(.*?)\$\$|```\{math\}(.*?)```", re.S)


def letters(formula: str) -> list[str]:
    """The letters of a LaTeX formula in their order: ``x``, ``\\rho``, ``\\mathcal L``.

    Words, numbers, signs and decorations (hats, bars) are left out, and so is what only places things.
    """
    found = []
    for sign in _SIGN.finditer(_WORDS.sub(" ", formula)):
        if sign["faced"]:
            found.append(f"\\math{sign['face']} {sign['faced']}")
        elif sign["plain"]:
            found.append(sign["plain"])
        elif sign["macro"].lower() in GREEK or sign["macro"] in VARIANTS:
            found.append(f"\\{sign['macro']}")
    return found


def display_equations(text: str) -> Iterator[str]:
    """The displayed equations of a Markdown text, without their labels."""
    for found in _DISPLAY.finditer(text):
        yield re.sub(r"^\s*:\w+:.*$", "", found[1] or found[2], flags=re.M)


def filed_under(letter: str) -> tuple[int, str, str]:
    """Where a letter stands in an index: the Latin alphabet, then the Greek one; small before large."""
    name = letter.split()[-1].lstrip("\\")
    small = VARIANTS.get(name, name.lower())
    if small in GREEK:
        return 1, f"{GREEK.index(small):02}", name.swapcase()
    return 0, name.lower(), name.swapcase()
