"""Result files: several processes fill one table, damage is named with the way back, and only numbers are stored."""

from __future__ import annotations

import json
import math
import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from mddl_lib.environment import book_folder
from mddl_lib.pages.run_report import table_runs
from mddl_lib.results import provenance, store
from mddl_lib.results.scores import Scores
from mddl_lib.results.store import DamagedResultError
from mddl_lib.results.tables import ResultTable

NAME = "admm_net_brain"
PROCESSES = 4


@pytest.fixture(autouse=True)
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MDDL_RESULTS", str(tmp_path))
    monkeypatch.setenv("MDDL_PROFILE", "smoke")
    return tmp_path / "smoke"


def scores(psnr: Any = 30.0, **changes: Any) -> Scores:
    values = psnr if isinstance(psnr, list) else [psnr]
    names = [f"image{number}" for number in range(len(values))]
    given = {"nmse": [0.1] * len(values), "psnr": values}
    return Scores(**{"data": "brain_mr_test", "data_sha256": "ab", "embedded": False, "names": names, "values": given,
                     "seconds": [0.5], **changes})  # fmt: skip


def fill_share(number: int, together: Any) -> None:
    """Every fourth cell of the table, each saved by itself, as a notebook does."""
    table = ResultTable.load(NAME)
    places = [(row, column) for row in table.announced() for column in table.columns]
    together.wait()
    for index, (row, column) in enumerate(places):
        if index % PROCESSES == number:
            table.add(row, column, scores(float(index)))
            table.save(Place(row, column))


class Place:
    def __init__(self, row: str, column: str) -> None:
        self.row, self.column = row, column


def test_processes_that_fill_one_table_lose_no_cell(results: Path) -> None:
    context = multiprocessing.get_context("spawn")
    together = context.Barrier(PROCESSES)
    workers = [context.Process(target=fill_share, args=(number, together)) for number in range(PROCESSES)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0] * PROCESSES
    table = ResultTable.load(NAME)
    places = [(row, column) for row in table.announced() for column in table.columns]
    assert [table.mean(row, column, "psnr") for row, column in places] == list(map(float, range(len(places))))
    assert len(provenance.read(results)[NAME]["seconds"]) == len(places) == 64
    assert [path.name for path in results.iterdir() if path.suffix == ".part"] == []


def test_saving_writes_what_was_added_and_leaves_what_others_stored_since() -> None:
    first = ResultTable.load(NAME)
    first.add("TV", "20%", scores(35.0))
    first.save()
    second = ResultTable.load(NAME)  # holds a copy of that cell
    first.add("TV", "20%", scores(36.0))
    first.save()
    second.add("PANO", "20%", scores(37.0))
    second.save()
    assert ResultTable.load(NAME).mean("TV", "20%", "psnr") == 36.0


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_no_nan_and_no_infinity_are_stored(results: Path, value: float) -> None:
    table = ResultTable.load(NAME)
    with pytest.raises(DamagedResultError, match=r"TV, 20%: psnr of image1 is (nan|-?inf): expected a finite number"):
        table.add("TV", "20%", scores([30.0, value]))
    assert table.rows == {}
    with pytest.raises(ValueError, match=r"x\.json is not written"):
        store.write_json(results.parent / "x.json", {"a": value})
    assert list(results.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"names": [], "values": {"nmse": [], "psnr": []}}, r"\[\] are no images"),
        ({"names": ["a", "a"]}, "are no images: expected different names"),
        ({"names": ["a", "b", "c"]}, "nmse has 2 values for 3 images"),
        ({"values": {"nmse": [0.1], "psnr": [30.0, 31.0]}}, "nmse has 1 values for 2 images"),
    ],
)
def test_empty_and_short_lists_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(DamagedResultError, match=message):
        ResultTable.load(NAME).add("TV", "20%", scores([30.0, 31.0], **changes))


def written(results: Path) -> tuple[Path, dict[str, Any]]:
    table = ResultTable.load(NAME)
    table.add("TV", "20%", scores([30.0, 31.0]))
    path = table.save()
    return path, json.loads(path.read_text())


def test_a_cut_file_is_named_with_the_way_to_get_it_back(results: Path) -> None:
    path, _ = written(results)
    path.write_text(path.read_text()[:100])
    for act in (lambda: ResultTable.load(NAME), lambda: ResultTable.load(NAME).save()):
        with pytest.raises(DamagedResultError) as caught:
            act()
        assert f"{path} is damaged" in str(caught.value)
        assert f"git checkout -- {path}" in str(caught.value)
        assert "run what made it again" in str(caught.value)


