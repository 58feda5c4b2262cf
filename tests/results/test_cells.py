"""Filling a table: what is computed, what is left out, how many images the slow cells take, and the two views of the result."""

from __future__ import annotations

import dataclasses
import functools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from mddl_lib.core.masks import pseudo_radial
from mddl_lib.pages.matrix_view import matrix
from mddl_lib.pages.table_view import show
from mddl_lib.results.cells import Cell, fill
from mddl_lib.results.evaluation import evaluate
from mddl_lib.results.metric import Unit
from mddl_lib.results.tables import ResultTable

from .kinds import dice_table

MASK = pseudo_radial((32, 32), 0.3)
CALLS: list[str] = []


class Images:
    """Three random images, as a data set."""

    name, sha256, embedded = "brain_mr_test", "ab", False

    class Sample:
        def __init__(self, index: int) -> None:
            self.name = f"image{index}"
            self.array = np.random.default_rng(index).random((32, 32)).astype(np.float32)

    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> Images.Sample:
        return self.Sample(index)


def zero_filled(y: Tensor, physics: Any) -> Tensor:
    CALLS.append("call")
    return physics.A_adjoint(y)


def cell(row: str = "TV", column: str = "20%", slow: bool = False, **origin: Any) -> Cell:
    return Cell(row, column, lambda: zero_filled, MASK, origin, slow)


@pytest.fixture(autouse=True)
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MDDL_RESULTS", str(tmp_path))
    monkeypatch.setenv("MDDL_PROFILE", "smoke")
    CALLS.clear()
    return tmp_path


def test_every_cell_is_stored_as_it_is_made() -> None:
    table = ResultTable.load("admm_net_brain")

    def interrupted() -> Any:
        raise KeyboardInterrupt

    broken = Cell("PANO", "20%", interrupted, MASK)
    with pytest.raises(KeyboardInterrupt):
        fill(table, [cell(weight=1.0), broken], Images())
    assert list(ResultTable.load("admm_net_brain").rows) == ["TV"]
    again = ResultTable.load("admm_net_brain")
    done = fill(again, [cell(weight=1.0), cell("PANO")], Images(), resume=True)
    assert [one.row for one in done] == ["PANO"]  # TV was there already


def test_slow_cells_take_the_check_images_only() -> None:
    table = ResultTable.load("admm_net_brain")
    fill(table, [cell("TV"), cell("PANO", slow=True)], Images(), check=1)
    assert [len(table.entry(row, "20%")["units"]) for row in ("TV", "PANO")] == [3, 1]
    assert len(CALLS) == 4


@pytest.mark.parametrize(
    ("stored", "wanted", "computed"),
    [({"weight": 1.0}, {"weight": 1.0}, 0), ({"weight": 1.0}, {"weight": 2.0}, 1), ({}, {"weight": 1.0}, 1)],
)
def test_resume_looks_at_the_origin(stored: dict, wanted: dict, computed: int) -> None:
    table = ResultTable.load("admm_net_brain")
    fill(table, [cell(**stored)], Images())
    assert len(fill(table, [cell(**wanted)], Images(), resume=True)) == computed


def test_resume_computes_what_is_stored_of_fewer_images_or_of_other_data() -> None:
    table = ResultTable.load("admm_net_brain")
    fill(table, [cell()], Images(), images=2)
    assert len(fill(table, [cell()], Images(), resume=True)) == 1
    other = Images()
    other.sha256 = "cd"
    assert len(fill(table, [cell()], other, resume=True)) == 1


def test_a_reduced_run_keeps_the_stored_cell_and_shows_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    fill(ResultTable.load("admm_net_brain"), [cell()], Images())
    table = ResultTable.load("admm_net_brain")
    fill(table, [cell()], Images(), images=1)
    assert "not stored" in capsys.readouterr().out
    assert len(table.entry("TV", "20%")["units"]) == 1
    assert len(ResultTable.load("admm_net_brain").entry("TV", "20%")["units"]) == 3


def test_threads_are_put_back() -> None:
    before = torch.get_num_threads()
    seen = []

    def watching(y: Tensor, physics: Any) -> Tensor:
        seen.append(torch.get_num_threads())
        return physics.A_adjoint(y)

    fill(ResultTable.load("admm_net_brain"), [Cell("TV", "20%", lambda: watching, MASK)], Images(), threads=before + 1)
    assert set(seen) == {before + 1}
    assert torch.get_num_threads() == before


