"""The talk and the book as data, from the cards: what each chapter starts from, which algorithm solves it, what it becomes."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from mddl_lib.environment import book_folder, static

TO_COME = "to_come"
"""Folder of the cards whose notebook is not written yet."""


@dataclass(frozen=True)
class Chapter:
    """One row of the talk: classical model → algorithm → network, joined from the cards of its topic.

    ``model_page`` and ``network_page`` name the book's pages (without suffix) that teach its two ends; None: to come.
    ``tables`` names the result tables that the chapter regenerates, ``before`` the topics to read first.
    """

    topic: str
    model: str
    algorithm: str
    network: str
    source: str
    model_page: str | None = None
    network_page: str | None = None
    tables: tuple[str, ...] = field(default=())
    before: tuple[str, ...] = field(default=())
    idea: str = ""

    @property
    def state(self) -> str:
        """ "stands" when a page teaches the network, "begun" when one teaches the model alone, else "to come"."""
        if page_address(self.network_page):
            return "stands"
        return "begun" if page_address(self.model_page) else "to come"


def pages_in_order(contents: Any) -> Iterator[str]:
    """The names after ``root`` and ``file`` in a table of contents, from its beginning to its end."""
    if isinstance(contents, dict):
        for key, value in contents.items():
            if key in ("root", "file"):
                yield value
            else:
                yield from pages_in_order(value)
    elif isinstance(contents, list):
        for entry in contents:
            yield from pages_in_order(entry)


@functools.cache
def cards(book: Path | None = None) -> dict[str, dict[str, Any]]:
    """Page → its card, in the order of the book; those of chapters to come, by their file names, stand at the end.

    :param book: the folder with ``_toc.yml``; None: this book.
    :raises ValueError: for a card that is no YAML, or no mapping.
    """
    book = book or book_folder()
    pages = [page for page in pages_in_order(_mapping(book / "_toc.yml")) if (book / f"{page}.yaml").is_file()]
    pages += [f"{TO_COME}/{path.stem}" for path in sorted((book / TO_COME).glob("*.yaml"))]
    return {page: _mapping(book / f"{page}.yaml") for page in pages}


def _mapping(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is no YAML: {error}") from None
    if not isinstance(content, dict):
        raise ValueError(f"{path}: expected `key: value` lines, found {type(content).__name__}")
    return content


def chapters(book: Path | None = None) -> tuple[Chapter, ...]:
    """The rows of the talk's map in its order (``row`` of a card); topics that are not in the talk follow."""
    topics: dict[str, dict[str, dict[str, Any]]] = {}
    for page, card in cards(book).items():
        if "topic" in card:
            topics.setdefault(card["topic"], {})[page] = card
    topic_of = {page: card["topic"] for page, card in cards(book).items() if "topic" in card}
    rows = {
        topic: min((c["row"] for c in own.values() if "row" in c), default=len(topics) + 1e3)
        for topic, own in topics.items()
    }
    return tuple(_join(topic, topics[topic], topic_of) for topic in sorted(topics, key=rows.__getitem__))


def _join(topic: str, own: dict[str, dict[str, Any]], topic_of: dict[str, str]) -> Chapter:
    """What the first card of a topic says holds; a card to come fills in what no written chapter says."""

    def first(key: str) -> tuple[str, str | None]:
        page, words = next(((page, card[key]) for page, card in own.items() if key in card), (None, ""))
        return words, None if page is None or page.startswith(f"{TO_COME}/") else page

    before = [topic_of.get(name, name) for card in own.values() for name in card.get("before", ())]
    return Chapter(
        topic,
        *(first(key)[0] for key in ("model", "algorithm", "network", "source")),
        model_page=first("model")[1],
        network_page=first("network")[1],
        tables=tuple(dict.fromkeys(name for card in own.values() for name in card.get("tables", ()))),
        before=tuple(name for name in dict.fromkeys(before) if name != topic),
        idea=first("idea")[0],
    )


def reading_order(rows: Sequence[Chapter]) -> list[Chapter]:
    """The same rows, each after those that its cards say to read ``before``; else as they come.

    :raises ValueError: when two topics are each to be read before the other.
    """
    left, done, names = list(rows), [], {row.topic for row in rows}
    while left:
        ready = [row for row in left if not names & set(row.before) - {one.topic for one in done}]
        if not ready:
            raise ValueError(f"`before` of the cards goes round in a circle: {', '.join(row.topic for row in left)}")
        done.append(ready[0])
        left.remove(ready[0])
    return done


CHAPTERS = chapters()
"""The rows of the talk's map, in its order. A chapter that is written has a card, and every list in the book follows."""


def page_address(page: str | None) -> str | None:
    """The address of a page of the book, seen from its root; None when no such page stands here.

    In the rendered book a page is HTML, under a kernel it is the notebook beside this one.
    """
    if page is None:
        return None
    for suffix in (".ipynb", ".md"):
        if (book_folder() / f"{page}{suffix}").is_file():
            return f"{page}.html" if static() else f"{page}{suffix}"
    return None


def chapter_of(table: str) -> Chapter:
    """The chapter that regenerates a result table.

    :raises KeyError: for a table that no chapter claims.
    """
    for chapter in CHAPTERS:
        if table in chapter.tables:
            return chapter
    raise KeyError(f"no chapter claims the table {table!r}: name it under `tables` of a card in book/")
