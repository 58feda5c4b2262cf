"""A table's file: the short form and its defaults, standard deviations, and what does not fit named."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from mddl_lib.environment import book_folder
from mddl_lib.results.description import Description
from mddl_lib.results.metric import Metric, Unit

from .kinds import DICE, RUNS

SHORT = {
    "metrics": {"mean_error": "lower", "dice": "higher", "seconds": "lower"},
    "columns": ["A", "B"],
    "rows": {
        "first": {"A": [150.28, 0.816], "B": [122.5, None], "seconds": 0.7},
        "second": {"A": [[127, 16.21], 0.8], "seconds_gpu": 0.1},
    },
}


def test_the_short_form_has_defaults_that_follow_from_what_the_paper_prints() -> None:
    found = Description("short", SHORT)
    assert found.metrics["mean_error"] == Metric("mean_error", "lower", 2, "", "mean error", 0.01, 0.0)
    assert (found.metrics["dice"].digits, found.metrics["dice"].tolerance) == (3, 0.001)
    assert list(found.metrics) == ["mean_error", "dice"]
    assert (found.title, found.headline, found.unit, found.ours) == ("short", "mean_error", Unit("image", "images"), {})
    assert found.seconds == {"first": 0.7}
    assert found.paper["first"] == {"A": {"mean_error": 150.28, "dice": 0.816}, "B": {"mean_error": 122.5}}
    assert found.spreads["second"] == {"A": {"mean_error": 16.21}}
    assert Description("none", {**SHORT, "rows": {}}).metrics["dice"].digits == 4


def test_columns_that_are_the_metrics_are_one_column() -> None:
    found = Description("dice", DICE)
    assert found.columns == ["all"]
    assert found.paper["Votes"] == {"all": {"dice": 0.9155}}
    assert found.spreads["Fusion"] == {"all": {"dice": 0.0228, "distance": 0.25}}
    assert found.unit == Unit("subject", "subjects")
    assert Description("runs", RUNS).unit.count(1) == "1 run"


def test_words_of_a_metric() -> None:
    metric = Metric("psnr", "higher", 2, "dB", "PSNR")
    assert (metric.heading, metric.quantity(35.2), metric.text(1.0, signed=True)) == ("PSNR (dB)", "35.20 dB", "+1.00")
    assert metric.text(35.2, 1.5) == "35.20 ± 1.50"
    assert metric.text(5.09e19) == "5e+19"  # a training that diverged
    assert (metric.sign, Metric("loss", "lower").sign) == (1, -1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"metrics": {"dice": "more", "distance": "lower"}}, "metric dice: better is 'more'"),
        (
            {"metrics": {"dice": {"better": "higher", "digit": 2}, "distance": "lower"}},
            "metric dice has an entry 'digit'",
        ),
        ({"metrics": {"dice": {"better": "higher", "tolerance": -1}, "distance": "lower"}}, "0 or more"),
        ({"headline": "psnr"}, "the headline is 'psnr': expected one of"),
        ({"rows": {"Fusion": {"jaccard": [0.9]}}}, "row Fusion: 'jaccard' is none of"),
        ({"ours": {"Mine": {"paper": "Theirs"}}, "claims": []}, "'Mine' stands beside 'Theirs'"),
        ({"claims": [{"row": "Nobody", "column": "all", "metric": "dice", "at_least": 0}]}, "the claim 'Nobody, DICE"),
        ({"claims": [{"row": "Votes", "column": "all", "metric": "psnr", "at_least": 0}]}, "is not there"),
        ({"metrics": {"data": "higher"}, "columns": ["A"], "rows": {}, "claims": []}, "no metric may be called 'data'"),
        ({"headlines": "dice"}, "an entry 'headlines'"),
    ],
)
def test_what_does_not_fit_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Description("dice", {**copy.deepcopy(DICE), **change})


def test_a_cell_of_another_length_than_the_metrics_is_named() -> None:
    with pytest.raises(ValueError, match=r"first, A: \[1\.0\] has not one value for each"):
        Description("short", {**SHORT, "rows": {"first": {"A": [1.0]}}})


@pytest.mark.parametrize("name", sorted(path.stem for path in (book_folder() / "tables").glob("*.yaml")))
def test_every_table_of_the_book_says_all_of_each_metric(name: str) -> None:
    import yaml

    content = yaml.safe_load((book_folder() / "tables" / f"{name}.yaml").read_text(encoding="utf-8"))
    assert {"headline", "unit"} <= set(content)
    described = Description.load(name)
    plain = Description(name, {**content, "metrics": {metric: "higher" for metric in content["metrics"]}})
    for metric, entry in content["metrics"].items():
        if metric != "seconds":
            assert {"better", "digits", "title", "tolerance"} <= set(entry)
            if not content.get("anchors"):  # what a figure gave has no digits of its own
                assert described.metrics[metric].digits == plain.metrics[metric].digits, "as many as the paper prints"
