"""The index of all symbols as tables: a letter's meanings, one below the other, each with the pages where it holds."""

from __future__ import annotations

import html
from collections.abc import Sequence

from mddl_lib.chapters import page_address
from mddl_lib.pages.markdown_table import MarkdownTable, markdown_table
from mddl_lib.pages.symbols.definitions import Page, pages
from mddl_lib.pages.symbols.letters import filed_under, letters

HEAD = ["Symbol", "Meaning", "Where"]
Entry = tuple[str, str]
"""the formulas of an entry, and what they mean"""


def entries(book: Sequence[Page]) -> dict[str, dict[Entry, list[Page]]]:
    """Letter → its entries in the order of the book → the pages where they stand.

    An entry with several symbols stands under the first letter of each.
    """
    found: dict[str, dict[Entry, list[Page]]] = {}
    for page in book:
        for one in page.definitions:
            shown = ", ".join(f"${symbol}$" for symbol in one.symbols)
            parts = [part for symbol in one.symbols for part in _parts(symbol)]
            for letter in dict.fromkeys(letters(part)[0] for part in parts if letters(part)):
                where = found.setdefault(letter, {}).setdefault((shown, one.meaning), [])
                if page not in where:
                    where.append(page)
    return {letter: found[letter] for letter in sorted(found, key=filed_under)}


def _parts(symbol: str) -> list[str]:
    """``f, i, o`` are three symbols; ``f(a, b)`` and ``w_{i,p}`` are one."""
    parts, depth = [""], 0
    for sign in symbol:
        depth += (sign in "({[") - (sign in ")}]")
        if sign == "," and depth == 0 and not parts[-1].endswith("\\"):
            parts.append("")
        else:
            parts[-1] += sign
    return parts if "\\langle" not in symbol else [symbol]


def symbol_index(alphabet: int) -> MarkdownTable:
    """The table of one alphabet: 0 Latin, 1 Greek.

    :raises FileNotFoundError: where the book's notebooks do not lie beside the library.
    """
    rows = []
    for letter, own in entries(pages()).items():
        if filed_under(letter)[0] == alphabet:
            rows += [[shown, meaning, _links(where)] for (shown, meaning), where in own.items()]
    return markdown_table(HEAD, rows, align="lll")


def _links(where: Sequence[Page]) -> str:
    links = (f'<a href="{page_address(page.name)}">{html.escape(page.title.split(":")[0])}</a>' for page in where)
    return ", ".join(links)
