"""Links inside the site lead to files and anchors that exist (raw HTML included, which Sphinx does not check)."""

from __future__ import annotations

from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from .pages import PAGES, SITE

pytestmark = pytest.mark.site


class Anchors(HTMLParser):
    """Collects the ids and the links of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.ids.update(value for key in ("id", "name") if (value := attributes.get(key)))
        if (target := attributes.get("href") or attributes.get("src")) and not target.startswith("data:"):
            self.links.append(target)


@cache
def anchors(file: Path) -> Anchors:
    return Anchors(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(site, page: str) -> None:
    file = SITE / f"{page}.html"
    assert file.is_file(), f"{page} is in the table of contents but was not built"
    figures = set(anchors(file).ids)
    broken = []
    for link in anchors(file).links:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
        target = target / "index.html" if target.is_dir() else target
        if not target.is_file():
            broken.append(f"{link}: no such file")
        elif parts.fragment and target.suffix == ".html":
            known = figures if target == file else anchors(target).ids
            name = unquote(parts.fragment).split(":")[0] if "=" in parts.fragment else unquote(parts.fragment)
            if name not in known:
                broken.append(f"{link}: no such anchor")
    assert broken == []


def test_every_built_page_is_meant(site) -> None:
    """A page that left the table of contents must not stay in the site (stale builds)."""
    generated = {"genindex", "search", "py-modindex", "prf-prf"}  # prf-prf: the index of propositions
    built = {str(path.relative_to(SITE).with_suffix("")) for path in SITE.rglob("*.html")}
    extra = {name for name in built - set(PAGES) - generated if not name.startswith(("_modules/", "_static/"))}
    assert extra == set()
