"""A result table with many columns at a glance: one metric, methods down, the paper's columns across, paper beside ours."""

from __future__ import annotations

from collections.abc import Collection

from mddl_lib.pages.table_view import TableView
from mddl_lib.results.tables import ResultTable


def matrix(table: ResultTable, metric: str, stale: Collection[str] = (), *, notes: bool = True) -> MatrixView:
    """One metric of all columns, paper beside ours: an object that a notebook displays.

    :param stale: rows of ours that a later run did not confirm; they are marked.
    :param notes: whether to print what differs from the paper's rows; once is enough below two such tables.
    :raises KeyError: for a metric that the table has not.
    """
    return MatrixView(table, metric, stale, notes)


class MatrixView(TableView):
    """One metric of every column: where :class:`~mddl_lib.pages.table_view.TableView` shows one column in full.

    :param notes: whether to print what differs from the paper's rows; not below the second of two such tables.
    :raises KeyError: for a metric that the table has not.
    """

    def __init__(self, table: ResultTable, metric: str, stale: Collection[str] = (), notes: bool = True) -> None:
        super().__init__(table, table.columns, stale)
        self.metric, self.with_notes = table.metric(metric), notes

    def groups(self) -> list[tuple[str, list[str]]]:
        """The head: the method, then each column with the paper's number and ours, then seconds for one unit."""
        seconds = f"Seconds, {self.columns[0]}" if len(self.columns) > 1 else "Seconds"
        return [("", ["Method"]), *((c, ["paper", "ours"]) for c in self.columns), (seconds, ["paper", "ours"])]

    def body(self) -> list[list[str]]:
        """The lines below the head, as text."""
        return [self._across(*pair) for pair in self.table.pairs()]

    def caption(self) -> str:
        """What stands above the table."""
        return f"{self.table.description.title}: {self.metric.heading}. Profile: {self.table.profile}."

    def _across(self, paper: str | None, ours: str | None) -> list[str]:
        line = [self.label(paper, ours, self.columns)]
        for column in self.columns:
            line += self.numbers(paper, ours, column, self.metric.name)[:2]
        return [*line, *self.seconds(paper, ours, self.columns)]