def test_every_length_of_a_cut_file_is_noticed(results: Path) -> None:
    path, _ = written(results)
    text = path.read_text()
    for length in range(0, len(text) - 2, 7):
        path.write_text(text[:length])
        with pytest.raises(DamagedResultError):
            ResultTable.load(NAME)


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda c: c | {"table": "admm_net_chest"}, "holds table 'admm_net_chest'.*expected 'admm_net_brain'"),
        (lambda c: c | {"profile": "paper"}, "profile 'paper', expected"),
        (lambda c: c | {"rows": []}, "has no rows"),
        (lambda c: [c], "holds a list"),
        (lambda c: c["rows"].update({"My method": c["rows"]["TV"]}) or c, "announces no row 'My method'"),
        (lambda c: c["rows"]["TV"].update({"25%": c["rows"]["TV"]["20%"]}) or c, "has no column '25%'"),
        (lambda c: c["rows"]["TV"]["20%"].update(psnr=[30.0]) or c, "psnr has 1 values for 2 images"),
        (lambda c: c["rows"]["TV"]["20%"].update(psnr=[]) or c, "psnr has 0 values"),
        (lambda c: c["rows"]["TV"]["20%"].update(psnr=[30.0, None]) or c, "psnr of image1 is None"),
        (lambda c: c["rows"]["TV"]["20%"].update(psnr=[30.0, True]) or c, "psnr of image1 is True"),
        (lambda c: c["rows"]["TV"]["20%"].update(psnr=[30.0, math.nan]) or c, "holds NaN, which is no number"),
        (lambda c: c["rows"]["TV"]["20%"].update(psnr=[30.0, math.inf]) or c, "holds Infinity"),
        (lambda c: c["rows"]["TV"]["20%"].update(dice=[0.9, 0.9]) or c, "has no metric 'dice'"),
        (lambda c: c["rows"]["TV"]["20%"].pop("data_sha256") and c, "a cell needs data, data_sha256"),
        (lambda c: c["rows"]["TV"].update({"20%": 3}) or c, "a cell needs"),
    ],
)
def test_what_no_run_stores_is_refused_when_it_is_read(results: Path, harm: Any, message: str) -> None:
    path, content = written(results)
    path.write_text(json.dumps(harm(content)))
    with pytest.raises(DamagedResultError, match=message) as caught:
        ResultTable.load(NAME)
    assert str(path) in str(caught.value)


def test_a_cut_provenance_file_costs_no_result(results: Path) -> None:
    written(results)
    (results / provenance.NAME).write_text('{"admm_net_brain": {"sec')
    table = ResultTable.load(NAME)
    table.add("PANO", "20%", scores(37.0))
    with pytest.warns(UserWarning, match=r"seconds and dates on record are left out: .*provenance\.json is damaged"):
        table.save()
    assert set(ResultTable.load(NAME).rows) == {"TV", "PANO"}
    assert provenance.read(results)[NAME]["seconds"] == {"PANO | 20%": 0.5}


def test_a_cut_provenance_file_is_named_where_it_is_shown(results: Path) -> None:
    written(results)
    (results / provenance.NAME).write_text("{")
    with pytest.raises(DamagedResultError, match="git checkout"):
        table_runs()


def test_the_papers_committed_results_are_read_where_this_machine_has_none(results: Path) -> None:
    committed = book_folder() / "results" / "paper"
    assert store.stored_folder(f"{NAME}.json", "paper") == committed
    assert store.stored_folder(f"{NAME}.json") == results
    own = results.parent / "paper" / f"{NAME}.json"
    own.parent.mkdir()
    own.write_text((committed / f"{NAME}.json").read_text())
    assert store.stored_folder(f"{NAME}.json", "paper") == own.parent
    assert ResultTable.load(NAME, "paper").known_seconds == provenance.read(committed)[NAME]["seconds"]


@pytest.mark.parametrize("name", ["admm_net_brain", "admm_net_chest", "admm_csnet_brain"])
def test_files_that_call_units_images_are_read_as_before(results: Path, name: str) -> None:
    now = ResultTable.load(name, "paper").rows
    content = json.loads((book_folder() / "results" / "paper" / f"{name}.json").read_text())
    for cells in content["rows"].values():
        for entry in cells.values():
            entry["images"] = entry.pop("units")
    (results.parent / "paper").mkdir()
    (results.parent / "paper" / f"{name}.json").write_text(json.dumps(content))
    assert ResultTable.load(name, "paper").rows == now
