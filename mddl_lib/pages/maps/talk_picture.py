"""The talk's map as a picture: one row a chapter, from classical model over algorithm to network, drawn as SVG."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Sequence

from mddl_lib.chapters import CHAPTERS, Chapter, page_address

WIDTH, TOP, ROW, BOX = 672, 88, 58, 48
COLUMNS = {"model": (108, 172), "algorithm": (304, 154), "network": (482, 189)}  # left, width
HEADS = {"model": "Classical model", "algorithm": "Algorithm", "network": "Network"}

# Colours are the page's own, light or dark; after the comma stands what a notebook shows, which has none of them.
STYLE = """
.talk-map{overflow-x:auto;margin:1.5rem 0}
.talk-map svg{display:block;width:100%;min-width:620px;height:auto;font-family:var(--pst-font-family-base,sans-serif)}
.talk-map text{font-size:12px;fill:var(--pst-color-text-base,currentColor)}
.talk-map .head{font-weight:600;font-size:13.5px}
.talk-map .small{font-size:10.5px;fill:var(--pst-color-text-muted,#59616b)}
.talk-map .topic{font-weight:600}
.talk-map rect{fill:none;stroke:var(--pst-color-border,#bbb);stroke-dasharray:4 3}
.talk-map .stands rect{fill:var(--pst-color-primary-bg,#e3f0f2);stroke:var(--pst-color-primary,#0b6478);stroke-dasharray:none}
.talk-map .to-come text{fill:var(--pst-color-text-muted,#59616b)}
.talk-map a text:not(.small){fill:var(--pst-color-link,#0b6478);text-decoration:underline;text-underline-offset:.18em}
.talk-map .line{fill:none;stroke:var(--pst-color-text-muted,#59616b);stroke-width:1.4;stroke-linecap:round;stroke-linejoin:round}
.talk-map a{text-decoration:none}
.talk-map .dot{fill:var(--pst-color-secondary,#9a4a12);stroke:none}
"""

# A valley with a ball at its lowest point; a wheel that turns; a chain of layers. Each 56 x 34, drawn from its middle.
GLYPHS = {
    "model": '<path class="line" d="M-28,-17 C-18,18 -6,20 2,4 C8,-8 12,-8 16,0 C20,6 24,0 28,-14"/>'
    '<circle class="dot" cx="-8" cy="9" r="4"/>',
    "algorithm": '<path class="line" d="M14,-6 A15,15 0 1 0 15,3"/><path class="line" d="M7,-7 L14.5,-5.5 L17,-13"/>'
    '<circle class="dot" cx="0" cy="0" r="4"/>',
    "network": '<path class="line" d="M-30,0 H-25 M-13,0 H-6 M6,0 H13 M25,0 H30"/>'
    + "".join(f'<path class="line" d="M{x},-12 h12 v24 h-12 z"/>' for x in (-25, -6, 13))
    + "".join(f'<circle class="dot" cx="{x}" cy="0" r="2.6"/>' for x in (-19, 0, 19)),
}


def talk_picture(chapters: Sequence[Chapter] = CHAPTERS) -> str:
    """HTML of the picture. Boxes whose page stands in the book are filled and link to it; the others are dashed."""
    height = TOP + ROW * len(chapters) + 4
    rows = "".join(_row(chapter, TOP + ROW * number) for number, chapter in enumerate(chapters))
    return (
        f"<style>{STYLE}</style>"
        '<div class="talk-map" role="region" tabindex="0" aria-label="Map of the talk">'
        f'<svg viewBox="0 0 {WIDTH} {height}" xmlns="http://www.w3.org/2000/svg">{_heads()}{rows}</svg></div>'
    )


def _heads() -> str:
    parts = []
    for name, (left, width) in COLUMNS.items():
        middle = left + width / 2
        parts.append(f'<g transform="translate({middle:g},24)">{GLYPHS[name]}</g>')
        parts.append(f'<text class="head" x="{middle:g}" y="68" text-anchor="middle">{HEADS[name]}</text>')
        if name != "network":
            parts.append(_arrow(left + width, 64))
    return "".join(parts)


def _row(chapter: Chapter, top: float) -> str:
    middle = top + BOX / 2
    parts = [_lines(chapter.topic, "", 0, middle, 14, "topic", "start")]
    pages = {"model": chapter.model_page, "algorithm": chapter.model_page, "network": chapter.network_page}
    for name, (left, width) in COLUMNS.items():
        address = page_address(pages[name])
        box = f'<rect x="{left}" y="{top}" width="{width}" height="{BOX}" rx="5"/>'
        source = chapter.source if name == "network" else ""
        words = _lines(getattr(chapter, name), source, left + width / 2, middle, width // 7)
        if address:
            parts.append(f'<a class="stands" href="{html.escape(address)}">{box}{words}</a>')
        else:
            parts.append(f'<g class="to-come"><title>to come</title>{box}{words}</g>')
        if name != "network":
            parts.append(_arrow(left + width, middle))
    return f"<g>{''.join(parts)}</g>"


def _lines(
    words: str, source: str, x: float, middle: float, letters: int, kind: str = "", anchor: str = "middle"
) -> str:
    """Text in at most so many letters a line, with its source in small letters below, centred about ``middle``."""
    lines = [(line, kind) for line in textwrap.wrap(words, letters)] + ([(source, "small")] if source else [])
    first = middle - 14 * (len(lines) - 1) / 2 + 4
    parts = []
    for number, (line, style) in enumerate(lines):
        klass = f' class="{style}"' if style else ""
        place = f'x="{x:g}" y="{first + 14 * number:g}" text-anchor="{anchor}"'
        parts.append(f"<text{klass} {place}>{html.escape(line)}</text>")
    return "".join(parts)


def _arrow(x: float, y: float) -> str:
    return f'<path class="line" d="M{x + 5:g},{y:g} h14 m-5,-4 l5,4 l-5,4"/>'
