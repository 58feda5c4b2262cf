"""The bibliography: whole entries, each cited, each checked against a second source or named as one that was not."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from pybtex.database import Entry, parse_file  # what Sphinx reads the file with

BOOK = Path(__file__).resolve().parents[2] / "book"
ENTRIES = parse_file(BOOK / "references.bib").entries
VENUES = ("journal", "booktitle", "howpublished", "publisher", "eprint", "note")
CITED = re.compile(r"\{cite(?::\w+)?\}`([^`]+)`")


def keys_in(text: str) -> set[str]:
    return {key.strip() for keys in CITED.findall(text) for key in keys.split(",")}


def prose() -> str:
    """The Markdown of every notebook, and the docstrings that may cite."""
    cells = [
        cell
        for path in BOOK.rglob("*.ipynb")
        if ".ipynb_checkpoints" not in path.parts
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
    ]
    return "\n".join("".join(cell["source"]) + json.dumps(cell["metadata"], ensure_ascii=False) for cell in cells)


@pytest.mark.parametrize("key", ENTRIES)
def test_an_entry_is_whole(key: str) -> None:
    entry: Entry = ENTRIES[key]
    assert entry.persons.get("author"), "no author"
    assert {"title", "year"} <= {name.lower() for name in entry.fields}
    assert any(name in entry.fields for name in VENUES), "no venue"
    assert re.fullmatch(r"(19|20)\d\d", entry.fields["year"])
    assert "others" not in entry.fields.get("author", "")
    if "pages" in entry.fields:
        assert re.fullmatch(r"[a-z]?\d+(--\d+)?(:\d+)?", entry.fields["pages"]), entry.fields["pages"]
    if "doi" in entry.fields:
        assert re.fullmatch(r"10\.\d{4,}/\S+", entry.fields["doi"])


def test_no_paper_stands_twice() -> None:
    titles = [re.sub(r"\W", "", entry.fields["title"]).lower() for entry in ENTRIES.values()]
    assert sorted(titles) == sorted(set(titles))


def test_every_entry_is_cited_and_every_citation_has_one() -> None:
    cited = keys_in(prose())
    assert cited - ENTRIES.keys() == set()
    assert ENTRIES.keys() - cited == set()


def test_what_was_not_checked_is_named() -> None:
    """The page names exactly the entries without a date under `checked`."""
    named = keys_in((BOOK / "references.md").read_text(encoding="utf-8"))
    unchecked = {key for key, entry in ENTRIES.items() if "checked" not in entry.fields}
    assert named == unchecked
    dates = {entry.fields["checked"] for entry in ENTRIES.values() if "checked" in entry.fields}
    assert all(re.fullmatch(r"20\d\d-\d\d-\d\d", date) for date in dates)
