"""Two tables that are not of images: Dice over subjects, with standard deviations, and the final loss over runs."""

from __future__ import annotations

from typing import Any

from mddl_lib.results.description import Description
from mddl_lib.results.scores import Scores
from mddl_lib.results.tables import ResultTable

DICE: dict[str, Any] = {
    "title": "Segmentation",
    "source": "a paper",
    "metrics": {
        "dice": {"better": "higher", "digits": 4, "title": "Dice", "tolerance": 0.001, "margin": 0.01},
        "distance": {"better": "lower", "digits": 2, "unit": "mm", "title": "distance", "tolerance": 0.05},
    },
    "headline": "dice",
    "unit": "subject",
    "columns": ["dice", "distance"],
    "rows": {
        "Fusion": {"dice": [0.9453, 0.0228], "distance": [1.5, 0.25]},
        "Votes": {"dice": [0.9155, 0.0326]},
        "Atlas": {"dice": [0.9150, 0.03], "distance": [2.25, 0.5]},
    },
    "ours": {
        "Fusion (ours)": {"paper": "Fusion", "note": "trained on other data"},
        "Votes": {"paper": "Votes", "note": "our code"},
        "Atlas": {"paper": "Atlas", "note": "our code"},
    },
    "claims": [
        {"row": "Fusion (ours)", "column": "all", "metric": "dice", "near": 0.9453, "within": 0.0005},
        {"row": "Fusion (ours)", "column": "all", "metric": "dice", "better_than": "Votes", "by": 0.02},
        {"row": "Atlas", "column": "all", "metric": "distance", "at_most": 2.3},
    ],
}
RUNS: dict[str, Any] = {
    "title": "Training",
    "metrics": {"loss": "lower", "steps": {"better": "lower", "digits": 0, "title": "steps to 0.5", "tolerance": 0}},
    "headline": "loss",
    "unit": ["run", "runs"],
    "columns": ["sigmoid", "tanh"],
    "rows": {"Adam": {"sigmoid": [0.35, 80], "tanh": [0.34, 75]}, "HyperAdam": {"sigmoid": [0.33, 60]}},
    "ours": {"Adam": {"paper": "Adam", "note": "torch"}, "HyperAdam": {"paper": "HyperAdam", "note": "ours"}},
    "claims": [{"row": "HyperAdam", "column": "sigmoid", "metric": "loss", "better_than": "Adam", "by": 0.0}],
}


def scores(unit: str = "subject", sha: str = "ab", embedded: bool = False, **values: list[float]) -> Scores:
    """Scores of so many units as the lists are long."""
    count = len(next(iter(values.values())))
    return Scores("hearts", sha, embedded, [f"{unit} {number}" for number in range(count)], values, [2.0] * count)


def dice_table(**rows: tuple[list[float], list[float]]) -> ResultTable:
    """The table over subjects, its rows filled with Dice and distances; ``Fusion`` stands for our row of that name."""
    table = ResultTable("dice", Description("dice", DICE), "smoke")
    for row, (dice, distance) in rows.items():
        table.add("Fusion (ours)" if row == "Fusion" else row, "all", scores(dice=dice, distance=distance))
    return table


def run_table(**rows: tuple[list[float], list[float]]) -> ResultTable:
    """The table over runs, its rows filled with losses and steps in the first column."""
    table = ResultTable("runs", Description("runs", RUNS), "smoke")
    for row, (loss, steps) in rows.items():
        table.add(row, "sigmoid", scores("run", loss=loss, steps=steps))
    return table
