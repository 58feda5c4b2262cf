"""The page of shortfalls leaves none out and excuses none: each failing claim stands once, under its cause."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from mddl_lib.chapters import CHAPTERS, page_address
from mddl_lib.pages.proof import shortfalls_view
from mddl_lib.results import scoreboard
from mddl_lib.results import shortfalls as room
from mddl_lib.results.claims.verdicts import Verdict, verdicts
from mddl_lib.results.shortfalls import UNEXPLAINED, shortfalls, stated_pairs, without_ours

HOMES = {table: (c.topic, page_address(c.network_page)) for c in CHAPTERS for table in c.tables}
TABLES = scoreboard.load_all(HOMES, "paper")


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_failing_claim_stands_once_and_has_a_cause(table) -> None:
    failing = [verdict for verdict in verdicts(table) if verdict.word == "fails"]
    found = shortfalls(table)
    assert sorted(v.sentence for one in found for v in one.claims) == sorted(v.sentence for v in failing)
    assert [one.cause for one in found if one.cause == UNEXPLAINED] == []


def test_the_page_shows_all_of_them_and_their_table() -> None:
    shown = shortfalls_view.causes(TABLES, HOMES)
    for table in TABLES:
        found, pairs = shortfalls(table), stated_pairs(table)
        there = bool(found or pairs.other_order or pairs.other_margin)
        assert (f"scoreboard.ipynb#{table.name}" in shown) == there
    claims = sum(len(one.claims) for table in TABLES for one in shortfalls(table))
    assert len(re.findall(r"<p>[^<]*: <strong>", shown)) == claims
    assert f"**{claims} fail**" in shortfalls_view.summary(TABLES)


def test_claims_of_one_cause_stand_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """ "as above" is the cause before it; a failing claim without one says so; what holds is left out."""
    words = [("short", "fails"), ("", "holds"), ("as above", "fails"), ("", "fails"), ("short", "fails")]
    made = [Verdict(SimpleNamespace(fails=why), f"claim {n}", "1", word) for n, (why, word) in enumerate(words)]
    monkeypatch.setattr(room, "verdicts", lambda table: made)
    found = {one.cause: [v.sentence for v in one.claims] for one in shortfalls(SimpleNamespace(name="x"))}
    assert found == {"short": ["claim 0", "claim 2", "claim 4"], UNEXPLAINED: ["claim 3"]}


def test_rows_that_no_row_of_ours_stands_beside_are_named() -> None:
    table = next(table for table in TABLES if table.name == "lista")
    assert without_ours(table) == ["LAMP", "GLISTA"]
    shown = shortfalls_view.missing(TABLES)
    assert "LAMP, GLISTA" in shown
    assert all((f"#{t.name}&quot;" in shown or f'#{t.name}"' in shown) == bool(without_ours(t)) for t in TABLES)
