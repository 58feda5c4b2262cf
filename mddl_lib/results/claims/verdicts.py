"""What the stored results say of the claims: each holds, fails, or waits for a row that it needs."""

from __future__ import annotations

from dataclasses import dataclass

from mddl_lib.results.claims.claim import Claim
from mddl_lib.results.tables import ResultTable

VERDICTS = {True: "holds", False: "fails", None: "not yet"}


@dataclass(frozen=True)
class Verdict:
    """What the stored results say of one claim."""

    claim: Claim
    sentence: str
    """the claim in words"""
    measured: str
    """our number in words, "–" when there is none"""
    word: str
    """holds, fails or not yet"""


def verdicts(table: ResultTable) -> list[Verdict]:
    """The claims of one table, each with our number and whether it holds."""
    return [
        Verdict(
            claim,
            claim.sentence(table.metric(claim.metric).title),
            measured(claim, table),
            VERDICTS[holds(claim, table)],
        )
        for claim in table.claims
    ]


def holds(claim: Claim, table: ResultTable) -> bool | None:
    """Whether the stored results bear a claim out; None when a row that it needs has no full result."""
    rows = [claim.row] + ([claim.better_than] if claim.better_than is not None else [])
    entries = [table.entry(row, claim.column) for row in rows]
    if any(entry is None or entry["embedded"] or claim.metric not in entry for entry in entries):
        return None
    if claim.better_than is not None:
        paired = table.paired(claim.row, claim.better_than, claim.column, claim.metric)
        enough = table.metric(claim.metric).sign * paired.mean >= claim.by
        return enough and (claim.p_below is None or paired.p < claim.p_below)
    mean = table.mean(claim.row, claim.column, claim.metric)
    if claim.near is not None:
        return abs(mean - claim.near) <= claim.within
    return mean >= claim.at_least if claim.at_least is not None else mean <= claim.at_most


def measured(claim: Claim, table: ResultTable) -> str:
    """The number that a claim is about: our mean, or the paired difference of two rows with its spread."""
    if holds(claim, table) is None:
        return "–"
    if claim.better_than is not None:
        paired = table.paired(claim.row, claim.better_than, claim.column, claim.metric)
        return str(paired) if claim.p_below is None else f"{paired}; p = {paired.p:.2g}"
    return table.metric(claim.metric).text(table.mean(claim.row, claim.column, claim.metric))
