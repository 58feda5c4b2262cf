"""Tuning: every combination is tried once, stored as it is made, and the best of all trials is used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from mddl_lib.core.masks import pseudo_radial
from mddl_lib.mri import competition
from mddl_lib.mri.competition import tuning
from mddl_lib.mri.competition.methods import METHODS, Method
from mddl_lib.mri.competition.twins import TWINS

CALLS: list[float] = []


def scaled(gain: float) -> competition.Model:
    """Aᴴy times a gain: the best gain of a set is known."""
    CALLS.append(gain)

    def model(y: Tensor, physics: Any) -> Tensor:
        return gain * physics.A_adjoint(y)

    return model


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    CALLS.clear()
    monkeypatch.setitem(METHODS, "scaled", Method(scaled, {"gain": (0.5, 1.0, 2.0)}, every=2))
    monkeypatch.setattr(tuning, "training_images", lambda names: torch.rand(4, 1, 32, 32, generator=_seed()))
    monkeypatch.setattr(tuning, "paper_radial", lambda percent: pseudo_radial((32, 32), percent / 100))


def _seed() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_the_best_of_the_grid_is_stored_with_all_that_was_tried(tmp_path: Path) -> None:
    best = tuning.tune("scaled", 30, tmp_path)
    assert best["gain"] == 1.0
    stored = json.loads((tmp_path / "scaled.json").read_text())["30 %"]
    assert [trial["gain"] for trial in stored["tried"]] == [0.5, 1.0, 2.0]
    assert "2 images" in stored["data"]
    assert tuning.best_parameters("scaled", 30, tmp_path) == {"gain": 1.0}


def test_what_is_stored_is_not_tried_again_and_new_values_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tuning.tune("scaled", 30, tmp_path)
    CALLS.clear()
    tuning.tune("scaled", 30, tmp_path)
    assert CALLS == []
    monkeypatch.setitem(METHODS, "scaled", Method(scaled, {"gain": (1.0, 1.2)}, every=2))
    tuning.tune("scaled", 30, tmp_path)
    assert CALLS == [1.2]


def test_an_interrupted_tuning_keeps_its_trials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(gain: float) -> competition.Model:
        if gain == 2.0:
            raise KeyboardInterrupt
        return scaled(gain)

    monkeypatch.setitem(METHODS, "scaled", Method(interrupted, {"gain": (0.5, 1.0, 2.0)}, every=2))
    with pytest.raises(KeyboardInterrupt):
        tuning.tune("scaled", 30, tmp_path)
    assert len(json.loads((tmp_path / "scaled.json").read_text())["30 %"]["tried"]) == 2


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="no method 'TVV': expected one of TV; RecPF"):
        tuning.tune("TVV", 20, tmp_path)
    with pytest.raises(KeyError, match=r"scaled is not tuned for 20 %.*tune scaled 20"):
        tuning.best_parameters("scaled", 20, tmp_path)


@pytest.mark.parametrize("name", [*METHODS, *TWINS])
@pytest.mark.parametrize("percent", [20, 30, 40, 50])
def test_every_method_ships_its_parameters_for_every_mask_of_the_table(name: str, percent: int) -> None:
    cell = json.loads((tuning.STORE / f"{name}.json").read_text())[f"{percent} %"]
    assert cell["best"] == max(cell["tried"], key=lambda trial: trial["psnr"])
    assert set(cell["best"]) - {"psnr"} == set((METHODS | TWINS)[name].grid)
    assert "chest_mr/train" in cell["data"]
    tuning.tuned(name, percent)  # the stored parameters make the method


def test_two_tunings_of_one_method_lose_no_trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process writes between two trials of this one; what it tried is kept, and not tried again."""
    made: list[float] = []

    def beside(gain: float) -> competition.Model:
        made.append(gain)
        if gain == 0.5:
            monkeypatch.setitem(METHODS, "scaled", Method(scaled, {"gain": (1.0, 4.0)}, every=2))
            tuning.tune("scaled", 30, tmp_path)
            monkeypatch.setitem(METHODS, "scaled", mine)
        return scaled(gain)

    mine = Method(beside, {"gain": (0.5, 1.0, 2.0)}, every=2)
    monkeypatch.setitem(METHODS, "scaled", mine)
    tuning.tune("scaled", 30, tmp_path)
    stored = json.loads((tmp_path / "scaled.json").read_text())["30 %"]
    assert sorted(trial["gain"] for trial in stored["tried"]) == [0.5, 1.0, 2.0, 4.0]
    assert stored["best"]["gain"] == 1.0
    assert made == [0.5, 2.0], "1.0 was tried by the other"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{"30 %": {"data"', "delimiter"),
        ("[]", "holds a list"),
        ('{"30 %": {"data": "x", "tried": [3]}}', "no list of trials"),
    ],
)
def test_a_damaged_file_is_named_before_anything_is_computed(tmp_path: Path, content: str, reason: str) -> None:
    (tmp_path / "scaled.json").write_text(content)
    for call in (tuning.tune, tuning.best_parameters):
        with pytest.raises(ValueError, match=rf"scaled\.json is damaged.*{reason}.*git checkout"):
            call("scaled", 30, tmp_path)
    assert CALLS == []


def test_a_combination_that_diverges_is_null_with_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        tuning, "psnr", lambda a, b: torch.full((1,), float("inf") if float(a.abs().max()) > 1 else 3.0)
    )
    monkeypatch.setitem(METHODS, "scaled", Method(scaled, {"gain": (0.5, 100.0)}, every=2))
    assert tuning.tune("scaled", 30, tmp_path) == {"gain": 0.5, "psnr": 3.0}
    tried = json.loads((tmp_path / "scaled.json").read_text(), parse_constant=pytest.fail)["30 %"]["tried"]
    assert tried[1] == {"gain": 100.0, "psnr": None, "reason": "the mean PSNR is inf"}
    monkeypatch.setitem(METHODS, "scaled", Method(scaled, {"gain": (200.0,)}, every=2))
    assert tuning.tune("scaled", 30, tmp_path)["gain"] == 0.5
