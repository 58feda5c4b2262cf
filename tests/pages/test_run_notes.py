"""What a chapter says of its own run: stale rows and failing claims by name, and the stand-in where there is one."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from IPython.core.formatters import DisplayFormatter

from mddl_lib.pages.run_notes import image_note, results_note
from mddl_lib.results import provenance
from mddl_lib.results.claims.claim import Claim
from mddl_lib.results.scores import Scores
from mddl_lib.results.tables import ResultTable

COLUMN = "20%"
BASE = {"row": "TV", "column": COLUMN, "metric": "psnr"}


def table(*claims: Claim, **rows: list[float]) -> ResultTable:
    """The brain table with some rows filled and claims of the test's own."""
    filled = ResultTable("admm_net_brain", ResultTable.load("admm_net_brain", "smoke").description, "smoke")
    filled.claims, filled.description.stated = list(claims), None  # the paper's orders have tests of their own
    for row, psnr in rows.items():
        names = [f"image{number}" for number in range(len(psnr))]
        filled.add(
            row, COLUMN, Scores("brain_mr_test", "ab", False, names, {"nmse": [0.1] * len(psnr), "psnr": psnr}, [0.5])
        )
    return filled


def test_a_run_that_confirms_everything_says_so() -> None:
    stored = table(Claim(**BASE, at_least=35.0), TV=[35.0, 36.0])
    note = results_note(stored, stored.stale_rows(table(TV=[35.001])))
    assert note.text == (
        "This run confirms every stored value that it recomputed. Claims about our rows: 1 hold, 0 fail, 0 not yet."
    )


@pytest.mark.parametrize("processor", ["one", "another"])
def test_a_stale_row_is_named_and_no_other(processor: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the stored values come from another processor, the note says so: it may be rounding."""
    stored = table(TV=[35.0], PANO=[36.0], SIDWT=[34.0])
    stale = stored.stale_rows(table(TV=[35.1], PANO=[36.0], SIDWT=[33.0]))
    monkeypatch.setattr(provenance, "hardware", lambda: {"processor": "one"})
    monkeypatch.setattr(provenance, "read", lambda folder: {stored.name: {"machine": {"processor": processor}}})
    first, *more = results_note(stored, stale).text.split(". ")
    assert first == "**Stale rows**, which this run does not confirm: TV, SIDWT"
    assert any("Stored on another, computed now on one" in words for words in more) == (processor == "another")
    assert more[-1] == "Claims about our rows: 0 hold, 0 fail, 0 not yet."
    assert "Stored on" not in results_note(stored, {}).text


def test_a_failing_claim_is_named_and_a_waiting_one_is_counted() -> None:
    fails = Claim(**BASE, at_least=36.0)
    waits = Claim(**{**BASE, "row": "PANO"}, at_least=36.0)
    text = results_note(table(fails, Claim(**BASE, at_most=36.0), waits, TV=[35.0]), []).text
    assert "1 hold, 1 fail, 1 not yet." in text
    assert text.endswith(" **Fails**: TV, 20%, PSNR: at least 36.")
    assert text.count("Fails") == 1


def test_every_failing_claim_is_named() -> None:
    claims = [Claim(**BASE, at_least=36.0), Claim(**BASE, near=30.0, within=1.0)]
    assert results_note(table(*claims, TV=[35.0]), []).text.endswith(
        "2 fail, 0 not yet. **Fails**: TV, 20%, PSNR: at least 36. **Fails**: TV, 20%, PSNR: 30 ± 1."
    )


@pytest.mark.parametrize("stale", [["Total variation"], {"Total variation": 0.1}, "TV"])
def test_a_stale_row_that_the_table_has_not_is_named(stale) -> None:
    with pytest.raises(
        KeyError, match=r"admm_net_brain announces no row \W+T(otal variation)?\W+ of ours: expected .*TV"
    ):
        results_note(table(TV=[35.0]), stale)


@pytest.mark.parametrize(
    ("embedded", "text"),
    [
        (False, "image head_03 of `heads`, a test image of the paper."),
        (True, "image head_03 of `heads`, an embedded stand-in: **no number of this run is the paper's**."),
    ],
)
def test_the_image_is_named_and_a_stand_in_is_called_one(embedded: bool, text: str) -> None:
    note = image_note(SimpleNamespace(name="heads", embedded=embedded), SimpleNamespace(name="head_03"))
    assert note.text == f"The pictures of this page show {text}"


def test_a_notebook_shows_a_note_as_markdown_and_its_text_beside_it() -> None:
    note = results_note(table(), [])
    shown, _ = DisplayFormatter().format(note)
    assert shown == {"text/markdown": note.text, "text/plain": note.text}


def test_many_that_fail_for_one_reason_are_counted() -> None:
    claims = [Claim(**BASE, at_most=34.0 - k, fails="the images are others") for k in range(6)]
    text = results_note(table(*claims, TV=[35.0]), []).text
    assert text.count("PSNR: at most") == 3
    assert "(the images are others)" in text
    assert text.endswith("; and 3 more, which the scoreboard lists.")
