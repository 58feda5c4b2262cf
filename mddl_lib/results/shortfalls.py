"""Where our rows fall short of what was claimed of them, by table and cause: read from the stored results alone."""

from __future__ import annotations

from dataclasses import dataclass

from mddl_lib.results.claims.stated import stated
from mddl_lib.results.claims.verdicts import Verdict, verdicts
from mddl_lib.results.tables import ResultTable

UNEXPLAINED, AS_ABOVE = "no cause is on record", "as above"


@dataclass(frozen=True)
class Shortfall:
    """Claims of one table that fail for one cause."""

    table: str
    cause: str
    claims: tuple[Verdict, ...]


@dataclass(frozen=True)
class Pairs:
    """Of the pairs of rows that the paper keeps apart: how many, and how many of ours have another order or margin."""

    all: int
    other_order: int
    other_margin: int


def shortfalls(table: ResultTable) -> list[Shortfall]:
    """The causes in the order in which they first stand in the table's file, each with all claims that it explains."""
    causes: dict[str, list[Verdict]] = {}
    cause = UNEXPLAINED
    for verdict in verdicts(table):
        if verdict.word == "fails":
            cause = cause if verdict.claim.fails == AS_ABOVE else verdict.claim.fails or UNEXPLAINED
            causes.setdefault(cause, []).append(verdict)
    return [Shortfall(table.name, cause, tuple(found)) for cause, found in causes.items()]


def stated_pairs(table: ResultTable) -> Pairs:
    """The same of the orders and margins that the paper's rows state."""
    words = [pair.words for pair in stated(table)]
    orders, margins = ([pair[place] for pair in words].count("fails") for place in (0, 1))
    return Pairs(len(words), orders, margins)


def without_ours(table: ResultTable) -> list[str]:
    """The rows of the paper, or of those that it is set beside, that no row of ours stands beside."""
    beside = {table.paper_row(row) for row in table.announced() if row in table.rows}
    return [row for row in table.paper if row not in beside]
