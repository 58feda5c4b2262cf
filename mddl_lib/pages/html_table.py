"""A small accessible HTML table: a caption, and header cells that say what they head."""

from __future__ import annotations

import html
from collections.abc import Sequence


class Markup(str):
    """Text that is HTML already, so it is not escaped. The books' own links and formulas, never a file's content."""

    __slots__ = ()


def html_table(caption: str, head: Sequence[str], rows: Sequence[Sequence[object]], *, kind: str = "") -> str:
    """HTML of a table whose first column names its rows; it scrolls in its own frame where it is wider than the page.

    :param kind: one more CSS class for the frame.
    :raises ValueError: for a row of another length than the head.
    """
    for row in rows:
        if len(row) != len(head):
            raise ValueError(f"row {row} has {len(row)} cells: expected {len(head)}, one for each of {list(head)}")
    top = "".join(f'<th scope="col">{_cell(cell)}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row">{_cell(row[0])}</th>' + "".join(f"<td>{_cell(cell)}</td>" for cell in row[1:]) + "</tr>"
        for row in rows
    )
    label = html.escape(caption, quote=True)
    frame = f"result-table {kind}".strip()
    return (
        f'<div class="{frame}" tabindex="0" role="region" aria-label="{label}"><table class="table">'
        f"<caption>{_cell(caption)}</caption><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def link(words: str, address: str | None) -> str:
    """The words as a link, or as they are where there is no address."""
    return Markup(f'<a href="{html.escape(address)}">{html.escape(words)}</a>') if address else words


def _cell(value: object) -> str:
    return value if isinstance(value, Markup) else html.escape("–" if value is None else str(value), quote=False)
