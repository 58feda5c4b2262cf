"""How the shortfalls look: one table of causes for each result table, and what has no row of ours at all."""

from __future__ import annotations

import html
from collections.abc import Iterable

from mddl_lib.chapters import page_address
from mddl_lib.pages.html_table import Markup, html_table, link
from mddl_lib.pages.proof.scoreboard_view import Homes
from mddl_lib.results.claims.verdicts import verdicts
from mddl_lib.results.shortfalls import shortfalls, stated_pairs, without_ours
from mddl_lib.results.tables import ResultTable


def summary(tables: Iterable[ResultTable]) -> str:
    """How much falls short, in a sentence or two of Markdown."""
    tables = list(tables)
    claims = [verdict for table in tables for verdict in verdicts(table)]
    short = [one for table in tables for one in shortfalls(table)]
    failing = sum(len(one.claims) for one in short)
    concerned = len({one.table for one in short})
    pairs = [stated_pairs(table) for table in tables]
    return (
        f"Of {len(claims)} claims that stand in the tables' files, **{failing} fail**, in {concerned} of {len(tables)} tables, "
        f"for {len(short)} causes. Of {sum(p.all for p in pairs)} pairs of rows that the papers keep apart, "
        f"{sum(p.other_order for p in pairs)} have another order in ours, {sum(p.other_margin for p in pairs)} a smaller margin."
    )


def causes(tables: Iterable[ResultTable], homes: Homes) -> str:
    """A table a result table: each cause, and the claims that fail for it with our numbers."""
    parts = []
    for table in tables:
        rows = [
            [one.cause, Markup("".join(f"<p>{_claim(v.sentence, v.measured)}</p>" for v in one.claims))]
            for one in shortfalls(table)
        ]
        pairs = stated_pairs(table)
        if not rows and not pairs.other_order and not pairs.other_margin:
            continue
        topic, address = homes[table.name]
        title = html.escape(table.description.title)
        where = link("the table", _on_the_scoreboard(table))
        parts.append(f"<h3>{title}</h3><p>Chapter: {link(topic, address)}; {where}.</p>")
        if rows:
            parts.append(html_table(f"Why claims about {title} fail", ["Cause", "What does not hold: ours"], rows))
        if pairs.other_order or pairs.other_margin:
            parts.append(
                f"<p>Of {pairs.all} pairs of the paper's rows, {pairs.other_order} have another order in ours and "
                f"{pairs.other_margin} a smaller margin. Each stands, with the rows that left the paper's number, "
                f"below {where}.</p>"
            )
    return "\n".join(parts) or "<p>Nothing: every claim holds.</p>"


def _claim(sentence: str, measured: str) -> str:
    return f"{html.escape(sentence)}: <strong>{html.escape(measured)}</strong>"


def missing(tables: Iterable[ResultTable]) -> str:
    """The rows of papers that no row of ours stands beside."""
    rows = [
        [link(table.description.title, _on_the_scoreboard(table)), ", ".join(without_ours(table))]
        for table in tables
        if without_ours(table)
    ]
    return html_table("Rows without one of ours", ["Table", "Rows"], rows) if rows else "<p>None.</p>"


def _on_the_scoreboard(table: ResultTable) -> str:
    return f"{page_address('scoreboard')}#{table.name}"
