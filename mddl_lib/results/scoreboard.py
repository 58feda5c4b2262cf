"""The scoreboard: every table of the talk, paper against ours, from the tables' files and the stored results alone."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from mddl_lib.environment import book_folder
from mddl_lib.results.claims.claim import ONLY
from mddl_lib.results.claims.stated import stated
from mddl_lib.results.claims.verdicts import verdicts
from mddl_lib.results.tables import ResultTable

CSV_HEAD = (
    "table", "row", "paper row", "column", "metric", "paper", "paper sd", "ours", "ours sd", "difference", "count", "of",
    "data", "data sha256", "embedded", "seconds", "what differs",
)  # fmt: skip


def load_all(names: Iterable[str], profile: str = "paper") -> list[ResultTable]:
    """Every table of the book with the results of a profile, in the given order.

    :param names: of the tables, in the talk's order; those that have no file are left out.
    :raises KeyError: for a table of the book that is not among the names.
    """
    order = list(names)
    there = {path.stem for path in (book_folder() / "tables").glob("*.yaml")}
    if homeless := sorted(there - set(order)):
        raise KeyError(f"table {homeless[0]!r} belongs to no chapter: expected one of {order}")
    return [ResultTable.load(name, profile) for name in order if name in there]


def filled_columns(table: ResultTable) -> list[str]:
    """The columns in which at least one row of ours was computed on the paper's kind of data (not on a phantom)."""
    return [c for c in table.columns if any(c in cells and not cells[c]["embedded"] for cells in table.rows.values())]


def headline(tables: Iterable[ResultTable]) -> str:
    """Two or three sentences for the landing page, as Markdown: how much is reproduced, and how well."""
    tables = list(tables)
    begun = [table for table in tables if filled_columns(table)]
    talk = [table for table in tables if not table.description.anchors]
    if not begun:
        return (
            f"The talk has {len(talk)} result tables. **None of ours is stored yet**: "
            "`make tables PROFILE=paper` computes them."
        )
    words = [word for table in tables for word in all_words(table)]
    pairs = [pair for table in tables for pair in stated(table)]
    there = [table for table in begun if table in talk]
    more = len(begun) - len(there)
    text = (
        f"The talk has {len(talk)} result tables, and {len(there)} of them "
        f"{'has' if len(there) == 1 else 'have'} rows of ours"
        + (f"; {more} more {'is' if more == 1 else 'are'} the book's own. " if more else ". ")
        + f"Of {len(words)} claims that we check, **{words.count('holds')} hold**, {words.count('fails')} fail"
        + (f" and {words.count('not yet')} are not measured yet. " if "not yet" in words else ". ")
    )
    if pairs:
        orders, sizes = ([pair.words[place] for pair in pairs].count("holds") for place in (0, 1))
        text += (
            f"Among them is every pair of rows that the paper's MRI tables keep apart, {len(pairs)} in all: "
            f"{orders} have the paper's order here, {sizes} its margin too. "
        )
    return text + " ".join(filter(None, map(_nearest, begun)))


def all_words(table: ResultTable) -> list[str]:
    """The verdict of each claim of a table, written in its file or stated by the paper's rows: holds, fails or not yet."""
    return [verdict.word for verdict in verdicts(table)] + [word for pair in stated(table) for word in pair.words]


def _nearest(table: ResultTable) -> str:
    """One sentence: the best row of ours in the first column that has one, beside the paper's same row."""
    column, metric = filled_columns(table)[0], table.metric(table.description.headline)
    found = []
    for row in table.announced():
        place = table.compare(table.paper_row(row), row, column, metric.name)
        if place.difference is not None:
            found.append((metric.sign * place.ours, row, place))
    if not found:
        return ""
    _, row, place = max(found, key=lambda one: one[:2])
    where = table.description.title + ("" if column == ONLY else f", {column}")
    what = "" if metric.unit else f"{metric.title} "  # a decibel says what it is of, a plain number does not
    units = table.unit.count(len(table.entry(row, column)["units"]))
    return (
        f"{where}: {row} reaches {what}{metric.quantity(place.ours)} on {units}; "
        f"the paper says {metric.quantity(place.paper)}."
    )


def csv_rows(table: ResultTable) -> Iterator[list[object]]:
    """One line a row, column and metric: the paper's rows, each with ours beside it, then ours that stand beside none."""
    for paper, ours in table.pairs():
        for column in table.columns:
            entry = table.entry(ours, column) if ours else None
            for metric in table.metrics:
                place = table.compare(paper, ours, column, metric)
                if place.paper is None and place.ours is None:
                    continue
                yield [
                    table.name, ours or paper, paper, column, metric, place.paper, place.paper_spread,
                    _round(place.ours), _round(place.spread), _round(place.difference),
                    len(entry["units"]) if entry else None, table.unit.many if entry else None,
                    entry["data"] if entry else None, entry["data_sha256"] if entry else None,
                    entry["embedded"] if entry else None, table.known_seconds.get(f"{ours} | {column}"),
                    table.note(ours) if ours else None,
                ]  # fmt: skip


def csv_text(tables: Iterable[ResultTable]) -> str:
    """The tables as one CSV text with a head; an empty field is a number that is not there."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(CSV_HEAD)
    for table in tables:
        writer.writerows(csv_rows(table))
    return buffer.getvalue()


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
