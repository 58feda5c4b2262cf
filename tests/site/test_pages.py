"""Every page of the table of contents: it is there, it is quiet, it asks nobody else, and it says what it shows."""

from __future__ import annotations

import gzip
import re
from functools import cache
from urllib.parse import unquote, urlsplit

import pytest

from tools.building.page_weight import HEAVIEST_HTML

from .pages import PAGES, SITE

pytestmark = [pytest.mark.site, pytest.mark.parametrize("page", PAGES)]

# Bytes compressed, everything that the page asks for, without pictures. The goal is 500 kB; a chapter with many formulas
# needs MathJax's AMS and size fonts too, 70 kB that compress no further.
HEAVIEST_PAGE = 560_000
HEAVIEST_WITH_PICTURES = 1_500_000
FIGURES = re.compile(
    rb'<script type="application/json">.*?</script>', re.DOTALL
)  # of live figures and meshes: they count as pictures
PICTURES = (".png", ".webp", ".jpg", ".jpeg", ".gif")
LARGEST_SHIFT = 0.05


def test_page_is_there(visit, page: str) -> None:
    found = visit(page)
    assert found.status == 200
    assert len(found.seen["headings"]) == 1, "one title a page"
    assert found.seen["words"] > 20


def test_page_is_quiet(visit, page: str) -> None:
    found = visit(page)
    assert found.console_errors == []
    assert found.page_errors == []
    assert found.failures == []


def test_page_asks_no_third_party(visit, page: str) -> None:
    addresses = [urlsplit(request) for request in visit(page).requests]
    strangers = [address.geturl() for address in addresses if address.scheme not in ("data", "blob", "http")]
    strangers += [
        address.geturl() for address in addresses if address.scheme == "http" and address.hostname != "127.0.0.1"
    ]
    assert strangers == []


def test_formulas_are_set(visit, page: str) -> None:
    seen = visit(page).seen
    assert seen["mathErrors"] == []
    assert seen["redMath"] == [], "MathJax shows what it does not know in red"
    assert 0 not in seen["formulas"], "a formula was not set at all"


def test_pictures_say_what_they_show(visit, page: str) -> None:
    for image in visit(page).seen["images"]:
        alt, where = image["alt"] or "", image["source"][:60]
        assert 20 <= len(alt) <= 250, f"{where}: alt text {alt!r} has {len(alt)} characters; expected 20 to 250"
        assert not re.search(r"\.(png|svg|jpe?g|webp|gif)\b|^\S*/\S*$|^data:", alt), (
            f"{where}: alt text {alt!r} is a path"
        )
        assert alt != image["caption"], f"{where}: the alt text repeats the caption"
        assert image["width"] > 0, f"{where} cannot be drawn"
    for image in visit(page).seen["otherImages"]:
        assert image["alt"] is not None, image["source"]


def test_icons_are_drawn(visit, page: str) -> None:
    """The theme's icons come from a font that holds only those in use: each class has a glyph, each glyph is in the font."""
    glyphs = _glyphs()
    for name, content in visit(page).seen["icons"]:
        if "fa-" in name and content not in ("none", "normal"):
            assert ord(content.strip('"')) in glyphs, f"{name}: U+{ord(content.strip(chr(34))):04X} is not in the fonts"


@cache
def _glyphs() -> set[int]:
    readme = (SITE / "_static" / "vendor" / "fontawesome" / "README.md").read_text(encoding="utf-8")
    return {int(code, 16) for listed in re.findall(r"--unicodes=(\S+)", readme) for code in listed.split(",")}


def test_ids_are_unique(visit, page: str) -> None:
    assert visit(page).seen["doubledIds"] == []


def test_page_does_not_jump_while_it_loads(visit, page: str) -> None:
    assert visit(page).seen["layoutShift"] < LARGEST_SHIFT


def test_page_is_light(visit, page: str) -> None:
    html = (SITE / f"{page}.html").read_bytes()
    html_weight = len(gzip.compress(html))
    assert html_weight <= HEAVIEST_HTML
    weight = len(gzip.compress(FIGURES.sub(b"", html)))
    pictures = html_weight - weight
    for address in {urlsplit(request).path for request in visit(page).requests if request.startswith("http:")}:
        file = SITE / unquote(address).lstrip("/")
        if not file.is_file() or file.suffix == ".html":
            continue
        if file.suffix in PICTURES:
            pictures += file.stat().st_size
        else:
            weight += len(gzip.compress(file.read_bytes()))
    assert weight <= HEAVIEST_PAGE, f"{weight / 1000:.0f} kB without pictures"
    assert weight + pictures <= HEAVIEST_WITH_PICTURES, (
        f"{weight / 1000:.0f} kB and {pictures / 1000:.0f} kB of pictures"
    )


def test_page_names_no_folder_of_this_machine(page: str) -> None:
    """A signature's default or a message with an absolute path would make the page another one on each machine."""
    assert "PosixPath(" not in (SITE / f"{page}.html").read_text()
