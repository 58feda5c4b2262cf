"""Which pages are too heavy: what a reader's line must carry before a page stands."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

HEAVIEST_HTML = 300_000
"""bytes, compressed"""
HEAVIEST_PAGE = 1_050_000
"""the same with the page's pictures; style, scripts, fonts and MathJax, which all pages share, are 450 kB more"""
PICTURE = re.compile(r'\bsrc="([^"#?]+\.(?:png|jpe?g|webp|gif|svg))"')


def weigh(page: Path) -> tuple[int, int]:
    """Bytes of a page's HTML, compressed, and of the pictures that it shows."""
    text = page.read_text(encoding="utf-8")
    pictures = {(page.parent / address).resolve() for address in PICTURE.findall(text) if "://" not in address}
    return len(gzip.compress(text.encode())), sum(path.stat().st_size for path in pictures if path.is_file())


def heavy(html: Path) -> list[str]:
    """A line for each page over one of the bounds, the heaviest first; the listings of source code are left out."""
    found = []
    for page in html.rglob("*.html"):
        name = page.relative_to(html)
        if name.parts[0] not in ("_modules", "_static"):
            own, pictures = weigh(page)
            if own > HEAVIEST_HTML or own + pictures > HEAVIEST_PAGE:
                line = f"{name.as_posix()}: {own / 1e3:.0f} kB of HTML, {pictures / 1e3:.0f} kB of pictures"
                found.append(
                    (
                        own + pictures,
                        f"{line}; at most {HEAVIEST_HTML / 1e3:.0f}, and {HEAVIEST_PAGE / 1e3:.0f} together",
                    )
                )
    return [line for _, line in sorted(found, reverse=True)]
