"""Networks that learned from some subjects: they see those alone, and the table has a cell for every number of atlases."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from mddl_lib.results.tables import ResultTable
from mddl_lib.segmentation.hearts import Case, slices
from mddl_lib.segmentation.methods import RULES
from mddl_lib.segmentation.studies import some_subjects
from mddl_lib.segmentation.studies.some_subjects import COUNTS, EIGHT, FAILING, SomeHearts, cells, column, with_first
from tests.segmentation.pieces import fusion


def test_a_network_sees_its_subjects_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def told(targets: list, atlases: list) -> list[Case]:
        asked.append(({a.name for a in targets}, {a.name for a in atlases}))
        return []

    monkeypatch.setattr(some_subjects, "cases", told)
    names = [atlas.name for atlas in slices("phantom_heart")]  # a drawn heart is its own subject
    some = SomeHearts(("phantom_heart",), subjects=tuple(names[:3]))
    assert some.registered == []
    assert SomeHearts(("phantom_heart",)).registered == []
    assert asked == [(set(names[:3]), set(names[:3])), (set(names), set(names))]
    assert some.record()["subjects"] == names[:3]
    with pytest.raises(ValueError, match="there is no subject 'SC-N-99'"):
        _ = SomeHearts(("phantom_heart",), subjects=("SC-N-99",)).registered


def test_the_few_are_among_the_many_and_groups_are_even() -> None:
    for few, many in ((2, 4), (4, 8)):
        known = {name: set(subjects) for name, subjects in some_subjects.SUBJECTS.items()}
        assert known[f"fusion_net_study_{few}"] < known[f"fusion_net_study_{many}"]
    groups = [name.rsplit("-", 1)[0] for name in EIGHT]
    assert {groups.count(group) for group in groups} == {2}
    assert len(set(FAILING)) == len(set(EIGHT)) == 8
    assert {name.split("-")[1] for name in FAILING} == {"HF"}


def test_the_first_atlases_alone_are_heard() -> None:
    seen = fusion(count=4)
    votes = with_first(RULES["MV"], 2)(seen)
    assert torch.allclose(votes, seen.labels[:, :2].mean(1))


def test_the_table_has_a_cell_for_each_row_and_count() -> None:
    table = ResultTable.load("fusion_net_study", "smoke")
    assert [column(count) for count in COUNTS] == table.columns
    assert {"MV", "PB", *some_subjects.ROWS} == set(table.announced())
    without = cells(lambda name: None, [])
    assert {(cell.row, cell.column) for cell in without} == {(r, column(n)) for r in ("MV", "PB") for n in COUNTS}


def test_bad_input(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="count is 0"):
        column(0)
    with pytest.raises(ValueError, match="count is 0"):
        with_first(RULES["MV"], 0)
    with pytest.raises(TypeError, match="expected something to call"):
        with_first(3, 1)
