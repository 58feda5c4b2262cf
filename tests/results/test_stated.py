"""Every order and margin of the paper's rows is a claim, found by nobody's choice; what fails says which row left the paper's."""

from __future__ import annotations

import itertools
import statistics
from typing import Any

import pytest

from mddl_lib.results import scoreboard
from mddl_lib.results.claims.claim import StatedRule
from mddl_lib.results.claims.stated import Stated, stated
from mddl_lib.results.description import Description
from mddl_lib.results.tables import ResultTable

NAMES = ("admm_net_brain", "admm_net_chest", "admm_csnet_brain")
LOSSES = ("hyperadam_activations", "hyperadam_sequence", "hyperadam_cnn")


def table(**changes: Any) -> ResultTable:
    """Three rows of the paper, 35, 36 and 36.02 dB, ours beside each: 35.5, 36.1 and nothing."""
    content = {
        "metrics": {"psnr": {"better": "higher", "digits": 2}},
        "columns": ["A"],
        "rows": {"X": {"A": [35.0]}, "Y": {"A": [36.0]}, "Z": {"A": [36.01]}},
        "ours": {"x": {"paper": "X", "note": "."}, "y": {"paper": "Y", "note": "."}, "z": {"paper": "Z", "note": "."}},
        "stated": {"metric": "psnr"},
        **changes,
    }
    made = ResultTable("made", Description("made", content), "paper")
    for row, values in {"x": [35.0, 36.0], "y": [35.8, 36.4]}.items():
        cell = {"data": "d", "data_sha256": "0", "embedded": False, "units": ["1", "2"], "psnr": values, "origin": {}}
        made.rows.setdefault(row, {})["A"] = cell
    return made


def words(pairs: list[Stated]) -> dict[str, tuple[str, str]]:
    return {str(pair): pair.words for pair in pairs}


def test_an_order_may_hold_where_its_margin_fails() -> None:
    found = words(stated(table()))
    assert found == {
        "y over x, A": ("holds", "fails"),
        "z over x, A": ("not yet", "not yet"),
    }  # y and z: one digit apart


def test_a_failure_names_what_each_row_is_off() -> None:
    pair = stated(table())[0]
    assert pair.margin == pytest.approx(1.0)
    assert pair.ours.mean == pytest.approx(0.6)
    assert pair.reason == "our y is +0.10 from the paper's; our x is +0.50 from the paper's"


def test_the_spread_of_trained_rows_widens_the_tolerance() -> None:
    rule = StatedRule("psnr", spread=0.1, trained=("x", "y"))
    assert rule.tolerance(2, ("x", "z")) == pytest.approx(0.01 + 0.2)
    assert rule.tolerance(2, ("x", "y")) == pytest.approx(0.01 + 0.2 * 2**0.5)
    pairs = stated(table(stated={"metric": "psnr", "spread": 0.2, "trained": ["x"]}))
    assert pairs[0].words == ("holds", "holds")  # 0.6 of 1.0, less 0.41


def test_a_lower_metric_turns_the_order() -> None:
    low = table(metrics={"psnr": {"better": "lower", "digits": 2}})
    assert words(stated(low))["x over y, A"] == ("holds", "fails")


def test_a_table_that_does_not_ask_states_nothing() -> None:
    assert stated(table(stated=None)) == []


def test_a_rule_about_rows_that_are_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="names a metric or a row of ours that is not there"):
        table(stated={"metric": "psnr", "trained": ["nobody"]})


@pytest.mark.parametrize("name", NAMES + LOSSES)
def test_every_pair_that_the_paper_keeps_apart_is_there_once(name: str) -> None:
    """By brute force from the printed numbers: no pair is left out because it would fail."""
    loaded = ResultTable.load(name, "paper")
    rule, expected = loaded.description.stated, set()
    metric = loaded.metric(rule.metric)
    for column in loaded.columns:
        first = {}
        for row in loaded.announced():
            paper = loaded.paper_row(row)
            if paper and loaded.expects(row, column) and rule.metric in loaded.paper[paper].get(column, {}):
                first.setdefault(paper, row)
        for one, other in itertools.permutations(first, 2):
            gap = loaded.paper[one][column][rule.metric] - loaded.paper[other][column][rule.metric]
            if metric.sign * gap > rule.tolerance(metric.digits, (first[one], first[other])) + 1e-9:
                expected.add((first[one], first[other], column))
    found = [(pair.better, pair.worse, pair.column) for pair in stated(loaded)]
    assert len(found) == len(set(found))
    assert set(found) == expected
    assert len(expected) >= 10


@pytest.mark.parametrize("name", NAMES)
def test_what_fails_on_the_board_has_a_reason(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MDDL_RESULTS", raising=False)
    pairs = stated(ResultTable.load(name, "paper"))
    assert any("fails" in pair.words for pair in pairs)
    assert all(bool(pair.reason) == ("fails" in pair.words) for pair in pairs)


def test_the_spread_is_that_of_three_trainings_by_one_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MDDL_RESULTS", raising=False)
    loaded = ResultTable.load("admm_net_brain", "paper")
    rows = [row for row in loaded.announced() if row.startswith("ADMM-Net15") and "public" in row]
    assert len(rows) == 3
    spread = statistics.stdev(loaded.mean(row, "20%", "psnr") for row in rows)
    for name in NAMES:
        assert ResultTable.load(name, "paper").description.stated.spread == pytest.approx(spread, abs=5e-4)


@pytest.mark.parametrize("name", LOSSES[:2])
def test_the_spread_is_that_of_three_meta_trainings(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over the runs that the three seeds share, and over the columns."""
    monkeypatch.delenv("MDDL_RESULTS", raising=False)
    loaded = ResultTable.load(name, "paper")
    rows = ["HyperAdam", "HyperAdam, seed 2", "HyperAdam, seed 3"]
    variances = []
    for column in loaded.columns:
        differences = [loaded.paired(row, rows[0], column, "loss").mean for row in rows]
        variances.append(statistics.variance(differences))
    spread = statistics.fmean(variances) ** 0.5
    assert loaded.description.stated.spread == pytest.approx(spread, abs=5e-4)


def test_the_headline_counts_orders_and_margins_too() -> None:
    made = table()
    assert scoreboard.all_words(made) == ["holds", "fails", "not yet", "not yet"]
    text = scoreboard.headline([made])
    assert "Of 4 claims that we check, **1 hold**, 1 fail" in text
    assert "2 in all: 1 have the paper's order here, 0 its margin too" in text
