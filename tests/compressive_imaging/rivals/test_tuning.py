"""Constants of the classical rivals: the best of a grid, stored with all that was tried, and never tried twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from mddl_lib.compressive_imaging import natural_ratios
from mddl_lib.compressive_imaging.rivals import tuning
from mddl_lib.results.store import read_json
from tests.compressive_imaging.rivals.test_rivals import boxes

GRIDS = {
    "TVAL3": {"data": (2.0**4, 2.0**6), "split": (2.0**3,)},
    "NLR-CS": {"threshold": (0.001, 0.004), "weight": (0.05,)},
}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tuning, "SIDE", 32)
    monkeypatch.setattr(tuning, "TURNS", 2)
    monkeypatch.setattr(tuning, "GRIDS", GRIDS)
    monkeypatch.setattr(tuning, "_corners", lambda: [boxes().float()])


@pytest.mark.usefixtures("small")
def test_the_best_of_a_grid_is_chosen_and_stored_beside_the_others(tmp_path: Path) -> None:
    store = tmp_path / "tuned.json"
    best = tuning.tune("Walsh-Hadamard", 40, store)
    assert tuning.tuned("Walsh-Hadamard", 40, store) == best
    for name, tried in read_json(store)["Walsh-Hadamard, 40 %"].items():
        assert len(tried) == 2
        top = max(tried, key=lambda trial: trial["psnr"])
        assert best[name] == {key: top[key] for key in GRIDS[name]}


@pytest.mark.usefixtures("small")
def test_what_was_tried_is_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, real, calls = tmp_path / "tuned.json", tuning._method, []

    def stopping(name, constants, best):
        calls.append(name)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(name, constants, best)

    monkeypatch.setattr(tuning, "_method", stopping)
    with pytest.raises(KeyboardInterrupt):
        tuning.tune("Walsh-Hadamard", 40, store)
    tuning.tune("Walsh-Hadamard", 40, store)
    tuning.tune("Walsh-Hadamard", 40, store)
    assert calls == ["TVAL3", "TVAL3", "NLR-CS", "NLR-CS", "NLR-CS"]


def test_what_was_not_tuned_is_named() -> None:
    with pytest.raises(KeyError, match="'Walsh-Hadamard' at 33 % was not tuned: expected one of Walsh-Hadamard, "):
        tuning.tuned("Walsh-Hadamard", 33)


def test_every_cell_of_the_table_of_shares_was_tuned() -> None:
    """On the grid as it is now, whose best is what the table's cells take."""
    for operator, percent in natural_ratios.COLUMNS.values():
        for name, constants in tuning.tuned(operator, percent).items():
            assert all(value in tuning.GRIDS[name][key] for key, value in constants.items())
