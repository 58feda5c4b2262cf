"""Matches equal a brute-force search, image by image of a batch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mddl_lib.restoration.range_field import matching
from mddl_lib.restoration.range_field.matching import nearest
from tests.restoration.pieces import draw


def brute_force(image: np.ndarray, count: int, radius: int, size: int) -> np.ndarray:
    """Every patch against every other one in its window, (count, H·W)."""
    height, width = image.shape
    wide = np.pad(image, size // 2, mode="symmetric")
    found = np.empty((count, height * width), np.int64)
    for p in range(height * width):
        row, column = divmod(p, width)
        here, candidates = wide[row : row + size, column : column + size], []
        for r in range(max(0, row - radius), min(height, row + radius + 1)):
            for c in range(max(0, column - radius), min(width, column + radius + 1)):
                distance = ((wide[r : r + size, c : c + size] - here) ** 2).sum()
                candidates.append((-1.0 if (r, c) == (row, column) else distance, r * width + c))
        found[:, p] = [q for _, q in sorted(candidates)[:count]]
    return found


@pytest.mark.parametrize(
    ("shape", "radius", "size", "count"), [((9, 11), 3, 3, 5), ((8, 8), 2, 5, 9), ((5, 12), 7, 3, 4)]
)
@pytest.mark.parametrize("band", [16, 2**22])
def test_matches_equal_a_brute_force_search(
    shape: tuple[int, int], radius: int, size: int, count: int, band: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "BAND", band)
    guide = draw(2, 1, *shape)
    found = nearest(guide, count, radius, size)
    assert found.shape == (2, count, shape[0] * shape[1])
    for image, matches in zip(guide, found, strict=True):
        np.testing.assert_array_equal(matches, brute_force(image[0].numpy(), count, radius, size))


def test_what_a_gpu_runs_finds_the_same() -> None:
    squares = draw(2, 3, 4, 9, 8).square()
    one_pass = matching._box_sums_in_one_pass(squares, 3)
    torch.testing.assert_close(one_pass, matching._box_sums(squares, 3), rtol=1e-12, atol=1e-12)
    assert one_pass.shape == (2, 3, 4, 7, 6)
    distances = draw(2, 25, 6, 7)
    assert torch.equal(matching._smallest(distances, 4), matching._smallest_in_passes(distances.clone(), 4))


def test_the_pixel_itself_comes_first_also_where_others_equal_it() -> None:
    found = nearest(torch.ones(1, 1, 10, 10), 4, radius=2)
    assert torch.equal(found[0, 0], torch.arange(100))
    assert (found[0].sort(0).values.diff(dim=0) > 0).all()  # four different pixels


def test_repeated_texture_is_found() -> None:
    guide = torch.zeros(1, 1, 16, 16)
    guide[..., 4:7, 3:6] = guide[..., 4:7, 10:13] = torch.tensor([[1.0, 2, 3], [4, 5, 6], [7, 8, 9]])
    assert int(nearest(guide, 2, radius=7, size=3)[0, 1, 5 * 16 + 4]) == 5 * 16 + 11


def test_bad_input_is_named() -> None:
    with pytest.raises(ValueError, match="all finite"):
        nearest(torch.full((1, 1, 8, 8), float("nan")), 2)
    with pytest.raises(ValueError, match=r"shape \(1, 2, 8, 8\)"):
        nearest(torch.zeros(1, 2, 8, 8), 2)
    with pytest.raises(ValueError, match="count is 10: expected 1 … 9"):
        nearest(torch.zeros(1, 1, 8, 8), 10, radius=2)
    with pytest.raises(ValueError, match="size is 4"):
        nearest(torch.zeros(1, 1, 8, 8), 2, size=4)
