"""The tables of the page How to read and run: the course map and the profiles, from the chapters' cards."""

from __future__ import annotations

import html

from mddl_lib.chapters import CHAPTERS, TO_COME, cards, page_address, reading_order
from mddl_lib.pages.html_table import Markup, html_table, link

PROFILES = ("smoke", "read", "paper")


def course_map() -> str:
    """HTML table of the chapters in reading order, with links to the pages that stand."""
    rows = []
    for number, chapter in enumerate(reading_order(CHAPTERS), 1):
        model, network = page_address(chapter.model_page), page_address(chapter.network_page)
        path = f"{_text(link(chapter.model, model))} → {html.escape(chapter.algorithm)} → {_text(link(chapter.network, network))}"
        rows.append([f"{number}. {chapter.topic}", Markup(path), chapter.idea, chapter.state])
    return html_table("Reading order", ["Chapter", "From model to network", "New idea", "Here?"], rows)


def profiles() -> str:
    """HTML table of the cards' parameters: what each profile gives to each notebook beyond its defaults."""
    rows, quiet = [], []
    for notebook, card in cards().items():
        if notebook.startswith(f"{TO_COME}/"):
            continue
        given = [card["parameters"][profile] for profile in PROFILES]
        cells = [
            Markup("<br>".join(html.escape(f"{key} = {value}") for key, value in entry.items())) for entry in given
        ]
        if any(given):
            rows.append([notebook, *(cell or "defaults" for cell in cells)])
        else:
            quiet.append(notebook)
    table = html_table("What each profile changes", ["Notebook", *PROFILES], rows) if rows else ""
    return table + f"<p>The same in every profile: {html.escape(', '.join(quiet))}.</p>" if quiet else table


def _text(words: str) -> str:
    return words if isinstance(words, Markup) else html.escape(words)
