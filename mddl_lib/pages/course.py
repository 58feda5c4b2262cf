"""The tables of the page How to read and run: the course map and the profiles, from the book's own files."""

from __future__ import annotations

import html

import yaml

from mddl_lib.chapters import CHAPTERS, Chapter, page_address
from mddl_lib.environment import book_folder
from mddl_lib.pages.html_table import Markup, html_table, link

READING_ORDER = ("LISTA", "learned gradient descent", "Deep ADMM-Net", "ADMM-CSNet")
"""Networks in the order in which their ideas build on each other; the other chapters follow in the talk's order."""

NEW_IDEA = {
    "LISTA": "a loop of one line, unrolled; what tying and step size mean",
    "learned gradient descent": "descent on an energy with a learned prior; gradients through the loop by hand",
    "Deep ADMM-Net": "splitting; several kinds of layers; closed-form solves inside a network",
    "ADMM-CSNet": "a learned denoiser as the prior; general measurement operators",
}


def reading_order() -> list[Chapter]:
    """The talk's chapters, those of :data:`READING_ORDER` first."""
    first = [chapter for name in READING_ORDER for chapter in CHAPTERS if chapter.network == name]
    return first + [chapter for chapter in CHAPTERS if chapter not in first]


def course_map() -> str:
    """HTML table of the chapters in reading order, with links to the pages that stand."""
    rows = []
    for number, chapter in enumerate(reading_order(), 1):
        model, network = page_address(chapter.model_page), page_address(chapter.network_page)
        path = f"{_text(link(chapter.model, model))} → {html.escape(chapter.algorithm)} → {_text(link(chapter.network, network))}"
        rows.append([f"{number}. {chapter.topic}", Markup(path), NEW_IDEA.get(chapter.network, ""), chapter.state])
    return html_table("Reading order", ["Chapter", "From model to network", "New idea", "Here?"], rows)


def profiles() -> str:
    """HTML table of book/profiles.yaml: what each profile gives to each notebook beyond its defaults."""
    content = yaml.safe_load((book_folder() / "profiles.yaml").read_text())
    names = list(content)
    rows = []
    for notebook in dict.fromkeys(notebook for entries in content.values() for notebook in entries):
        given = [{k: v for k, v in content[name].get(notebook, {}).items() if k != "profile"} for name in names]
        cells = [
            Markup("<br>".join(html.escape(f"{key} = {value}") for key, value in entry.items())) for entry in given
        ]
        if any(given):
            rows.append([notebook, *(cell or "defaults" for cell in cells)])
    quiet = sorted({n for entries in content.values() for n in entries} - {row[0] for row in rows})
    table = html_table("What each profile changes", ["Notebook", *names], rows) if rows else ""
    return table + f"<p>The same in every profile: {html.escape(', '.join(quiet))}.</p>" if quiet else table


def _text(words: str) -> str:
    return words if isinstance(words, Markup) else html.escape(words)
