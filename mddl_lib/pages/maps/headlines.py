"""One number of each table of the talk: the paper's beside ours."""

from __future__ import annotations

import html

from mddl_lib.chapters import CHAPTERS
from mddl_lib.pages.html_table import Markup, html_table, link
from mddl_lib.results.tables import ResultTable


def headline_table() -> str:
    """HTML: every table of the talk, one line each."""
    names = [name for chapter in CHAPTERS for name in chapter.tables]
    tables = [ResultTable.load(name, profile="paper") for name in dict.fromkeys(names)]
    rows = [[table.description.title, headline(table.name)] for table in tables if not table.description.anchors]
    return html_table("The talk's tables, one number of each", ["Table", "Paper, ours"], rows)


def headline(name: str) -> Markup:
    """What the paper prints for the talk's method, and ours for it, by the table's main metric; it leads to the scoreboard.

    Each in the first column that has a number: where the paper's data is not at hand, ours stands on other data, and says so.
    """
    table = ResultTable.load(name, profile="paper")
    metric, method, address = (
        table.metric(table.description.headline),
        table.description.method,
        f"scoreboard.html#{name}",
    )
    printed = [(c, cell[metric.name]) for c, cell in table.paper.get(method, {}).items() if metric.name in cell]
    rows = [ours for paper, ours in table.pairs() if paper == method and ours]
    ours = [(c, row) for row in rows for c in table.columns if table.entry(row, c)]
    if not (printed and ours):
        return link("on the scoreboard", address)
    column, row = next(((c, r) for c, r in ours if c == printed[0][0]), ours[0])
    words = f"{metric.text(printed[0][1])}, {metric.text(table.mean(row, column, metric.name))}"
    said = [f"{row}, {metric.heading}"]
    if len(table.columns) > 1:
        said.append(column if column == printed[0][0] else f"{printed[0][0]}; ours on other data, {column}")
    return Markup(f"{link(words, address)}<br><small>{html.escape(', '.join(said))}</small>")
