"""A chapter's figures as slides: a PDF of one page a figure, the picture large, its caption below."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from typing import NamedTuple

import matplotlib.image
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

SIZE = (13.33, 7.5)
"""inches, 16 to 9"""
LINE = 110
"""signs a line of a caption"""


class Picture(NamedTuple):
    """A figure of a chapter."""

    name: str
    """with its suffix"""
    content: bytes
    """of a PNG or JPEG file"""
    caption: str
    description: str
    """the alt text"""


def slides(title: str, pictures: Sequence[Picture]) -> bytes:
    """The PDF; the same pictures give the same bytes.

    :param title: stands above each picture, small.
    :raises ValueError: for no picture, or one that is none, naming it.
    """
    if not pictures:
        raise ValueError(f"{title} has no picture: expected one or more")
    content = io.BytesIO()
    with PdfPages(content, metadata={"Title": title, "CreationDate": None}) as pages:
        for picture in pictures:
            pages.savefig(_slide(title, picture), dpi=150)
    return content.getvalue()


def _slide(title: str, picture: Picture) -> Figure:
    try:
        pixels = matplotlib.image.imread(io.BytesIO(picture.content), format=picture.name.rsplit(".", 1)[-1])
    except Exception as error:  # Pillow names a dozen kinds
        raise ValueError(f"{picture.name} cannot be read as a picture: {error}") from None
    lines = textwrap.wrap(picture.caption, LINE)
    below = 0.06 + 0.042 * len(lines)
    figure = Figure(figsize=SIZE)
    axis = figure.add_axes((0.03, below, 0.94, 0.93 - below))
    axis.imshow(pixels, cmap="gray", interpolation="none")
    axis.set_axis_off()
    figure.text(0.03, 0.965, title, fontsize=11, color="#666666", va="center", parse_math=False)
    figure.text(0.5, below - 0.02, "\n".join(lines), fontsize=15, ha="center", va="top", parse_math=False)
    return figure
