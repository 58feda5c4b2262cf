"""A stored value that a run cannot confirm marks its row stale, in whatever metric, and so does one that is missing."""

from __future__ import annotations

import math

import pytest

from mddl_lib.results.freshness import contradictions
from mddl_lib.results.tables import ResultTable

from .kinds import dice_table, run_table, scores


def stored() -> ResultTable:
    return dice_table(Fusion=([0.94, 0.95], [1.0, 2.0]), Votes=([0.90, 0.91], [2.0, 2.5]))


def test_a_dice_of_094_that_is_recomputed_as_010_is_stale() -> None:
    assert stored().stale_rows(dice_table(Fusion=([0.10], [1.0]))) == pytest.approx({"Fusion (ours)": 0.84})


@pytest.mark.parametrize(
    ("dice", "distance", "stale"),
    [
        (0.9409, 1.0, {}),
        (0.94, 1.049, {}),
        (0.9411, 1.0, {"Fusion (ours)": 0.0011}),
        (0.94, 1.06, {"Fusion (ours)": 0.06}),
    ],
)
def test_every_metric_has_its_own_tolerance(dice: float, distance: float, stale: dict[str, float]) -> None:
    assert stored().stale_rows(dice_table(Fusion=([dice], [distance]))) == pytest.approx(stale)


def test_the_difference_furthest_outside_its_tolerance_is_told() -> None:
    fresh = dice_table(Fusion=([0.945, 0.95], [1.06, 2.0]))  # 5 tolerances in Dice, 1.2 in distance
    assert stored().stale_rows(fresh) == pytest.approx({"Fusion (ours)": 0.005})


def test_a_tolerance_of_zero_asks_for_the_same_number() -> None:
    table = run_table(Adam=([0.25], [80]))
    assert table.stale_rows(run_table(Adam=([0.25], [80]))) == {}
    assert table.stale_rows(run_table(Adam=([0.25], [81]))) == {"Adam": 1.0}


def test_a_metric_that_is_missing_on_either_side_is_stale() -> None:
    for side in (0, 1):
        tables = [stored(), dice_table(Fusion=([0.94], [1.0]))]
        del tables[side].rows["Fusion (ours)"]["all"]["distance"]
        assert tables[0].stale_rows(tables[1]) == {"Fusion (ours)": math.inf}


def test_a_unit_that_is_not_stored_is_stale() -> None:
    fresh = dice_table(Fusion=([0.94], [1.0]))
    fresh.rows["Fusion (ours)"]["all"]["units"] = ["another subject"]
    assert stored().stale_rows(fresh) == {"Fusion (ours)": math.inf}


def test_data_with_another_hash_or_name_is_stale_and_a_stand_in_says_nothing() -> None:
    fresh = dice_table()
    fresh.add("Votes", "all", scores(sha="cd", dice=[0.90], distance=[2.0]))
    assert stored().stale_rows(fresh) == {"Votes": math.inf}
    found = contradictions(fresh.description, stored().rows, fresh.rows)
    assert [one.reason for one in found] == ["the stored values are of hearts (ab), this run's of hearts (cd)"]
    fresh.rows["Votes"]["all"] |= {"data": "lungs", "data_sha256": "ab"}
    assert stored().stale_rows(fresh) == {"Votes": math.inf}
    fresh.add("Votes", "all", scores(embedded=True, dice=[0.1], distance=[9.0]))
    assert stored().stale_rows(fresh) == {}


def test_a_row_that_is_not_stored_cannot_be_stale() -> None:
    assert stored().stale_rows(dice_table(Atlas=([0.1], [9.0]))) == {}
