"""Numbers that are not PSNR of images: what is printed, ranked, claimed and headlined reads the table's own words."""

from __future__ import annotations

import csv
import io
import re

import pytest

from mddl_lib.pages.matrix_view import matrix
from mddl_lib.pages.proof import scoreboard_view
from mddl_lib.pages.table_view import show
from mddl_lib.results import scoreboard
from mddl_lib.results.claims.rankings import orders
from mddl_lib.results.claims.verdicts import verdicts
from mddl_lib.results.tables import ResultTable

from .kinds import dice_table, run_table, scores

DICE = dice_table(
    Fusion=([0.95, 0.9408], [1.0, 2.0]), Votes=([0.91, 0.9208], [2.0, 2.5]), Atlas=([0.92, 0.9118], [2.0, 2.5])
)
RUNS = run_table(Adam=([0.25] * 100, [80] * 100), HyperAdam=([0.24] * 50 + [0.2] * 50, [60] * 100))


@pytest.fixture
def homes() -> dict[str, tuple[str, str | None]]:
    return {"dice": ("Segmentation", None), "runs": ("Learning to optimise", "page.html")}


def test_a_table_over_subjects_prints_its_digits_its_words_and_both_standard_deviations() -> None:
    head, body = show(DICE).cells()
    assert head == [
        "Method", "Dice, paper", "Dice, ours", "Dice, diff.", "distance (mm), paper", "distance (mm), ours",
        "distance (mm), diff.", "Seconds, paper", "Seconds, ours", "Subjects",
    ]  # fmt: skip
    assert body[0] == [
        "Fusion (ours) [1]", "0.9453 ± 0.0228", "0.9454 ± 0.0065", "+0.0001", "1.50 ± 0.25", "1.50 ± 0.71", "+0.00",
        "–", "–", "2",
    ]  # fmt: skip
    assert body[1][:5] == ["Votes [2]", "0.9155 ± 0.0326", "0.9154 ± 0.0076", "−0.0001", "–"]
    assert "±" in show(DICE)._repr_html_()
    assert "Dice" in matrix(DICE, "dice").caption()


def test_a_table_over_runs_counts_runs() -> None:
    head, body = show(RUNS, "sigmoid").cells()
    assert head[-1] == "Runs"
    assert body[1] == ["HyperAdam [2]", "0.33", "0.22", "−0.11", "60", "60", "+0", "–", "–", "100"]
    assert show(RUNS, "tanh").cells()[1][0][1:4] == ["0.34", "not yet", "–"]


def test_large_and_small_numbers_keep_their_digits() -> None:
    table = dice_table(Fusion=([0.9453], [150.28]))
    _, body = show(table).cells()
    assert (body[0][2], body[0][5]) == ("0.9453", "150.28")


def test_paired_differences_speak_of_the_tables_units() -> None:
    assert str(DICE.paired("Fusion (ours)", "Votes", "all", "dice")) == "+0.0300 ± 0.0141, better on 2 of 2 subjects"
    assert str(RUNS.paired("HyperAdam", "Adam", "sigmoid", "loss")) == "-0.03 ± 0.02, better on 100 of 100 runs"
    one = dice_table(Fusion=([0.9], [1.0]), Votes=([0.8], [2.0]))
    assert str(one.paired("Fusion (ours)", "Votes", "all", "distance")).endswith("better on 1 of 1 subject")
    more = dice_table(Fusion=([0.9], [1.0]), Votes=([0.8, 0.7], [2.0, 2.0]))
    assert more.paired("Votes", "Fusion (ours)", "all", "dice").count == 1  # the subject that both have
    with pytest.raises(KeyError, match="have no subjects in common"):
        dice_table(Votes=([0.8], [2.0])).paired("Votes", "Fusion (ours)", "all", "dice")


def test_claims_say_the_metrics_title_and_digits() -> None:
    found = [(verdict.sentence, verdict.measured, verdict.word) for verdict in verdicts(DICE)]
    assert found == [
        ("Fusion (ours), Dice: 0.9453 ± 0.0005", "0.9454", "holds"),
        ("Fusion (ours), Dice: better than Votes by 0.02 or more", "+0.0300 ± 0.0141, better on 2 of 2 subjects", "holds"),
        ("Atlas, distance: at most 2.3", "2.25", "holds"),
    ]  # fmt: skip
    assert [verdict.word for verdict in verdicts(RUNS)] == ["holds"]
    worse = run_table(Adam=([0.2], [80]), HyperAdam=([0.24], [60]))
    assert [verdict.word for verdict in verdicts(worse)] == ["fails"]


