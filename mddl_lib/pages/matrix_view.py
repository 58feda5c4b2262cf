"""A result table with many columns at a glance: one metric, methods down, the paper's columns across, paper beside ours."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from mddl_lib.pages.table_view import FORMATS, MISSING, NAMES, NOT_YET, TableView

if TYPE_CHECKING:
    from mddl_lib.results.tables import ResultTable


class MatrixView(TableView):
    """One metric of every column: where :class:`~mddl_lib.pages.table_view.TableView` shows one column in full.

    :param notes: whether to print what differs from the paper's rows; not below the second of two such tables.
    :raises KeyError: for a metric that the table has not.
    """

    def __init__(self, table: ResultTable, metric: str, stale: Collection[str] = (), notes: bool = True) -> None:
        super().__init__(table, table.columns, stale)
        if metric not in table.metrics:
            raise KeyError(f"table {table.name} has no metric {metric!r}: expected one of {table.metrics}")
        self.metric, self.with_notes = metric, notes

    def groups(self) -> list[tuple[str, list[str]]]:
        """The head: the method, then each column with the paper's number and ours, then seconds for one image."""
        seconds = f"Seconds, {self.columns[0]}" if len(self.columns) > 1 else "Seconds"
        return [("", ["Method"]), *((c, ["paper", "ours"]) for c in self.columns), (seconds, ["paper", "ours"])]

    def cells(self) -> tuple[list[str], list[list[str]]]:
        """Head and body as text."""
        head = [f"{group}, {column}" if group else column for group, columns in self.groups() for column in columns]
        pairs = dict.fromkeys(pair for column in self.columns for pair in self._rows(column))
        return head, [self._across(*pair) for pair in pairs]

    def caption(self) -> str:
        """What stands above the table."""
        title, name = self.table.description["title"], NAMES.get(self.metric, self.metric)
        return f"{title}: {name}. Profile: {self.table.profile}."

    def _across(self, paper: str | None, ours: str | None) -> list[str]:
        table, pattern = self.table, FORMATS.get(self.metric, "{:.3g}")
        entries = [table.entry(ours, column) if ours else None for column in self.columns]
        line = [self._label(paper, ours, next(filter(None, entries), None))]
        for column, entry in zip(self.columns, entries, strict=True):
            hidden = entry is not None and entry["embedded"]  # a stand-in never stands beside the paper's number
            theirs = table.paper.get(paper or "", {}).get(column, {}).get(self.metric)
            line.append(MISSING if theirs is None or hidden else pattern.format(theirs))
            empty = NOT_YET if ours is None or table.expects(ours, column) else MISSING
            line.append(pattern.format(table.mean(ours, column, self.metric)) if ours and entry else empty)
        printed = table.description["rows"].get(paper, {}).get("seconds")
        known = [table.known_seconds.get(f"{ours} | {column}") for column in self.columns] if ours else []
        seconds = next((value for value in known if value is not None), None)
        return [*line, *(MISSING if value is None else f"{value:.2g}" for value in (printed, seconds))]
