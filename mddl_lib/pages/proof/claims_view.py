"""How claims look on the scoreboard: each with our number and its verdict; the orders of the paper's rows, folded."""

from __future__ import annotations

from collections.abc import Sequence

from mddl_lib.pages.html_table import Markup, html_table
from mddl_lib.pages.table_view import MISSING
from mddl_lib.results.claims.claim import Claim
from mddl_lib.results.claims.stated import stated
from mddl_lib.results.claims.verdicts import verdicts
from mddl_lib.results.tables import ResultTable

SIGNS = {"holds": "✓ holds", "fails": "✗ fails", "not yet": "not yet"}
PLURAL = {"holds": "hold", "fails": "fail"}


def count(words: Sequence[str], word: str) -> str:
    """How often a verdict stands, in words: "2 hold"."""
    number = words.count(word)
    return f"{number} {word if number == 1 else PLURAL.get(word, word)}"


def claims(table: ResultTable) -> str:
    """The claims of one table with our number and the verdict."""
    rows = []
    for verdict in verdicts(table):
        rows.append([verdict.sentence, verdict.measured, _sign(verdict.word), _reasons(verdict.claim)])
    caption = f"Claims about {table.description.title}"
    return html_table(caption, ["Claim", "Ours", "Verdict", "Why"], rows) if rows else "<p>No claims yet.</p>"


def orders(table: ResultTable) -> str:
    """Every order and margin that the paper's rows state, folded; what fails says which of our rows left the paper's number."""
    found = stated(table)
    if not found:
        return ""
    metric = table.metric(table.description.stated.metric)
    rows = [
        [
            str(pair),
            metric.text(metric.sign * pair.margin, signed=True),
            MISSING if pair.ours is None else str(pair.ours),
            _sign(pair.order),
            _sign(pair.size),
            pair.reason,
        ]
        for pair in found
    ]
    kept = [", ".join(count([pair.words[place] for pair in found], word) for word in SIGNS) for place in (0, 1)]
    caption = f"Orders and margins of {table.description.title}, {metric.heading}"
    head = ["Pair of rows", "Paper", "Ours", "Order", "Margin", "Where it comes from"]
    return (
        f'<details class="orders"><summary>{len(found)} pairs of rows that the paper keeps apart. Orders: {kept[0]}. '
        f"Margins: {kept[1]}.</summary>{html_table(caption, head, rows)}</details>"
    )


def _sign(word: str) -> Markup:
    return Markup(f'<span class="verdict-{word.replace(" ", "-")}">{SIGNS[word]}</span>')


def _reasons(claim: Claim) -> str:
    """Where a claim comes from and, when it is known to fail, why it does."""
    return ". ".join(filter(None, [claim.why, claim.fails]))