def test_rankings_follow_the_headline_metric_and_its_margin() -> None:
    found = orders(DICE)
    assert [(order.better, order.worse, order.kept) for order in found] == [
        ("Fusion (ours)", "Votes", True), ("Fusion (ours)", "Atlas", True),
    ]  # fmt: skip
    assert str(found[0]).startswith("Fusion (ours) over Votes: paper +0.0298, ours +0.0300")
    assert len(orders(DICE, margin=0)) == 3
    (order,) = orders(RUNS)
    assert (order.better, order.worse, order.kept) == ("HyperAdam", "Adam", True)
    assert "paper -0.02, ours -0.03" in str(order)


def test_the_headline_takes_the_metric_that_the_table_names() -> None:
    text = scoreboard.headline([DICE, RUNS])
    assert "Segmentation: Fusion (ours) reaches Dice 0.9454 on 2 subjects; the paper says 0.9453." in text
    assert "Training, sigmoid: HyperAdam reaches loss 0.22 on 100 runs; the paper says 0.33." in text


def test_the_csv_has_standard_deviations_counts_and_what_was_counted() -> None:
    rows = list(csv.DictReader(io.StringIO(scoreboard.csv_text([DICE, RUNS]))))
    fusion = next(row for row in rows if row["row"] == "Fusion (ours)" and row["metric"] == "dice")
    assert (fusion["paper"], fusion["paper sd"], fusion["ours"], fusion["ours sd"]) == (
        "0.9453", "0.0228", "0.9454", "0.006505",
    )  # fmt: skip
    assert (fusion["difference"], fusion["count"], fusion["of"]) == ("0.0001", "2", "subjects")
    adam = next(row for row in rows if row["row"] == "Adam" and row["column"] == "tanh" and row["metric"] == "loss")
    assert (adam["paper"], adam["paper sd"], adam["ours"], adam["count"]) == ("0.34", "", "", "")


def test_the_scoreboards_page_takes_both(homes: dict[str, tuple[str, str | None]]) -> None:
    tables = [DICE, RUNS]
    assert "3 hold" in scoreboard_view.overview(tables, homes)
    text = scoreboard_view.tables_with_results(tables, homes)
    assert re.search(r"Chapter: Segmentation, to come", text)
    assert re.search(r'Chapter: <a href="page.html">', text)
    waiting = scoreboard_view.tables_without_results([dice_table(), run_table()], homes)
    assert "<td>0.9453 ± 0.0228</td><td>1.50 ± 0.25</td>" in waiting
    assert "<td>0.35 / 80</td>" in waiting


def test_a_fresh_run_that_differs_is_told_in_the_metrics_words() -> None:
    fresh = dice_table(Fusion=([0.10, 0.9408], [1.0, 2.0]))
    assert scoreboard_view.confirmation([DICE], [fresh], "read") == (
        "- **Segmentation, Fusion (ours)** is stale: Dice of subject 0 is stored as 0.95, this run gives 0.1."
    )
    same = dice_table(Fusion=([0.9505], [1.0]))
    assert scoreboard_view.confirmation([DICE], [same], "read").endswith(
        "no value differs by more than 0.001 in Dice, 0.05 mm in distance."
    )


def test_scores_that_lack_a_metric_are_refused_and_a_stored_cell_that_lacks_one_waits() -> None:
    table = dice_table()
    with pytest.raises(KeyError, match="table dice needs 'distance'"):
        table.add("Votes", "all", scores(dice=[0.9]))
    table = dice_table(Atlas=([0.9], [2.0]))
    del table.rows["Atlas"]["all"]["distance"]  # the table got the metric after the row was stored
    assert verdicts(table)[2].word == "not yet"
    assert next(line for line in show(table).cells()[1] if line[0].startswith("Atlas"))[5] == "not yet"
    with pytest.raises(KeyError, match="nothing was computed for Atlas, all, distance"):
        table.mean("Atlas", "all", "distance")


def test_rows_are_paired_by_one_rule() -> None:
    table: ResultTable = run_table()
    assert table.pairs() == [("Adam", "Adam"), ("HyperAdam", "HyperAdam")]
    assert table.pairs("tanh") == [
        ("Adam", "Adam"),
        ("HyperAdam", "HyperAdam"),
    ]  # the paper has no number there, ours may
    del table.description.ours["HyperAdam"]
    assert table.pairs("sigmoid") == [("Adam", "Adam"), ("HyperAdam", None)]
    assert table.pairs("tanh") == [("Adam", "Adam")]
