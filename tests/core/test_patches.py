"""Patches: where they lie, that putting back is the adjoint of taking, and that the counts are right."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from mddl_lib.core.patches import corners, coverage, patch_index, put, take

SHAPE = (8, 12)


def draw(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("step", [1, 3, 4])
def test_corners_are_a_regular_grid(step: int) -> None:
    expected = [row * 12 + column for row in range(0, 8, step) for column in range(0, 12, step)]
    assert corners(SHAPE, step).tolist() == expected


def test_a_patch_is_a_rolled_crop() -> None:
    """Also over the image's edges, at its far corner."""
    image = draw(1, 1, *SHAPE)
    for row, column in ((0, 0), (2, 5), (7, 11)):
        found = take(image, patch_index(torch.tensor(row * 12 + column), SHAPE, 3))
        expected = image[0, 0].roll((-row, -column), (0, 1))[:3, :3]
        assert torch.equal(found, expected.flatten())


def test_any_shape_of_corners() -> None:
    corner = torch.arange(24).view(2, 3, 4)
    index = patch_index(corner, SHAPE, 3)
    assert index.shape == (2, 3, 4, 9)
    assert torch.equal(index[1, 2, 3], patch_index(corner[1, 2, 3], SHAPE, 3))


def test_put_is_the_adjoint_of_take() -> None:
    """Corners drawn at random, some of them twice."""
    corner = torch.randint(0, 96, (20,), generator=torch.Generator().manual_seed(3))
    index = patch_index(corner, SHAPE, 4)
    image, patches = draw(1, 1, *SHAPE, seed=1), draw(20, 16, seed=2)
    left, right = (take(image, index) * patches).sum(), (image * put(patches, index, SHAPE)).sum()
    torch.testing.assert_close(left, right, rtol=1e-12, atol=1e-12)


def test_coverage_counts_what_put_adds_up() -> None:
    corner = torch.randint(0, 96, (20,), generator=torch.Generator().manual_seed(3))
    index = patch_index(corner, SHAPE, 4)
    counts = coverage(index, SHAPE)
    torch.testing.assert_close(counts, put(torch.ones(20, 16), index, SHAPE))
    assert counts.sum() == 20 * 16


@pytest.mark.parametrize(("size", "step"), [(4, 2), (4, 4), (2, 1)])
def test_a_regular_grid_is_a_tight_frame(size: int, step: int) -> None:
    index, image = patch_index(corners(SHAPE, step), SHAPE, size), draw(1, 1, *SHAPE)
    torch.testing.assert_close(put(take(image, index), index, SHAPE), (size / step) ** 2 * image)


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="step is 0: expected a whole number, 1 or more"):
        corners(SHAPE, 0)
    for size in (0, 9):
        with pytest.raises(ValueError, match=f"have {size} x {size} pixels, the image 8 x 12"):
            patch_index(torch.tensor(0), SHAPE, size)
