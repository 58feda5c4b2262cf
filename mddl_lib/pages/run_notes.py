"""What a chapter says of its own run: which image its pictures show, which stored rows it confirms, which claims hold."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from mddl_lib.results import provenance, store
from mddl_lib.results.claims.stated import stated
from mddl_lib.results.claims.verdicts import verdicts
from mddl_lib.results.tables import ResultTable

SHOWN = 3
"""claims that a note names of those that fail for one reason"""


class RunNote:
    """Sentences in Markdown that a notebook displays."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        return self.text


def image_note(data: Any, sample: Any) -> RunNote:
    """Which image the pictures of a page show, and whether it is one of the paper's.

    :param data: the loaded ``DataSet`` that the image comes from.
    :param sample: one of its samples.
    """
    return RunNote(
        f"The pictures of this page show image {sample.name} of `{data.name}`"
        + (
            ", an embedded stand-in: **no number of this run is the paper's**."
            if data.embedded
            else ", a test image of the paper."
        )
    )


def results_note(stored: ResultTable, stale: Collection[str]) -> RunNote:
    """Which stored rows a run does not confirm, how many claims the stored results bear out, and the first that fail, by reason.

    :param stored: the table with the results of the paper profile.
    :param stale: rows of ours that the run did not confirm, as :meth:`~mddl_lib.results.tables.ResultTable.stale_rows` finds
        them.
    :raises KeyError: for a stale row that the table does not announce.
    """
    if unknown := [row for row in stale if row not in stored.announced()]:
        raise KeyError(
            f"table {stored.name} announces no row {unknown[0]!r} of ours: expected one of {stored.announced()}"
        )
    found = verdicts(stored)
    words = [verdict.word for verdict in found]
    lines = [
        f"**Stale rows**, which this run does not confirm: {', '.join(stale)}."
        if stale
        else "This run confirms every stored value that it recomputed.",
        f"Claims about our rows: {words.count('holds')} hold, {words.count('fails')} fail, {words.count('not yet')} not yet.",
    ]
    if stale and (why := provenance.other_processor([stored.name], store.stored_folder(provenance.NAME, "paper"))):
        lines.insert(1, why)
    if pairs := stated(stored):
        orders, sizes = ([pair.words[place] for pair in pairs].count("holds") for place in (0, 1))
        lines.append(
            f"Of {len(pairs)} pairs of rows that the paper keeps apart, {orders} have the paper's order, {sizes} its margin too."
        )
    groups: dict[str, list[str]] = {}  # those that fail for one reason are one sentence
    for verdict in found:
        if verdict.word == "fails":
            groups.setdefault(verdict.claim.fails or verdict.sentence, []).append(verdict.sentence)
    for reason, sentences in groups.items():
        because = "" if [reason] == sentences else f" ({reason})"
        more = f"; and {len(sentences) - SHOWN} more, which the scoreboard lists" if len(sentences) > SHOWN + 1 else ""
        lines.append(f"**Fails**{because}: {'; '.join(sentences[:SHOWN] if more else sentences)}{more}.")
    return RunNote(" ".join(lines))
