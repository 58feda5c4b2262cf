"""Result tables and their claims: what is stored, what is refused, what a claim says, and the book's own claims."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from mddl_lib.environment import book_folder
from mddl_lib.pages.table_view import show
from mddl_lib.results import provenance
from mddl_lib.results.claims.claim import Claim
from mddl_lib.results.claims.verdicts import holds as borne_out
from mddl_lib.results.scores import Scores
from mddl_lib.results.store import StaleResultError
from mddl_lib.results.tables import ResultTable

NAME = "admm_net_brain"
COLUMN = "20%"
TABLES = sorted(path.stem for path in (book_folder() / "tables").glob("*.yaml"))


@pytest.fixture(autouse=True)
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MDDL_RESULTS", str(tmp_path))
    monkeypatch.setenv("MDDL_PROFILE", "smoke")
    return tmp_path


def scores(psnr: list[float], data: str = "brain_mr_test", embedded: bool = False, sha: str = "ab") -> Scores:
    count = len(psnr)
    values = {"nmse": [0.1 - value / 1000 for value in psnr], "psnr": psnr}
    return Scores(data, sha, embedded, [f"image{n}" for n in range(count)], values, [0.5] * count)


def table(**rows: list[float]) -> ResultTable:
    """The brain table with some rows filled; `Zero_filling` stands for "Zero-filling"."""
    filled = ResultTable.load(NAME, "smoke")
    for row, values in rows.items():
        filled.add(row.replace("_", "-"), COLUMN, scores(values))
    return filled


def test_what_is_added_is_saved_and_loaded() -> None:
    first = ResultTable.load(NAME)
    assert first.profile == "smoke"
    first.add("TV", COLUMN, scores([35.1234567, 36.0]), weight=1e-3, tuned_on="chest_mr/train")
    path = first.save()
    entry = json.loads(path.read_text())["rows"]["TV"][COLUMN]
    assert entry["psnr"] == [35.123457, 36.0]
    assert entry["units"] == ["image0", "image1"]
    assert entry["data"] == "brain_mr_test"
    assert entry["data_sha256"] == "ab"
    assert entry["origin"] == {"weight": 1e-3, "tuned_on": "chest_mr/train"}
    again = ResultTable.load(NAME)
    assert again.entry("TV", COLUMN) == entry
    assert again.mean("TV", COLUMN, "psnr") == pytest.approx(35.5617283)


def test_seconds_and_dates_stand_in_the_provenance_file_alone(results: Path) -> None:
    filled = table(TV=[35.0])
    path = filled.save()
    assert "0.5" not in path.read_text()
    assert "second" not in path.read_text()
    record = provenance.read(results / "smoke")[NAME]
    assert record["seconds"] == {f"TV | {COLUMN}": 0.5}
    assert {"date", "machine"} <= set(record)
    before = path.read_bytes()
    filled.save()
    assert path.read_bytes() == before


def test_the_papers_rows_are_read() -> None:
    paper = table().paper
    assert paper["TV"][COLUMN] == {"nmse": 0.0929, "psnr": 35.20}
    assert paper["ADMM-Net15"][COLUMN]["psnr"] == 37.17


def test_a_reduced_run_never_overwrites_a_full_one() -> None:
    path = table(TV=[35.0, 36.0, 37.0]).save()
    before = path.read_bytes()
    reduced = ResultTable.load(NAME)
    reduced.add("TV", COLUMN, scores([35.0]))
    with pytest.raises(StaleResultError, match="TV, 20% holds 3 images, this run has 1"):
        reduced.save()
    assert path.read_bytes() == before
    full = ResultTable.load(NAME)
    full.add("TV", COLUMN, scores([35.5, 36.5, 37.5]))
    full.save()
    assert ResultTable.load(NAME).mean("TV", COLUMN, "psnr") == 36.5


def test_embedded_images_never_overwrite_real_ones() -> None:
    path = table(TV=[35.0, 36.0]).save()
    before = path.read_bytes()
    embedded = ResultTable.load(NAME)
    embedded.add("TV", COLUMN, scores([30.0] * 8, data="phantom_brain", embedded=True))
    with pytest.raises(StaleResultError, match="phantom_brain"):
        embedded.save()
    assert path.read_bytes() == before


def test_real_images_take_the_place_of_embedded_ones() -> None:
    embedded = ResultTable.load(NAME)
    embedded.add("TV", COLUMN, scores([30.0] * 8, data="phantom_brain", embedded=True))
    embedded.save()
    table(TV=[35.0]).save()
    assert ResultTable.load(NAME).entry("TV", COLUMN)["data"] == "brain_mr_test"


def test_another_profile_is_another_file(results: Path) -> None:
    table(TV=[35.0]).save()
    full = ResultTable.load(NAME, "read")
    assert full.entry("TV", COLUMN) is None
    full.add("TV", COLUMN, scores([36.0]))
    full.save()
    assert (results / "smoke" / f"{NAME}.json").exists()
    assert (results / "read" / f"{NAME}.json").exists()
    assert ResultTable.load(NAME).mean("TV", COLUMN, "psnr") == 35.0


def test_two_notebooks_that_fill_one_table_keep_each_others_rows() -> None:
    first, second = ResultTable.load(NAME), ResultTable.load(NAME)
    first.add("TV", COLUMN, scores([35.0]))
    second.add("Zero-filling", COLUMN, scores([30.0]))
    first.save()
    second.save()
    assert set(ResultTable.load(NAME).rows) == {"TV", "Zero-filling"}


def test_unknown_tables_rows_columns_and_cells_are_named() -> None:
    with pytest.raises(KeyError, match=r"no table 'admm'.*admm_net_brain"):
        ResultTable.load("admm")
    with pytest.raises(KeyError, match=r"announces no row .*My method"):
        table().add("My method", COLUMN, scores([1.0]))
    with pytest.raises(KeyError, match=r"no column '25%'.*20%"):
        table().add("TV", "25%", scores([1.0]))
    with pytest.raises(KeyError, match="nothing was computed for TV, 20%"):
        table().mean("TV", COLUMN, "psnr")


def test_paired_differences() -> None:
    filled = table(TV=[35.0, 36.0, 38.0], Zero_filling=[30.0, 32.0, 39.0])
    paired = filled.paired("TV", "Zero-filling", COLUMN, "psnr")
    assert paired.mean == pytest.approx(8 / 3)
    assert paired.spread == pytest.approx(((7 / 3) ** 2 / 2 + (4 / 3) ** 2 / 2 + (11 / 3) ** 2 / 2) ** 0.5)
    assert (paired.wins, paired.count) == (2, 3)
    assert filled.paired("TV", "Zero-filling", COLUMN, "nmse").wins == 2  # there lower is better
    assert "better on 2 of 3 images" in str(paired)
    filled.add("Init-Net13", COLUMN, scores([31.0, 32.0]))  # on the first two images alone
    assert filled.paired("TV", "Init-Net13", COLUMN, "psnr").mean == pytest.approx(4.0)
    filled.add("Init-Net13", COLUMN, dataclasses.replace(scores([31.0, 32.0]), names=["other", "another"]))
    with pytest.raises(KeyError, match="no images in common"):
        filled.paired("TV", "Init-Net13", COLUMN, "psnr")


def test_stale_rows() -> None:
    stored = table(TV=[35.0, 36.0], Zero_filling=[30.0, 31.0])
    assert stored.stale_rows(table(TV=[35.0], Zero_filling=[30.04])) == {}
    assert stored.stale_rows(table(TV=[35.06], Zero_filling=[30.0])) == pytest.approx({"TV": 0.06})
    fresh = table()
    fresh.add("TV", COLUMN, scores([35.0], sha="cd"))  # the images changed
    assert list(stored.stale_rows(fresh)) == ["TV"]
    fresh = table()
    fresh.add("TV", COLUMN, scores([30.0], data="phantom_brain", embedded=True))  # other images say nothing
    assert stored.stale_rows(fresh) == {}
    unknown = scores([35.0])
    unknown.names[:] = ["another image"]
    fresh.add("TV", COLUMN, unknown)
    assert stored.stale_rows(fresh)["TV"] == float("inf")


def test_embedded_rows_are_never_beside_the_papers_numbers() -> None:
    filled = table()
    filled.add("TV", COLUMN, scores([30.0], data="phantom_brain", embedded=True))
    text = repr(show(filled, COLUMN))
    line = next(line for line in text.splitlines() if "phantom_brain" in line)
    assert "not the paper's data" in line
    assert "35.20" not in line
    assert "30.00" in line
    filled.add("TV", COLUMN, scores([30.0]))
    line = next(line for line in repr(show(filled, COLUMN)).splitlines() if line.startswith("TV"))
    assert "35.20" in line
    assert "−5.20" in line


BASE: dict[str, Any] = {"row": "TV", "column": COLUMN, "metric": "psnr"}


@pytest.mark.parametrize(
    ("claim", "holds"),
    [
        ({"near": 36.0, "within": 0.01}, True),
        ({"near": 36.1, "within": 0.05}, False),
        ({"at_least": 36.0}, True),
        ({"at_least": 36.2}, False),
        ({"at_most": 36.0}, True),
        ({"at_most": 35.0}, False),
        ({"better_than": "Zero-filling", "by": 5.0}, True),
        ({"better_than": "Zero-filling", "by": 5.1}, False),
        ({"metric": "nmse", "better_than": "Zero-filling"}, True),
        ({"row": "Zero-filling", "metric": "nmse", "better_than": "TV"}, False),
        ({"metric": "nmse", "at_most": 0.07}, True),
        ({"metric": "nmse", "at_most": 0.06}, False),
        ({"row": "Init-Net13", "at_least": 1.0}, None),
        ({"better_than": "Init-Net13"}, None),
    ],
)
def test_each_form_of_claim_holds_fails_and_waits(claim: dict[str, Any], holds: bool | None) -> None:
    filled = table(TV=[35.0, 37.0], Zero_filling=[30.0, 32.0])
    assert borne_out(Claim(**{**BASE, **claim}), filled) is holds


def test_a_claim_says_nothing_about_embedded_images() -> None:
    filled = table(Zero_filling=[30.0])
    filled.add("TV", COLUMN, scores([99.0], data="phantom_brain", embedded=True))
    assert borne_out(Claim(**BASE, at_least=1.0), filled) is None
    assert borne_out(Claim(**{**BASE, "row": "Zero-filling"}, better_than="TV"), filled) is None


@pytest.mark.parametrize(
    "claim",
    [
        {},
        {"near": 1.0},
        {"within": 1.0},
        {"at_least": 1.0, "at_most": 2.0},
        {"at_least": 1.0, "near": 1.0, "within": 1.0},
    ],
)
def test_a_claim_states_exactly_one_thing(claim: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="expected one of near"):
        Claim(**BASE, **claim)


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        ({"near": 36.0, "within": 0.01}, "TV, 20%, PSNR: 36 ± 0.01"),
        ({"at_least": 0.0}, "TV, 20%, PSNR: at least 0"),
        ({"at_most": 2.5}, "TV, 20%, PSNR: at most 2.5"),
        ({"better_than": "X", "by": 1.5}, "TV, 20%, PSNR: better than X by 1.5 or more"),
    ],
)
def test_a_claim_as_a_sentence(claim: dict[str, Any], text: str) -> None:
    assert str(Claim(**BASE, **claim)) == text


@pytest.mark.parametrize("name", TABLES)
def test_every_table_of_the_book_is_well_formed(name: str) -> None:
    loaded = ResultTable.load(name, "smoke")
    assert loaded.paper or "a table of ours" in loaded.description.source
    for row in loaded.announced():
        assert loaded.note(row), f"{row} does not say what differs from the paper's"
        if loaded.paper_row(row):
            assert loaded.paper_row(row) in loaded.paper
    for claim in loaded.claims:
        assert claim.row in loaded.announced()
        assert claim.column in loaded.columns
        assert claim.metric in loaded.metrics
        assert claim.better_than is None or claim.better_than in loaded.announced()


FULL = book_folder() / "results" / "paper"
CLAIMS = [(name, claim) for name in TABLES for claim in ResultTable.load(name, "smoke").claims]


@pytest.mark.parametrize(("name", "claim"), [pytest.param(*pair, id=f"{pair[0]}: {pair[1]}") for pair in CLAIMS])
def test_every_claim_of_the_book_holds_or_says_why_not(
    name: str, claim: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against the committed results of the paper profile. A row without a result fails once the table has any."""
    monkeypatch.delenv("MDDL_RESULTS")
    if not (FULL / f"{name}.json").exists():
        pytest.skip(f"the paper profile has no results for {name} yet")
    stored = ResultTable.load(name, "paper")
    entry = stored.entry(claim.row, claim.column)
    mean = stored.mean(claim.row, claim.column, claim.metric) if entry else None
    assert borne_out(claim, stored) is (not claim.fails), f"{claim}: ours is {mean}, and the file says {claim.fails!r}"


@pytest.mark.parametrize("path", sorted(FULL.glob("*.json")), ids=lambda path: path.stem)
def test_committed_results_are_full_and_real(path: Path) -> None:
    if path.name == provenance.NAME:
        pytest.skip("the provenance file holds no results")
    content = json.loads(path.read_text())
    assert content["profile"] == "paper"
    for row, cells in content["rows"].items():
        for column, entry in cells.items():
            assert not entry["embedded"], f"{row}, {column}"
            headline = ResultTable.load(path.stem, "paper").description.headline
            assert len(entry["units"]) == len(set(entry["units"])) == len(entry[headline])
            assert entry["data"] != "brain_mr_test" or len(entry["units"]) == 50


def test_claims_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Claim(**BASE, at_least=1.0).at_least = 0.0  # type: ignore[misc]
