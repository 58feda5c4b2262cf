"""A Markdown table from rows of values, as a notebook displays it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class MarkdownTable:
    """Rows under a head, made once: Markdown in a page, the same text under a plain console.

    :param head: titles of the columns.
    :param rows: cells, each row as long as the head; numbers are printed by ``formats``, None as "–".
    :param formats: a format a column such as ".2f", "" for as it is; None: all as they are.
    :param align: a letter a column, "l", "r" or "c"; None: the first to the left, the others to the right.
    :raises ValueError: for a row of another length than the head, naming it.
    """

    def __init__(
        self,
        head: Sequence[str],
        rows: Iterable[Sequence[object]],
        *,
        formats: Sequence[str] | None = None,
        align: str | None = None,
    ) -> None:
        self.head, self.rows = [str(title) for title in head], []
        formats = formats or [""] * len(self.head)
        self.align = align or "l" + "r" * (len(self.head) - 1)
        if len(formats) != len(self.head) or len(self.align) != len(self.head) or set(self.align) - set("lrc"):
            raise ValueError(
                f"{len(self.head)} columns, formats {list(formats)}, align {self.align!r}: expected one each"
            )
        for row in rows:
            if len(row) != len(self.head):
                raise ValueError(
                    f"row {list(row)} has {len(row)} cells: expected {len(self.head)}, one for each of {self.head}"
                )
            self.rows.append([_cell(value, form) for value, form in zip(row, formats, strict=True)])

    def __str__(self) -> str:
        marks = {"l": "---", "r": "---:", "c": ":---:"}
        lines = [self.head, [marks[letter] for letter in self.align], *self.rows]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        return str(self)


def markdown_table(
    head: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    formats: Sequence[str] | None = None,
    align: str | None = None,
) -> MarkdownTable:
    """A :class:`MarkdownTable`, to stand last in a notebook's cell or in ``display``."""
    return MarkdownTable(head, rows, formats=formats, align=align)


def _cell(value: object, form: str) -> str:
    if value is None:
        return "–"
    plain = isinstance(value, str)  # text stands beside numbers in one column
    return (value if plain else format(value, form)).replace("|", "\\|").replace("\n", " ")
