"""Block matching against a plain loop over references and candidates."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from mddl_lib.core.patches import corners, match


def draw(height: int = 16, width: int = 24, seed: int = 0) -> Tensor:
    return torch.randn(1, 1, height, width, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def crop(image: Tensor, row: int, column: int, size: int) -> Tensor:
    return image[0, 0].roll((-row, -column), (0, 1))[:size, :size]


def brute_force(image: Tensor, size: int, step: int, radius: int, count: int) -> list[list[int]]:
    height, width = image.shape[-2:]
    result = []
    for row in range(0, height, step):
        for column in range(0, width, step):
            found = []
            for down in range(-radius, radius + 1):
                for across in range(-radius, radius + 1):
                    other = crop(image, row + down, column + across, size)
                    distance = float((crop(image, row, column, size) - other).square().sum())
                    found.append((distance, (row + down) % height * width + (column + across) % width))
            result.append([corner for _, corner in sorted(found)[:count]])
    return result


@pytest.mark.parametrize(("size", "step", "radius"), [(4, 4, 3), (4, 2, 5), (3, 1, 2)])
def test_the_nearest_are_those_of_a_plain_loop(size: int, step: int, radius: int) -> None:
    """Random pixels, so that no two distances are equal; the windows cross the image's edges."""
    image = draw(8, 12) if radius == 2 else draw()
    assert match(image, size, step, radius, 6).tolist() == brute_force(image, size, step, radius, 6)


def test_the_reference_is_first_even_among_equals() -> None:
    """On a constant image every distance is zero."""
    found = match(torch.full((1, 1, 16, 16), 0.3), 8, 4, 5, 4)
    assert torch.equal(found[:, 0], corners((16, 16), 4))
    assert all(len(set(row)) == 4 for row in found.tolist())


def test_a_repeated_texture_is_found() -> None:
    """A patch that stands at three more places is matched with those three."""
    image = draw(32, 32)
    for row, column in ((8, 17), (19, 5), (20, 20)):
        image[0, 0, row : row + 4, column : column + 4] = image[0, 0, 8:12, 8:12]
    found = match(image, 4, 4, 13, 4)[2 * 8 + 2]
    assert found[0] == 8 * 32 + 8
    assert set(found.tolist()) == {8 * 32 + 8, 8 * 32 + 17, 19 * 32 + 5, 20 * 32 + 20}


def test_a_window_of_one_pixel_holds_only_the_reference() -> None:
    assert torch.equal(match(draw(), 4, 4, 0, 1)[:, 0], corners((16, 24), 4))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"step": 3}, "step is 3: expected a divisor of the patch's side 4 and of the image's 16 x 24"),
        ({"step": 0}, "step is 0"),
        ({"radius": 8}, "radius is 8: expected 0 … 7"),
        ({"radius": -1}, "radius is -1"),
        ({"count": 26}, "count is 26: expected 1 … 25"),
        ({"count": 0}, "count is 0"),
        ({"image": torch.zeros(2, 1, 16, 24)}, r"\(2, 1, 16, 24\): expected \(1, 1, height, width\)"),
        ({"image": torch.full((1, 1, 16, 24), float("nan"))}, "NaN or infinity"),
    ],
)
def test_bad_input(change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        match(**{"image": draw(), "size": 4, "step": 4, "radius": 2, "count": 4, **change})
