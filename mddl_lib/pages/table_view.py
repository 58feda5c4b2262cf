"""How a result table looks: paper, ours and the difference, as HTML with a text twin. What differs stands below, as notes."""

from __future__ import annotations

import html
from collections.abc import Collection, Sequence

from mddl_lib.pages.html_table import html_table
from mddl_lib.results.claims.claim import ONLY
from mddl_lib.results.scores import Comparison
from mddl_lib.results.tables import ResultTable

MISSING = "–"
NOT_YET = "not yet"


def show(table: ResultTable, *columns: str, stale: Collection[str] = ()) -> TableView:
    """Paper, ours and the difference side by side: an object that a notebook displays.

    :param columns: of the table; none: all of them.
    :param stale: rows of ours that a later run did not confirm; they are marked.
    :raises KeyError: for a column that the table has not.
    """
    return TableView(table, list(columns) or table.columns, stale)


class TableView:
    """The rows of the paper in its order, each followed by ours; a paper row without one of ours says
    "not yet", or nothing where it is an anchor.

    :param stale: rows of ours that a later run did not confirm; they are marked.
    :raises KeyError: for a column that the table has not.
    """

    def __init__(self, table: ResultTable, columns: Sequence[str], stale: Collection[str] = ()) -> None:
        unknown = [column for column in columns if column not in table.columns]
        if unknown:
            raise KeyError(f"table {table.name} has no column {unknown[0]!r}: expected one of {table.columns}")
        self.table, self.columns, self.stale, self.with_notes = table, list(columns), stale, True

    def groups(self) -> list[tuple[str, list[str]]]:
        """The head: pairs of a group's title and its columns."""
        found = [("", ["Method"])]
        if len(self.columns) > 1:
            found[0][1].append("Column")
        found += [(self.table.metric(metric).heading, ["paper", "ours", "diff."]) for metric in self.table.metrics]
        return [*found, ("Seconds", ["paper", "ours"]), ("", [self.table.unit.many.capitalize()])]

    def cells(self) -> tuple[list[str], list[list[str]]]:
        """Head and body as text."""
        head = [f"{group}, {column}" if group else column for group, columns in self.groups() for column in columns]
        return head, self.body()

    def body(self) -> list[list[str]]:
        """The lines below the head, as text."""
        return [self._line(*pair, column) for column in self.columns for pair in self.table.pairs(column)]

    def notes(self) -> list[str]:
        """What differs from the paper's rows, each sentence once, in the order of its first row."""
        shown = [ours for column in self.columns for _, ours in self.table.pairs(column) if ours]
        return list(dict.fromkeys(note for note in map(self.table.note, shown) if note))

    def numbers(self, paper: str | None, ours: str | None, column: str, metric: str) -> tuple[str, str, str]:
        """The paper's number, ours and the difference as text; a paper's standard deviation brings ours along.

        A stand-in never stands beside the paper's number.
        """
        described, place = self.table.metric(metric), self.table.compare(paper, ours, column, metric)
        entry = self.table.entry(ours, column) if ours else None
        hidden = place.paper is None or (entry is not None and entry["embedded"])
        waits = not self.table.description.anchors if ours is None else self.table.expects(ours, column)
        empty = NOT_YET if waits else MISSING
        return (
            MISSING if hidden else described.text(place.paper, place.paper_spread),
            empty if place.ours is None else described.text(place.ours, self._own_spread(place, metric)),
            MISSING if place.difference is None else described.text(place.difference, signed=True).replace("-", "−"),
        )

    def _own_spread(self, place: Comparison, metric: str) -> float | None:
        """Ours is shown in the tables that print such a number for this metric."""
        printed = (cell for cells in self.table.description.spreads.values() for cell in cells.values())
        return place.spread if any(metric in cell for cell in printed) else None

    def seconds(self, paper: str | None, ours: str | None, columns: Sequence[str]) -> list[str]:
        """The paper's seconds for one unit and ours, in the first of the columns that has them."""
        embedded = any((self.table.entry(ours, column) or {}).get("embedded") for column in columns) if ours else False
        printed = None if embedded else self.table.description.seconds.get(paper or "")
        known = [self.table.known_seconds.get(f"{ours} | {column}") for column in columns] if ours else []
        mine = next((value for value in known if value is not None), None)
        return [MISSING if value is None else f"{value:.2g}" for value in (printed, mine)]

    def label(self, paper: str | None, ours: str | None, columns: Sequence[str]) -> str:
        """A row's name, the number of its note, and what keeps it from being the paper's."""
        label = f"{ours or paper}"
        if ours and self.table.note(ours):
            label += f" [{self.notes().index(self.table.note(ours)) + 1}]"
        entries = [self.table.entry(ours, column) for column in columns] if ours else []
        entry = next(filter(None, entries), None)
        if entry and entry["embedded"]:
            label += f" on {entry['data']} (not the paper's data)"
        return label + (" (stale)" if ours in self.stale else "")

    def _line(self, paper: str | None, ours: str | None, column: str) -> list[str]:
        line = [self.label(paper, ours, [column])] + ([column] if len(self.columns) > 1 else [])
        for metric in self.table.metrics:
            line += self.numbers(paper, ours, column, metric)
        entry = self.table.entry(ours, column) if ours else None
        return [*line, *self.seconds(paper, ours, [column]), str(len(entry["units"])) if entry else MISSING]

    def __repr__(self) -> str:
        head, body = self.cells()
        widths = [max(len(line[i]) for line in [head, *body]) for i in range(len(head))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in [head, *body]
        ]
        notes = self.notes() if self.with_notes else []
        return "\n".join(lines + [f"[{number}] {note}" for number, note in enumerate(notes, 1)])

    def caption(self) -> str:
        """What stands above the table."""
        only = f" Column {self.columns[0]}." if len(self.columns) == 1 and self.columns != [ONLY] else ""
        return f"{self.table.description.title}.{only} Profile: {self.table.profile}."

    def _repr_html_(self) -> str:
        groups = self.groups()
        head, spans = (
            [cell for _, columns in groups for cell in columns],
            [(group, len(cells)) for group, cells in groups],
        )
        table = html_table(self.caption(), head, self.body(), frame="paper-table", groups=spans)
        notes = "".join(f"<li>{html.escape(note)}.</li>" for note in self.notes()) if self.with_notes else ""
        return table + (f'<ol class="result-notes">{notes}</ol>' if notes else "")
