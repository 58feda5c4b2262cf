"""The classical ends: patches by a loop, a head that is its own atlas moved, and what they refuse."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from mddl_lib.synthesis.atlas import PATCH, REACH, SMALLEST, FromAtlases, mean_ct, patch_regression
from mddl_lib.synthesis.measures import mean_absolute_error
from mddl_lib.synthesis.slices import Slices, load_slices
from tests.laws.pieces import draw

pytest.importorskip("SimpleITK")


def test_patch_regression_is_its_definition() -> None:
    target, mrs, cts = draw(16, 17), draw(2, 16, 17), draw(2, 16, 17)
    row, column = 8, 8
    distances, values = [], []
    for mr, ct in zip(mrs, cts, strict=True):
        for dr in range(-REACH, REACH + 1):
            for dc in range(-REACH, REACH + 1):
                squares = [
                    float(target[row + r, column + c] - mr[row + dr + r, column + dc + c]) ** 2
                    for r in range(-PATCH, PATCH + 1)
                    for c in range(-PATCH, PATCH + 1)
                ]
                distances.append(sum(squares) / len(squares))
                values.append(float(ct[row + dr, column + dc]))
    weights = [math.exp(-one / (min(distances) + SMALLEST)) for one in distances]
    expected = sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights)
    assert float(patch_regression(target, mrs, cts)[row, column]) == pytest.approx(expected, rel=1e-9)


def test_an_atlas_that_is_the_target_gives_its_ct() -> None:
    slices = load_slices("phantom_mr_ct", (1, 2))
    mr, ct = ((images[:, 0].double() + 1) / 2 for images in (slices.mr, slices.ct))
    made = patch_regression(mr[0], mr, ct)
    assert float((made - ct[0]).abs().mean()) < float((mean_ct(mr[0], mr, ct) - ct[0]).abs().mean()) / 4


def test_a_moved_atlas_comes_back_and_is_kept(tmp_path: Path) -> None:
    slices = load_slices("phantom_mr_ct", (1,))
    moved = Slices(torch.cat([slices.mr, slices.mr.roll(9, -1)]), torch.cat([slices.ct, slices.ct.roll(9, -1)]), (1, 2))
    method = FromAtlases(moved, lambda case: (2,), mean_ct, tmp_path)
    made = method(slices.mr, 1)
    assert float(mean_absolute_error(made, slices.ct)) < float(mean_absolute_error(moved.ct[1:], slices.ct)) / 3
    assert len(list(tmp_path.glob("*.safetensors"))) == 1
    assert torch.equal(method(slices.mr, 1), made)


def test_bad_input(tmp_path: Path) -> None:
    slices = load_slices("phantom_mr_ct", (1, 2))
    with pytest.raises(ValueError, match="case 1 is among its own atlases"):
        FromAtlases(slices, lambda case: (1, 2), mean_ct, tmp_path)(slices.mr[:1], 1)
    with pytest.raises(ValueError, match=r"expected .height, width., and"):
        patch_regression(torch.zeros(8, 8), torch.zeros(2, 8, 9), torch.zeros(2, 8, 9))
    with pytest.raises(ValueError, match="cts"):
        patch_regression(torch.zeros(8, 8), torch.zeros(2, 8, 8), torch.full((2, 8, 8), torch.nan))