def test_the_matrix_shows_every_column_and_marks_stale_rows() -> None:
    table = ResultTable.load("admm_net_brain")
    fill(table, [cell("TV", "20%"), cell("TV", "40%")], Images())
    view = matrix(table, "psnr", stale=["TV"])
    head, body = view.cells()
    assert head[:5] == ["Method", "20%, paper", "20%, ours", "30%, paper", "30%, ours"]
    line = next(line for line in body if line[0].startswith("TV"))
    assert line[0].endswith("(stale)")
    assert line[1] == "35.20"
    assert line[2] == f"{table.mean('TV', '20%', 'psnr'):.2f}"
    assert line[4] == "not yet"
    assert "35.20" in view._repr_html_()
    with pytest.raises(KeyError, match="no metric 'ssim'"):
        matrix(table, "ssim")


def test_a_row_of_ours_may_be_meant_for_some_columns_only() -> None:
    table = ResultTable.load("admm_net_brain")
    table.description.ours["TV"] = dataclasses.replace(table.description.ours["TV"], columns=("20%",))
    line = next(line for line in matrix(table, "psnr").cells()[1] if line[0].startswith("TV"))
    assert line[2] == "not yet"
    assert line[4] == "–"
    labels = [[label for label, *_ in show(table, column).cells()[1]] for column in ("20%", "30%")]
    assert [any(label.startswith("TV [") for label in column) for column in labels] == [True, False]


def test_the_matrix_never_sets_a_stand_in_beside_the_paper() -> None:
    table = ResultTable.load("admm_net_brain")
    phantoms = Images()
    phantoms.name, phantoms.embedded = "phantom_brain", True
    fill(table, [cell("TV", "20%")], phantoms)
    line = next(line for line in matrix(table, "psnr").cells()[1] if line[0].startswith("TV"))
    assert "not the paper's data" in line[0]
    assert line[1] == "–"


def test_one_cell_that_stays_does_not_keep_the_others_from_being_stored() -> None:
    fill(ResultTable.load("admm_net_brain"), [cell("TV")], Images())
    fill(ResultTable.load("admm_net_brain"), [cell("TV"), cell("PANO")], Images(), images=1)
    stored = ResultTable.load("admm_net_brain")
    assert [len(stored.entry(row, "20%")["units"]) for row in ("TV", "PANO")] == [3, 1]


def test_rows_of_an_earlier_run_are_not_called_stale_by_this_one() -> None:
    table = ResultTable.load("admm_net_brain")
    fill(table, [cell("TV"), cell("PANO")], Images())
    other = ResultTable.load("admm_net_brain")
    other.rows["PANO"]["20%"]["psnr"] = [0.0, 0.0, 0.0]  # what an older run left
    computed = fill(other, [cell("TV")], Images())
    assert list(table.stale_rows(other)) == ["PANO"]
    assert table.stale_rows(other, computed) == {}


def test_a_table_of_another_kind_is_filled_with_scores_of_its_own(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def dice(estimate: Tensor, truth: Tensor) -> Tensor:
        inside, also = estimate > 0.5, truth > 0.5
        return 2 * (inside & also).sum() / (inside.sum() + also.sum())

    metrics = {"dice": dice, "distance": lambda estimate, truth: (estimate - truth).abs().max()}
    score = functools.partial(evaluate, metrics=metrics, unit=Unit("subject", "subjects"))
    cells = [
        Cell("Votes", "all", lambda: zero_filled, MASK),
        Cell("Atlas", "all", lambda: zero_filled, MASK, slow=True),
    ]
    table = dice_table()
    fill(table, cells, Images(), check=1, score=score)
    assert [len(table.entry(row, "all")["units"]) for row in ("Votes", "Atlas")] == [3, 1]
    assert 0 < table.mean("Votes", "all", "dice") < 1
    fill(dice_table(), cells[:1], Images(), images=1, score=score)
    assert "not stored: 1 of 1 cells, which are stored already with more subjects" in capsys.readouterr().out
    assert list(json.loads((results / "smoke" / "dice.json").read_text())["rows"]) == ["Atlas", "Votes"]


def test_a_folder_that_cannot_be_written_is_named_before_anything_is_computed(results: Path) -> None:
    (results / "smoke").write_text("a file in the place of the folder")
    with pytest.raises(PermissionError, match=r"smoke cannot hold the results.*\$MDDL_RESULTS"):
        fill(dice_table(), [cell()], Images())
    assert CALLS == []
