"""The rows of the table: which fold scores whom, which networks are here, and what is said of one that is not."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from mddl_lib.synthesis import rows
from mddl_lib.synthesis.game.resolution import AtHalfSize
from mddl_lib.synthesis.heads import Heads
from mddl_lib.synthesis.plans import FOLDS, taught
from mddl_lib.training import weights


def test_each_case_is_scored_by_the_fold_that_it_does_not_teach() -> None:
    for case in (case for fold in FOLDS for case in fold):
        assert case not in taught(rows.fold_of(case))
    with pytest.raises(ValueError, match="case is 2: expected one of"):
        rows.fold_of(2)


def test_rows_stand_for_networks_that_are_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "FOLDERS", (tmp_path,))
    heads = Heads("phantom_mr_ct", (1,))
    assert [cell.row for cell in rows.cells(heads)] == ["MR, unchanged", *rows.CLASSICAL.values()]
    network = AtHalfSize(filters=2, blocks=1)
    header = {"kind": "weights", "name": "x", "network": network.family, "config": network.config}
    weights.save(tmp_path / "cyclegan_paired_fold1.safetensors", network.state_dict(), header)
    assert rows.cells(heads)[-1].row == "CycleGAN (paired)"
    rows.trained.cache_clear()
    made = rows.by_networks("cyclegan_paired", lambda case: 1)(heads[0].mr, 1)
    with torch.no_grad():
        assert torch.allclose(made, network(heads[0].mr), atol=1e-5)
    with pytest.raises(FileNotFoundError, match="cyclegan_paired_fold2 is not shipped"):
        rows.trained("cyclegan_paired", 2)
    rows.trained.cache_clear()


def test_an_unknown_row_is_named() -> None:
    with pytest.raises(KeyError, match="row is 'x'"):
        rows.by_networks("x")
