"""The book is one path: from each chapter "What to read next" leads to the next one, and what must be read before links onward."""

from __future__ import annotations

import re

import pytest

from mddl_lib.chapters import cards
from mddl_lib.pages.symbols.definitions import Page, pages

PAGES = {page.name: page for page in pages()}
CHAPTERS = [name for name in PAGES if "/" in name]
LINK = re.compile(r"\{doc\}`(?:[^`<]*<)?/?([\w/]+)>?`|\]\((?:\.\./)*([\w/]+)\.ipynb[^)]*\)")
NEXT = re.compile(r"## What to read next\n+- \*\*Next\*\*: (.*)")


def links(text: str) -> set[str]:
    return {one or other for one, other in LINK.findall(text)}


def lectures() -> list[str]:
    """The chapters in the order in which the page on reading has them taught."""
    rows = re.findall(r"^\| \d+ \|[^|]*\|([^|]*)\|", PAGES["how_to_read"].text, re.M)
    return [one or other for row in rows for one, other in LINK.findall(row)]


def test_the_lectures_take_in_every_chapter_once() -> None:
    assert sorted(lectures()) == sorted(CHAPTERS)


@pytest.mark.parametrize(("here", "there"), [*zip(lectures(), [*lectures()[1:], "scoreboard"], strict=True)])
def test_each_chapter_names_the_next_one_first(here: str, there: str) -> None:
    named = NEXT.search(PAGES[here].text)
    assert named, "its section on what to read next begins with no **Next**"
    assert LINK.findall(named[1])[0][0] == there


def test_nothing_is_taught_before_what_it_needs() -> None:
    order = lectures()
    late = [
        (before, page)
        for before, page in BEFORE
        if page in order and min(order.index(first) for first in taught_by(before)) > order.index(page)
    ]
    assert late == []


def taught_by(name: str) -> list[str]:
    """The pages of a topic; a page's own name stands for itself."""
    return [page for page, card in cards().items() if card.get("topic") == name] or [name]


BEFORE = [(name, page) for page, card in cards().items() for name in card.get("before", ())]


@pytest.mark.parametrize(("before", "page"), BEFORE)
def test_links_go_both_ways(before: str, page: str) -> None:
    """A page names what to read before it, a page or a topic's; from there a link leads to the page."""
    assert any(first in links(PAGES[page].text) for first in taught_by(before)), "it does not link back"
    assert any(page in links(PAGES[first].text) for first in taught_by(before)), "it is not led to"


def test_links_are_found_in_all_their_forms() -> None:
    page = Page("x", "X", "{doc}`/a/b`, {doc}`words </c>`, [d](../d/e.ipynb#part), {doc}`index`")
    assert links(page.text) == {"a/b", "c", "d/e", "index"}
