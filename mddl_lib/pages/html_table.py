"""A small accessible HTML table: a caption, and header cells that say what they head."""

from __future__ import annotations

import html
from collections.abc import Sequence


class Markup(str):
    """Text that is HTML already, so it is not escaped. The books' own links and formulas, never a file's content."""

    __slots__ = ()


def html_table(
    caption: str,
    head: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    kind: str = "",
    frame: str = "result-table",
    groups: Sequence[tuple[str, int]] = (),
) -> str:
    """HTML of a table whose first column names its rows; it scrolls in its own frame where it is wider than the page.

    :param kind: one more CSS class for the frame.
    :param frame: the frame's own CSS class.
    :param groups: a line above the head: titles, each with how many columns it spans; an empty title heads nothing.
    :raises ValueError: for a row of another length than the head, and for groups that do not span it.
    """
    for row in rows:
        if len(row) != len(head):
            raise ValueError(f"row {row} has {len(row)} cells: expected {len(head)}, one for each of {list(head)}")
    if groups and sum(width for _, width in groups) != len(head):
        raise ValueError(
            f"groups {list(groups)} span {sum(width for _, width in groups)} columns: expected {len(head)}"
        )
    above = "".join(
        f'<th scope="colgroup" colspan="{width}">{_cell(title)}</th>' if title else f'<td colspan="{width}"></td>'
        for title, width in groups
    )
    top = "".join(f'<th scope="col">{_cell(cell)}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row">{_cell(row[0])}</th>' + "".join(f"<td>{_cell(cell)}</td>" for cell in row[1:]) + "</tr>"
        for row in rows
    )
    label = html.escape(caption, quote=True)
    return (
        f'<div class="{f"{frame} {kind}".strip()}" tabindex="0" role="region" aria-label="{label}"><table class="table">'
        f"<caption>{_cell(caption)}</caption><thead>{f'<tr>{above}</tr>' if above else ''}<tr>{top}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def link(words: str, address: str | None) -> str:
    """The words as a link, or as they are where there is no address."""
    return Markup(f'<a href="{html.escape(address)}">{html.escape(words)}</a>') if address else words


def _cell(value: object) -> str:
    return value if isinstance(value, Markup) else html.escape("–" if value is None else str(value), quote=False)
