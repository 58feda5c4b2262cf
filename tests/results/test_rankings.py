"""The paper's ranking against ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from mddl_lib.results.claims.rankings import orders

from .test_tables import COLUMN, scores, table


@pytest.fixture(autouse=True)
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MDDL_RESULTS", str(tmp_path))
    monkeypatch.setenv("MDDL_PROFILE", "smoke")


def test_pairs_beyond_the_margin_are_kept_or_not() -> None:
    """The paper, 20 %: TV 35.20, RecPF 35.32, SIDWT 35.66, PBDW 36.34."""
    filled = table(TV=[35.0, 36.0], RecPF=[35.0, 36.0], SIDWT=[35.1, 36.2], PBDW=[34.0, 36.0])
    found = {(order.better, order.worse): order for order in orders(filled)}
    assert set(found) == {
        ("SIDWT", "TV"), ("SIDWT", "RecPF"), ("PBDW", "TV"), ("PBDW", "RecPF"), ("PBDW", "SIDWT"),
    }  # fmt: skip
    assert found["SIDWT", "TV"].kept
    assert not found["PBDW", "SIDWT"].kept
    assert found["PBDW", "SIDWT"].margin == pytest.approx(0.68)
    assert "paper +0.68" in str(found["PBDW", "SIDWT"])


def test_lower_is_better_for_nmse() -> None:
    """The stored nmse of `scores` falls as PSNR rises."""
    found = orders(table(TV=[35.0, 36.0], SIDWT=[36.0, 37.0]), "nmse", margin=0.004)
    assert [(order.better, order.worse, order.kept) for order in found] == [("SIDWT", "TV", True)]


def test_stand_ins_do_not_count() -> None:
    filled = table(TV=[35.0])
    filled.add("PBDW", COLUMN, scores([30.0], data="phantom_brain", embedded=True))
    assert orders(filled) == []
