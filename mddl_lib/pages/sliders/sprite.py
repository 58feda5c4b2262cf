"""All frames of a figure in one WebP picture, so that moving a slider only moves that picture."""

import base64
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

BLOCK = 16  # WebP codes blocks of 16 × 16: a frame that starts on one keeps its neighbours' colours out
MARGIN = 4  # repeated border pixels between frames: the codec's smoothing and the browser's scaling look across borders
LONGEST_SIDE = 16383  # pixels, WebP's limit
PAPER = 0.5  # share of the commonest colour from which on a sheet is taken for a drawing
QUALITIES = (90, 82, 74, 66, 58, 50, 42)  # tried from the best down until the picture is within its weight


@dataclass(frozen=True)
class Sprite:
    """One picture of tiles: frame i lies in tile `tiles[i]`, row by row with `columns` a row, `pitch` pixels apart."""

    webp: bytes
    tiles: tuple[int, ...]
    columns: int
    pitch: tuple[int, int]  # height, width from one tile to the next
    sheet: tuple[int, int]  # height, width of the whole picture
    frame: tuple[int, int]  # height, width of one frame

    @property
    def data_uri(self) -> str:
        return "data:image/webp;base64," + base64.b64encode(self.webp).decode("ascii")


def pack(frames: Sequence[np.ndarray], kilobytes: float, name: str) -> Sprite:
    """Pack uint8 RGB frames of one shape; equal frames share a tile.

    The quality falls from 90 to 42 until the file weighs at most `kilobytes`; raises `ValueError` when it never does,
    or when the tiles do not fit WebP's 16383 pixels.
    """
    unique: dict[bytes, int] = {}
    tiles = tuple(unique.setdefault(frame.tobytes(), len(unique)) for frame in frames)
    height, width = frames[0].shape[:2]
    pitch = (_up_to_block(height + MARGIN), _up_to_block(width + MARGIN))
    columns = min(len(unique), max(1, round(math.sqrt(len(unique) * pitch[0] / pitch[1]))))  # a nearly square sheet
    sheet = (pitch[0] * math.ceil(len(unique) / columns), pitch[1] * columns)
    if max(sheet) > LONGEST_SIDE:
        raise ValueError(
            f"figure {name!r}: {len(unique)} frames of {height} × {width} do not fit {LONGEST_SIDE} pixels"
        )
    canvas = np.zeros((*sheet, 3), np.uint8)
    for frame, tile in {tile: (frame, tile) for frame, tile in zip(frames, tiles, strict=True)}.values():
        row, column = divmod(tile, columns)
        padding = ((0, pitch[0] - height), (0, pitch[1] - width), (0, 0))
        top, left = row * pitch[0], column * pitch[1]
        canvas[top : top + pitch[0], left : left + pitch[1]] = np.pad(frame, padding, mode="edge")
    picture = Image.fromarray(canvas)
    drawn = _exact(picture) if _is_a_drawing(canvas) else None
    for quality in QUALITIES:
        webp = _encode(picture, quality)
        webp = drawn if drawn and len(drawn) <= len(webp) else webp
        if len(webp) <= 1000 * kilobytes:
            return Sprite(webp, tiles, columns, pitch, sheet, (height, width))
    raise ValueError(
        f"figure {name!r}: {len(unique)} frames of {height} × {width} weigh {len(webp) / 1000:.0f} kB at the lowest "
        f"quality, the limit is {kilobytes:.0f} kB; give fewer values or smaller frames"
    )


def _up_to_block(length: int) -> int:
    return BLOCK * math.ceil(length / BLOCK)


def _is_a_drawing(canvas: np.ndarray) -> bool:
    """Curves on paper: most pixels have the commonest colour. Such a sheet is lighter without loss than with it."""
    colours = canvas[::4, ::4].astype(np.uint32) @ np.array([65536, 256, 1], np.uint32)
    return np.unique(colours, return_counts=True)[1].max() > PAPER * colours.size


def _exact(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", lossless=True, quality=60, method=2)
    return buffer.getvalue()


def _encode(picture: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=quality, method=4)
    return buffer.getvalue()
