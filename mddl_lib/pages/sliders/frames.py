"""What a figure's function returns, checked: one array in [0, 1] and, if given, one line of text."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

SHORTEST_ALT, LONGEST_ALT = 20, 250  # characters; the bounds that the page's tests hold every picture to


@dataclass(frozen=True)
class Frame:
    """A picture as 8-bit RGB pixels (height, width, 3), its alt text and its line of text ("" for none)."""

    pixels: np.ndarray
    alt: str
    text: str


def to_pixels(array: Any, where: str) -> np.ndarray:
    """Pixels round(255 clip(array, 0, 1)) as uint8 RGB, from (height, width), (height, width, 1 or 3) in [0, 1].

    Raises `ValueError` for another shape, an integer or complex type, NaN or infinity. `where` names the frame.
    """
    array = array.detach().cpu().numpy() if hasattr(array, "detach") else np.asarray(array)
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3)) or 0 in array.shape:
        raise ValueError(f"{where}: shape {array.shape}; expected (height, width) grey or (height, width, 3) RGB")
    if not (np.issubdtype(array.dtype, np.floating) or array.dtype == bool):
        raise ValueError(f"{where}: type {array.dtype}; expected real numbers in [0, 1]")
    if not np.isfinite(array).all():
        raise ValueError(f"{where}: {int((~np.isfinite(array)).sum())} values are NaN or infinite")
    grey_or_rgb = array[..., None] if array.ndim == 2 else array
    pixels = np.rint(255 * np.clip(grey_or_rgb.astype(np.float32), 0, 1)).astype(np.uint8)
    return np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else np.ascontiguousarray(pixels)


def alt_text(alt: str | Callable[..., str], values: Mapping[str, Any]) -> str:
    """The alt text for these values: `alt` formatted with them, or called with them."""
    try:
        text = alt(**values) if callable(alt) else alt.format(**values)
    except (KeyError, IndexError) as error:
        raise ValueError(f"alt {alt!r} asks for {error}, which is no parameter; there are {list(values)}") from error
    if not SHORTEST_ALT <= len(text) <= LONGEST_ALT:
        raise ValueError(f"alt text {text!r} has {len(text)} characters; expected {SHORTEST_ALT} to {LONGEST_ALT}")
    return text


def compute_frame(function: Callable[..., Any], alt: str | Callable[..., str], values: Mapping[str, Any]) -> Frame:
    """Call the function with one value of each parameter and check what it returns."""
    where = (
        f"{getattr(function, '__name__', 'function')}({', '.join(f'{key}={value}' for key, value in values.items())})"
    )
    result = function(**values)
    array, text = result if isinstance(result, tuple) else (result, "")
    if not isinstance(text, str):
        raise ValueError(f"{where}: the second value is {text!r}; expected a short line of text")
    return Frame(to_pixels(array, where), alt_text(alt, values), text)


def check_same_shape(first: Frame, other: Frame, values: Mapping[str, Any]) -> None:
    """All frames of one figure share one shape; raises `ValueError` naming both shapes and the values."""
    if other.pixels.shape != first.pixels.shape:
        given = ", ".join(f"{key}={value}" for key, value in values.items())
        raise ValueError(
            f"frame at {given} is {other.pixels.shape[:2]}, the first one is {first.pixels.shape[:2]}; "
            "expected one shape for the whole figure"
        )
