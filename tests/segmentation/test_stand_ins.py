"""Scores subject by subject, and the rows of the table on stand-ins."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from mddl_lib.segmentation.deep_fusion.fusion_net import FusionNet
from mddl_lib.segmentation.evaluation import Targets
from mddl_lib.segmentation.hearts import Case, slices, subject_of
from mddl_lib.segmentation.methods import RULES, by_network, by_rule
from mddl_lib.segmentation.overlap import dice
from mddl_lib.segmentation.problems import as_fusion
from mddl_lib.segmentation.rivals.pixel_net import PixelNet
from mddl_lib.segmentation.stand_ins.hippocampi import PART
from mddl_lib.segmentation.stand_ins.rows import cells, score
from mddl_lib.segmentation.stand_ins.subjects import HeartMuscle, HippocampusSubjects


class Two:
    """Two subjects of two slices, atlases that are other hearts."""

    name, sha256, embedded, parts = "phantom_heart", "ab", True, ("epicardium", "endocardium")

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> tuple[str, list[Case]]:
        found = slices("phantom_heart")
        return f"subject{index}", [Case(found[2 * index + n], [*found[10:13]]) for n in range(2)]


def test_a_subjects_value_is_the_mean_over_its_slices() -> None:
    scores = score(RULES["MV"], Two(), 3, progress=False)
    assert scores.names == ["subject0", "subject1"]
    by_hand = []
    for case in Two()[1][1]:
        inside = [np.mean([atlas.labels[part] for atlas in case.atlases], 0) > 0.5 for part in Two.parts]
        truth = [case.target.labels[part] > 0.5 for part in Two.parts]
        by_hand.append(dice(inside[0] & ~inside[1], truth[0] & ~truth[1]))
    assert scores.dice[1] == pytest.approx(np.mean(by_hand))
    assert (scores.embedded, str(scores.unit.count(2))) == (True, "2 subjects")
    assert score(RULES["MV"], Two(), 3, images=1, progress=False).dice == scores.dice[:1], (
        "fewer subjects, the same values"
    )


def test_a_method_sees_so_many_atlases() -> None:
    counts = []
    method = by_rule(lambda t, a, l: counts.append(len(a)) or l.mean(0))
    score(method, Two(), 2, images=1, progress=False)
    score(method, Two(), None, images=1, progress=False)
    assert counts == [2, 2, 3, 3]


def test_the_rows_of_the_table() -> None:
    torch.manual_seed(0)
    net, pixels = FusionNet(1, 1, 1, 2, 3), PixelNet(2, 1, 2, 2, 3)
    made = {cell.row: cell for cell in cells("muscle", net, pixels, 2, 3)}
    assert list(made) == ["MV", "PB", "MAPM", "SVMAF", "CNN", "DFN_NMI", "DFN"]
    seen = as_fusion(Two()[0][1][0])
    nearest, first = (made[row].make()(seen) for row in ("DFN", "DFN_NMI"))
    assert torch.equal(first, by_network(net, 2, deep=False)(seen))
    assert torch.equal(nearest, by_network(net, 2)(seen))
    assert torch.equal(made["CNN"].make()(seen), torch.sigmoid(pixels(seen.target)).detach())
    assert {made[row].mask for row in ("MV", "PB", "MAPM", "SVMAF")} == {3}
    assert made["DFN"].mask is made["DFN_NMI"].mask is None, "they choose among all that were registered"
    assert "CNN" not in {cell.row for cell in cells("muscle", net, None)}
    with pytest.raises(TypeError, match="expected a FusionNet"):
        cells("muscle", pixels, pixels)
    with pytest.raises(TypeError, match="expected a PixelNet"):
        cells("muscle", net, net)


def test_hearts_by_subject() -> None:
    found = HeartMuscle(Targets("phantom_heart", "phantom_heart"))
    assert len(found) == len({subject_of(atlas.name) for atlas in slices("phantom_heart")})
    assert (found.name, found.embedded, len(found.sha256)) == ("phantom_heart", True, 64)


def test_hippocampi_by_subject(tmp_path: Path) -> None:
    pytest.importorskip("SimpleITK")
    data = HippocampusSubjects("phantom_volume", tmp_path)
    assert len(data) == 3
    name, found = data[0]
    assert [case.target.name for case in found] == [f"{name}/1", f"{name}/2"]
    assert 0.6 < score(RULES["MV"], data, 4, images=1, progress=False).dice[0] < 1
    assert found[0].target.labels[PART].any()
    with pytest.raises(TypeError, match="method is 3: expected something to call"):
        score(3, data)
    with pytest.raises(ValueError, match="count is 0: expected a whole number"):
        score(RULES["MV"], data, 0)
