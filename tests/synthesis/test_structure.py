"""MIND against its definition written as loops; what it sees and what it does not."""

from __future__ import annotations

import math

import pytest
import torch

from data_fetch import available
from mddl_lib.synthesis.slices import load_slices
from mddl_lib.synthesis.structure import OFFSETS, structure_features, structure_loss, structure_map
from tests.laws.pieces import draw


def by_loops(image: torch.Tensor, row: int, column: int) -> list[float]:
    """The 80 features of one pixel."""
    weights = {(r, c): math.exp(-(r * r + c * c) / 8) for r in range(-3, 4) for c in range(-3, 4)}
    total = sum(weights.values())

    def distance(dr: int, dc: int) -> float:
        return sum(
            weight / total * float(image[row + r, column + c] - image[row + dr + r, column + dc + c]) ** 2
            for (r, c), weight in weights.items()
        )

    variance = sum(distance(*near) for near in ((-1, 0), (1, 0), (0, -1), (0, 1))) / 4 + 1e-5
    found = [math.exp(-distance(*offset) / variance) for offset in OFFSETS]
    return [value / max(found) for value in found]


def test_features_are_their_definition() -> None:
    image = draw(1, 1, 17, 18)
    features = structure_features(image)
    assert features.shape == (1, 80, 3, 4)
    for row, column in ((0, 0), (1, 2), (2, 3)):
        expected = torch.tensor(by_loops(image[0, 0], row + 7, column + 7), dtype=torch.float64)
        assert torch.allclose(features[0, :, row, column], expected, rtol=1e-10, atol=1e-14)


def test_turning_grey_levels_over_changes_nothing_and_moving_the_image_does() -> None:
    mr = load_slices("phantom_mr_ct").mr[:1].double()
    assert float(structure_loss(mr, 0.3 - mr)) < 1e-10
    moved = [float(structure_loss(mr, torch.roll(mr, pixels, -1))) for pixels in (0, 2, 4, 12)]
    assert moved[0] == 0
    assert moved == sorted(moved)
    assert structure_map(mr, mr).shape == (1, 1, 242, 242)


@pytest.mark.parametrize("name", ["phantom_mr_ct", "aanlib_mrct"])
def test_mr_and_ct_are_further_apart_the_further_one_is_moved(name: str) -> None:
    if not available(name):
        pytest.skip(f"{name} is not here")
    slices = load_slices(name)
    mr, ct = slices.mr[4::16], slices.ct[4::16]
    aligned, near, far = (float(structure_loss(mr, torch.roll(ct, pixels, -1))) for pixels in (0, 4, 12))
    assert aligned < near < far
    assert aligned < float(structure_loss(mr, ct.flip(-1)))
