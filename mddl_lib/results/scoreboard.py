"""The scoreboard: every table of the talk, paper against ours, from the tables' files and the stored results alone."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mddl_lib.chapters import CHAPTERS
from mddl_lib.environment import book_folder
from mddl_lib.results.claims import Claim
from mddl_lib.results.tables import ResultTable

VERDICTS = {True: "holds", False: "fails", None: "not yet"}

CSV_HEAD = (
    "table", "row", "paper row", "column", "metric", "paper", "ours", "difference", "images", "data", "data sha256",
    "embedded", "seconds", "what differs",
)  # fmt: skip


@dataclass(frozen=True)
class Verdict:
    """What the stored results say of one claim."""

    claim: Claim
    measured: str
    """our number in words, "–" when there is none"""
    word: str
    """holds, fails or not yet"""


def load_all(profile: str = "paper") -> list[ResultTable]:
    """Every table of the book with the results of a profile, in the talk's order.

    :raises KeyError: for a table that no chapter of the talk claims.
    """
    order = [name for chapter in CHAPTERS for name in chapter.tables]
    there = {path.stem for path in (book_folder() / "tables").glob("*.yaml")}
    if homeless := sorted(there - set(order)):
        raise KeyError(f"table {homeless[0]!r} belongs to no chapter: add it to mddl_lib.chapters.CHAPTERS")
    return [ResultTable.load(name, profile) for name in order if name in there]


def verdicts(table: ResultTable) -> list[Verdict]:
    """The claims of one table, each with our number and whether it holds."""
    return [Verdict(claim, measured(claim, table), VERDICTS[claim.holds(table)]) for claim in table.claims]


def measured(claim: Claim, table: ResultTable) -> str:
    """The number that a claim is about: our mean, or the paired difference of two rows with its spread."""
    if claim.holds(table) is None:
        return "–"
    if claim.better_than is not None:
        return str(table.paired(claim.row, claim.better_than, claim.column, claim.metric))
    return f"{table.mean(claim.row, claim.column, claim.metric):.{4 if claim.metric == 'nmse' else 2}f}"


def filled_columns(table: ResultTable) -> list[str]:
    """The columns in which at least one row of ours was computed on the paper's kind of data (not on a phantom)."""
    return [c for c in table.columns if any(c in cells and not cells[c]["embedded"] for cells in table.rows.values())]


def headline(tables: Iterable[ResultTable]) -> str:
    """Two or three sentences for the landing page, as Markdown: how much is reproduced, and how well."""
    tables = list(tables)
    begun = [table for table in tables if filled_columns(table)]
    if not begun:
        return (
            f"The talk has {len(tables)} result tables. **None of ours is stored yet**: "
            "`make tables PROFILE=paper` computes them."
        )
    words = [verdict.word for table in tables for verdict in verdicts(table)]
    text = (
        f"The talk has {len(tables)} result tables, and {len(begun)} of them "
        f"{'has' if len(begun) == 1 else 'have'} rows of ours. "
        f"Of {len(words)} claims that we check, **{words.count('holds')} hold**, {words.count('fails')} fail"
        + (f" and {words.count('not yet')} are not measured yet. " if "not yet" in words else ". ")
    )
    return text + " ".join(_nearest(table) for table in begun)


def _nearest(table: ResultTable) -> str:
    """One sentence: the best row of ours in the first column that has one, beside the paper's same row."""
    column, metric = filled_columns(table)[0], table.metrics[-1]
    pairs = []
    for row, cells in table.rows.items():
        theirs = table.paper.get(table.paper_row(row) or "", {}).get(column, {}).get(metric)
        if column in cells and not cells[column]["embedded"] and theirs is not None:
            pairs.append((table.mean(row, column, metric), row, theirs, len(cells[column]["images"])))
    if not pairs:
        return ""
    mine, row, theirs, images = (max if table.higher_is_better(metric) else min)(pairs)
    unit = " dB" if metric == "psnr" else ""
    return (
        f"{table.description['title']}, {column}: {row} reaches {mine:.2f}{unit} on {images} images; "
        f"the paper says {theirs:.2f}{unit}."
    )


def csv_rows(table: ResultTable) -> Iterator[list[object]]:
    """One line a row, column and metric: the paper's rows, then ours that stand beside none."""
    ours_of = {row: [name for name in table.announced() if table.paper_row(name) == row] for row in table.paper}
    pairs = [(row, name) for row in table.paper for name in ours_of[row] or [None]]
    pairs += [(None, name) for name in table.announced() if table.paper_row(name) not in table.paper]
    for paper, name in pairs:
        for column in table.columns:
            entry = table.entry(name, column) if name else None
            for metric in table.metrics:
                theirs = table.paper.get(paper or "", {}).get(column, {}).get(metric)
                mine = table.mean(name, column, metric) if name and entry else None
                if theirs is None and mine is None:
                    continue
                same = theirs is not None and mine is not None and entry and not entry["embedded"]
                yield [
                    table.name, name or paper, paper, column, metric, theirs, _round(mine),
                    _round(mine - theirs) if same else None, len(entry["images"]) if entry else None,
                    entry["data"] if entry else None, entry["data_sha256"] if entry else None,
                    entry["embedded"] if entry else None, table.known_seconds.get(f"{name} | {column}"),
                    table.note(name) if name else None,
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
