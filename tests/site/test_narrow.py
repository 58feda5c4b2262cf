"""No page scrolls sideways on a small phone: those of the book, the index, the search, and the listings of the sources."""

from __future__ import annotations

import pytest

from .pages import PAGES, SITE

pytestmark = pytest.mark.site

NARROWEST = 360  # CSS pixels
BESIDE = [path.relative_to(SITE).with_suffix("").as_posix() for path in sorted(SITE.rglob("*.html"))]
LONGEST_SOURCES = sorted(
    (page for page in BESIDE if page.startswith("_modules/")), key=lambda page: -(SITE / f"{page}.html").stat().st_size
)[:3]
OTHERS = [page for page in BESIDE if page not in PAGES and not page.startswith("_modules/")] + LONGEST_SOURCES
STICKS_OUT = """(width) => [...document.querySelectorAll('body *')].filter((element) => {
  if (element.getBoundingClientRect().right <= width + 1) return false;
  for (let parent = element.parentElement; parent; parent = parent.parentElement)
    if (getComputedStyle(parent).overflowX !== 'visible') return false;
  return true;
}).slice(0, 3).map((one) => `<${one.tagName.toLowerCase()} class="${one.className}"> ${one.textContent.trim().slice(0, 60)}`)"""


LAPTOP = 1200
SCROLLS = {"scoreboard"}
"""pages with a table of so many columns that it must scroll beside a sidebar; so may the formulas of a docstring"""
CUT = """() => [
  ...[...document.querySelectorAll('article table')].filter((table) => table.scrollWidth > table.parentElement.clientWidth + 1),
  ...[...document.querySelectorAll('article div.math mjx-container')].filter((math) => math.scrollWidth > math.clientWidth + 1),
].filter((one) => one.getClientRects().length).map((one) => `${one.tagName.toLowerCase()}: ${one.textContent.trim().slice(0, 60)}`)"""


def sideways(tab) -> str:
    """How wide the page is and what makes it so; nothing where it fits."""
    width = tab.evaluate("document.scrollingElement.scrollWidth")
    return f"{width} pixels wide: {tab.evaluate(STICKS_OUT, NARROWEST)}" if width > NARROWEST else ""


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_the_book_fits(visit, page: str) -> None:
    tab = visit(page).tab
    tab.set_viewport_size({"width": NARROWEST, "height": 800})
    found = sideways(tab)
    tab.set_viewport_size({"width": 1280, "height": 900})
    assert not found


@pytest.mark.parametrize("page", OTHERS)
def test_a_page_beside_the_book_fits(open_page, site, page: str) -> None:
    assert not sideways(open_page(f"{site}/{page}.html", viewport={"width": NARROWEST, "height": 800}))


@pytest.mark.parametrize("page", [page for page in PAGES if page not in SCROLLS and "api/" not in page])
def test_no_table_and_no_equation_is_cut_on_a_small_laptop(visit, page: str) -> None:
    tab = visit(page).tab
    tab.set_viewport_size({"width": LAPTOP, "height": 800})
    found = tab.evaluate(CUT)
    tab.set_viewport_size({"width": 1280, "height": 900})
    assert not found, found


def test_what_is_cut_is_found(open_page, site) -> None:
    tab = open_page(f"{site}/index.html", viewport={"width": LAPTOP, "height": 800})
    tab.evaluate(
        """document.querySelector('article').insertAdjacentHTML('beforeend',
        '<div style="width:300px"><table style="white-space:nowrap;width:900px"><tr><td>a wide one</td></tr></table></div>')"""
    )
    assert any("a wide one" in words for words in tab.evaluate(CUT))


def test_what_sticks_out_is_found(open_page, site) -> None:
    tab = open_page(f"{site}/index.html", viewport={"width": NARROWEST, "height": 800})
    tab.evaluate(
        "document.querySelector('.bd-article').insertAdjacentHTML('beforeend', '<div style=width:700px>wide</div>')"
    )
    assert '<div class=""> wide' in sideways(tab)


PAPER = 718  # CSS pixels between the margins of an A4 page
OFF_THE_PAPER = """() => [...document.querySelectorAll('article pre')]
  .filter((one) => one.getClientRects().length && one.scrollWidth > one.clientWidth + 1)
  .map((one) => one.textContent.trim().slice(0, 60))"""


@pytest.mark.parametrize("page", PAGES)
def test_no_line_of_code_runs_off_the_paper(visit, page: str) -> None:
    tab = visit(page).tab
    tab.set_viewport_size({"width": PAPER, "height": 1000})
    tab.emulate_media(media="print")
    found = tab.evaluate(OFF_THE_PAPER)
    tab.emulate_media(media="screen")
    tab.set_viewport_size({"width": 1280, "height": 900})
    assert not found, found
