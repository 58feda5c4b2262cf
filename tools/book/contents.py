"""The table of contents: every page of the book once, and no page that is not there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.book.book_files import BookError, notebook_names, read_yaml

WANTED = "the table of contents: a root, then parts with their chapters"


def listed(contents: Any) -> Iterator[str]:
    """What `root` and `file` name, from the beginning to the end."""
    if isinstance(contents, dict):
        for key, value in contents.items():
            if key in ("root", "file"):
                yield str(value)
            else:
                yield from listed(value)
    elif isinstance(contents, list):
        for entry in contents:
            yield from listed(entry)


def check_contents(book: Path) -> None:
    """Raise BookError for a page that is listed twice or not there, and for a notebook that is not listed."""
    path = book / "_toc.yml"
    pages = list(listed(read_yaml(path, WANTED)))
    for page, times in Counter(pages).items():
        if times > 1:
            raise BookError(f"{path}: {page} stands there {times} times; expected once")
        if not any((book / f"{page}{suffix}").is_file() for suffix in (".ipynb", ".md")):
            raise BookError(f"{path}: there is no {page}.ipynb and no {page}.md in {book}")
    if missing := [name for name in notebook_names(book) if name not in pages]:
        raise BookError(f"{path}: {missing[0]} is not listed; a new notebook needs its line there")
