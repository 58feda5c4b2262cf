"""The symbol index: every letter of an equation is explained, once, by words that stand by themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from mddl_lib.pages.symbols.definitions import Definition, Page, definitions, pages
from mddl_lib.pages.symbols.index import entries, symbol_index
from mddl_lib.pages.symbols.letters import display_equations, filed_under, letters

PAGES = pages()
SYMBOLS = next(page for page in PAGES if page.name == "symbols")
LEANING = re.compile(r"(its|their|those|both|that|the same|they|it|such)\b")


def everywhere(text: str) -> set[str]:
    """The letters of the table that holds in the whole book."""
    rows = re.findall(r"^\| (\$.*?) \|", text, re.M)
    return {letter for row in rows for formula in re.findall(r"\$([^$]+)\$", row) for letter in letters(formula)}


def unexplained(page: Page, known: set[str]) -> Iterator[tuple[str, str]]:
    """The letters of a page's displayed equations that neither its lists nor the book explains, each with its equation."""
    said = [*(one.whole for one in page.definitions), *(f"${s}$" for one in page.definitions for s in one.symbols)]
    own = {letter for text in said for formula in re.findall(r"\$([^$]+)\$", text) for letter in letters(formula)}
    for equation in display_equations(page.text):
        for letter in letters(equation):
            if letter not in own | known:
                yield letter, equation.strip()


def named(page: Page) -> str:
    return page.name


@pytest.mark.parametrize("page", [page for page in PAGES if "/" in page.name], ids=named)
def test_every_letter_of_an_equation_is_explained(page: Page) -> None:
    assert list(unexplained(page, everywhere(SYMBOLS.text))) == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_no_page_gives_a_symbol_two_meanings_in_silence(page: Page) -> None:
    """A symbol may change once, with the words "from here on"."""
    found: dict[str, list[str]] = {}
    for one in page.definitions:
        for symbol in one.symbols:
            if one.meaning not in found.setdefault(symbol, []):
                found[symbol].append(one.meaning)
    changed = {symbol: said for symbol, said in found.items() if any("from here on" not in words for words in said[1:])}
    assert changed == {}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_an_entry_stands_by_itself(page: Page) -> None:
    """In the index it stands alone: "its weight" says nothing there."""
    assert [one for one in page.definitions if LEANING.match(one.meaning)] == []


def test_the_tests_above_can_fail() -> None:
    page = Page(
        "models/one", "One", "# One\n\n$$ y = A x + n $$\n\n- $x$: an image; $y$: its measurement;\n- $x$: a pixel."
    )
    assert [letter for letter, _ in unexplained(page, {"A"})] == ["n"]
    assert [one.meaning for one in page.definitions] == ["an image", "its measurement", "a pixel"]
    assert [bool(LEANING.match(one.meaning)) for one in page.definitions] == [False, True, False]


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (r"\hat x = A^H y", ["x", "A", "H", "y"]),
        (r"\mathcal L_{cycle} + \mathbb{E}\,\text{of all}", [r"\mathcal L", r"\mathbb E"]),
        (r"\tilde{\mathbf{x}}_{\text{a}} + \mathbf{Z}", ["x"]),
        (r"\mathbf X:\ \rho_l \|D_l x\|^2", [r"\rho", "l", "D", "l", "x"]),
        (r"\operatorname{prox}_g(\varphi)", ["g", r"\varphi"]),
        (r"\tfrac12 \sum_{i} \log 3", ["i"]),
        ("", []),
    ],
)
def test_the_letters_of_a_formula(formula: str, expected: list[str]) -> None:
    assert letters(formula) == expected


def test_letters_are_filed_by_alphabet_small_before_large() -> None:
    mixed = [r"\Theta", "b", "A", r"\varphi", "a", r"\mathcal L", r"\alpha", "L", "l"]
    assert sorted(mixed, key=filed_under) == ["a", "A", "b", "l", r"\mathcal L", "L", r"\alpha", r"\Theta", r"\varphi"]


def test_an_item_of_several_entries_falls_apart_and_loses_its_references() -> None:
    text = """
- $x$, $y$: image {cite}`one2001` and measurement ({py:class}`~a.b.Physics`); $\\rho > 0$: the penalty. More is better.
  It goes on;
- **no symbol**: nothing
- $z$ moves.
"""
    assert list(definitions(text)) == [
        Definition(("x", "y"), "image and measurement (`Physics`)", "image {cite}`one2001` and measurement ({py:class}`~a.b.Physics`)"),
        Definition((r"\rho > 0",), "the penalty", "the penalty. More is better. It goes on"),
    ]  # fmt: skip


def test_an_entry_of_several_symbols_stands_under_each_letter() -> None:
    one = Page("a", "A: of a", "- $f, i$: gates; $w_{i,p}$: a weight; $d(x, y)$: a distance.")
    two = Page("b", "B", "- $d(x, y)$: a distance.")
    found = entries([one, two])
    assert list(found) == ["d", "f", "i", "w"]
    assert found["d"] == {("$d(x, y)$", "a distance"): [one, two]}
    assert found["f"].keys() == found["i"].keys() == {("$f, i$", "gates")}


def test_the_index_names_every_chapter_that_explains_something() -> None:
    shown = f"{symbol_index(0)}\n{symbol_index(1)}"
    for page in PAGES:
        if page.definitions:
            assert f'"{page.name}.ipynb"' in shown


def test_without_notebooks_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "_toc.yml").write_text("root: one\n", encoding="utf-8")
    with pytest.raises(FileNotFoundError, match="no notebook lies in"):
        pages(tmp_path)
    (tmp_path / "one.ipynb").write_text(json.dumps({"cells": []}), encoding="utf-8")
    assert pages(tmp_path) == [Page("one", "one", "")]
