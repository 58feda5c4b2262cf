"""What a page says that its letters mean: the items ``- $s_j$: sensitivity of coil $j$;`` below its equations."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from mddl_lib.chapters import pages_in_order
from mddl_lib.environment import book_folder

_ITEM = re.compile(r"^\s*[-*] (?=\$)(.*(?:\n(?!\s*[-*] |\s*$|#|```|\$\$|:::).+)*)", re.M)
_FORMULAS = r"\$[^$\n]+\$(?:(?:,| and|, and) \$[^$\n]+\$)*"
_HEAD = re.compile(rf"(?:^|(?<=[;.]) )({_FORMULAS}): ")
_ROLE = re.compile(r"\{(?P<role>[\w:]+)\}`(?P<text>[^`<]*?)\s*(?:<[^`]*>)?`")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_SENTENCE = re.compile(r"(?<=\w\w[.])\s+(?=[A-Z])|(?<=[$)][.])\s+(?=[A-Z])")


@dataclass(frozen=True)
class Definition:
    """One entry of a page's list."""

    symbols: tuple[str, ...]
    """the formulas before the colon"""
    meaning: str
    """its first sentence, without references"""
    whole: str
    """all that the entry says"""


@dataclass(frozen=True)
class Page:
    """What the index reads of a notebook."""

    name: str
    title: str
    text: str
    """its Markdown cells"""

    @property
    def definitions(self) -> list[Definition]:
        """The entries of its lists, from top to bottom."""
        return list(definitions(self.text))


def definitions(text: str) -> Iterator[Definition]:
    """The entries of the lists in a Markdown text; an item may hold several, ``$x$: an image; $y$: a measurement``."""
    for item in _ITEM.finditer(text):
        words = re.sub(r"\s*\n\s*", " ", item[1])
        heads = list(_HEAD.finditer(words))
        for head, end in zip(heads, [*(after.start() for after in heads[1:]), len(words)], strict=False):
            whole = words[head.end() : end].strip().rstrip(";.").strip()
            symbols = tuple(re.findall(r"\$([^$]+)\$", head[1]))
            yield Definition(symbols, _plain(_SENTENCE.split(whole)[0]).rstrip(";."), whole)


def _plain(words: str) -> str:
    """Markdown that can stand on another page: no citation, no reference, no link."""

    def said(role: re.Match[str]) -> str:
        if role["role"].startswith("cite") or role["role"] == "eq":
            return ""
        name = role["text"]
        return f"`{name.lstrip('~').split('.')[-1]}`" if role["role"].startswith("py") else name

    short = _LINK.sub(r"\1", _ROLE.sub(said, words))
    return re.sub(r"\s+([,;)]|\.(?!\d)|$)", r"\1", re.sub(r"\s*\(\s*\)|(?<= ) +", "", short)).strip()


def pages(book: Path | None = None) -> list[Page]:
    """The notebooks of the book, in its order.

    :param book: the folder with ``_toc.yml``; None: this book.
    :raises FileNotFoundError: where no notebook lies, as in an installed package.
    """
    folder = book or book_folder()
    contents = yaml.safe_load((folder / "_toc.yml").read_text(encoding="utf-8"))
    found = []
    for name in pages_in_order(contents):
        path = folder / f"{name}.ipynb"
        if path.is_file():
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
            title = re.search(r"^# +(.+)$", text, re.M)
            found.append(Page(name, title[1] if title else name, text))
    if not found:
        raise FileNotFoundError(f"no notebook lies in {folder}: the symbol index is read from the book's notebooks")
    return found
