"""The columns of the table of the 2009 challenge: a slice is segmented once, subjects are means, one column leaves a subject out."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from mddl_lib.results.cells import Cell
from mddl_lib.results.claims.claim import ONLY
from mddl_lib.results.tables import ResultTable
from mddl_lib.segmentation import hearts
from mddl_lib.segmentation.challenge.columns import FITTING, PARTS, SUBJECTS, Subjects, fill_columns, score_subjects
from mddl_lib.segmentation.evaluation import Targets
from mddl_lib.segmentation.hearts import Case, slices, subject_of
from mddl_lib.segmentation.problems import Fusion


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Targets:
    """Drawn hearts of three subjects, two slices each; a case's atlases are the target itself, its label moved by some rows."""
    monkeypatch.setenv("MDDL_RESULTS", str(tmp_path / "results"))
    monkeypatch.setenv("MDDL_PROFILE", "smoke")
    found = [
        dataclasses.replace(slice_, name=f"SC-N-0{5 + n // 2}-IM-0001-{n}")
        for n, slice_ in enumerate(slices("phantom_heart")[:6])
    ]
    monkeypatch.setattr(Targets, "slices", property(lambda d: [s for s in found if subject_of(s.name) != d.left_out]))

    def case(self: Targets, index: int) -> Case:
        target = self.slices[index]
        down = 2 * found.index(target)
        return Case(
            target, [dataclasses.replace(target, labels={p: np.roll(l, down, 0) for p, l in target.labels.items()})]
        )

    monkeypatch.setattr(Targets, "__getitem__", case)
    return Targets("phantom_heart", "phantom_heart", 1, tmp_path)


def test_all_columns_from_one_segmentation(data: Targets) -> None:
    calls = []

    def method(seen: Fusion) -> torch.Tensor:
        calls.append(1)
        return seen.labels.mean(1)

    cell = Cell("MV", ONLY, lambda: method, "epicardium", {"rule": "MV"})
    computed = fill_columns(ResultTable.load("fusion_net_lv2009"), [cell], data)
    assert [one.column for one in computed] == list(PARTS)
    assert len(calls) == 6
    table = ResultTable.load("fusion_net_lv2009")
    values = table.entry("MV", ONLY)["adm"]
    assert values[0] == 1.0
    assert values == sorted(values, reverse=True)
    means = table.entry("MV", SUBJECTS)
    assert means["units"] == ["SC-N-05", "SC-N-06", "SC-N-07"]
    assert means["adm"] == pytest.approx([sum(values[n : n + 2]) / 2 for n in (0, 2, 4)], abs=1e-6)
    assert table.entry("MV", FITTING)["adm"] == [*values[:2], *values[4:]]
    assert table.mean("MV", "myocardium", "adm") < table.mean("MV", "endocardium", "adm")
    again = fill_columns(ResultTable.load("fusion_net_lv2009"), [cell], data, resume=True)
    assert again == [], "what is stored is not computed again"


def test_a_check_of_a_slow_cell_takes_one_slice_or_subject(data: Targets) -> None:
    cell = Cell("MV", ONLY, lambda: lambda seen: seen.labels.mean(1), "epicardium", {}, slow=True)
    table = ResultTable.load("fusion_net_lv2009")
    fill_columns(table, [cell], data, check=1)
    counts = {column: len(table.entry("MV", column)["units"]) for column in PARTS}
    assert set(counts.values()) == {1}
    scores = score_subjects(lambda seen: seen.labels.mean(1), Subjects(data), "epicardium", images=1)
    assert table.entry("MV", SUBJECTS)["adm"] == pytest.approx(scores.values["adm"], abs=1e-6)


def test_the_table_names_the_subject_whose_contours_do_not_fit() -> None:
    assert hearts.MISPLACED in FITTING
    assert list(PARTS) == ResultTable.load("fusion_net_lv2009", "smoke").columns
