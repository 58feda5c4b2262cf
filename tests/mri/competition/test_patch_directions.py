"""Directions of patches: the reordering, the wavelets, the choice, and the tight frame that comes of them."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from mddl_lib.core.patches import corners, patch_index
from mddl_lib.mri.competition.patch_directions import (
    ClassifiedFrame,
    classified_frame,
    directional_bases,
    directions,
    haar_matrix,
    pixel_order,
)
from tests.problems import image


def stripes(angle: float, size: int = 8, width: float = 2.5) -> Tensor:
    """Stripes along a direction, counted from the x axis to the left, on a patch (1, 1, size, size)."""
    place = torch.arange(size, dtype=torch.float64) - (size - 1) / 2
    across = place[:, None] * math.cos(angle) + place[None, :] * math.sin(angle)
    return (across / width + 0.3).floor().remainder(2)[None, None]


@pytest.mark.parametrize("angle", [0.0, 0.3, math.pi / 4, 2.0, -1.0])
def test_the_order_is_a_permutation_sorted_across_the_direction(angle: float) -> None:
    order = pixel_order(angle)
    assert sorted(order.tolist()) == list(range(64))
    rows, columns = order // 8 - 3.5, order % 8 - 3.5
    across = rows * math.cos(angle) + columns * math.sin(angle)
    assert bool((across.diff() > -1e-6).all())


def test_orders_by_hand() -> None:
    assert pixel_order(0.0, 2).tolist() == [0, 1, 2, 3]  # along the rows
    assert pixel_order(math.pi / 2, 2).tolist() == [2, 0, 3, 1]  # along the columns, from the bottom up
    assert pixel_order(math.pi / 4, 2).tolist() == [0, 2, 1, 3]  # the antidiagonal is one line: from the bottom left


def test_pixels_on_one_line_stay_together() -> None:
    """At 45° the lines are antidiagonals: the sorted sums of row and column never fall, whatever the last digits."""
    order = pixel_order(math.pi / 4)
    sums = (order // 8 + order % 8).tolist()
    assert sums == sorted(sums)


@pytest.mark.parametrize("length", [1, 2, 8, 64])
def test_haar_is_orthonormal_and_sparse_on_steps(length: int) -> None:
    matrix = haar_matrix(length)
    torch.testing.assert_close(matrix @ matrix.T, torch.eye(length, dtype=torch.float64))
    torch.testing.assert_close(matrix[0], torch.full((length,), length**-0.5, dtype=torch.float64))
    step = (torch.arange(length) >= 5).double()
    assert int((matrix @ step).abs().gt(1e-12).sum()) <= 1 + math.log2(length)  # the mean, and one a scale


def test_haar_by_hand() -> None:
    half = math.sqrt(0.5)
    expected = [[0.5, 0.5, 0.5, 0.5], [0.5, 0.5, -0.5, -0.5], [half, -half, 0, 0], [0, 0, half, -half]]
    torch.testing.assert_close(haar_matrix(4), torch.tensor(expected, dtype=torch.float64))


def test_each_basis_is_reordering_then_haar() -> None:
    bases = directional_bases(5)
    patch = torch.rand(64, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    for k, basis in enumerate(bases):
        torch.testing.assert_close(basis @ basis.T, torch.eye(64, dtype=torch.float64))
        torch.testing.assert_close(basis @ patch, haar_matrix(64) @ patch[pixel_order(math.pi * k / 5)])


@pytest.mark.parametrize("k", range(8))
def test_stripes_get_their_direction(k: int) -> None:
    bases, index = directional_bases(8), patch_index(torch.tensor([0]), (8, 8), 8)
    assert directions(stripes(math.pi * k / 8), index, bases).tolist() == [k]


def test_the_direction_is_the_one_with_least_l1() -> None:
    """Against a plain loop; more patches than one block holds."""
    bases = directional_bases(6)
    picture = image(48)
    index = patch_index(corners((48, 48), 1), (48, 48), 8)
    found = directions(picture, index, bases)
    pixels = picture.flatten()[index]
    costs = torch.stack([(pixels @ basis[1:].T).abs().sum(1) for basis in bases], dim=1)
    least = costs.min(1).values
    torch.testing.assert_close(costs.gather(1, found[:, None])[:, 0], least)
    assert len(found) == 2304
    assert len(found.unique()) > 2


@pytest.mark.parametrize("step", [1, 2, 4, 8])
def test_the_frame_is_tight(step: int) -> None:
    """WᵀW = I, and Wᵀ is the adjoint of W."""
    picture, other = image(24), image(24, seed=1)
    frame = classified_frame(picture, directional_bases(8), step)
    coefficients = frame.analyse(other)
    assert coefficients.shape == ((24 // step) ** 2, 64)
    torch.testing.assert_close(frame.synthesise(coefficients), other, rtol=0, atol=1e-12)
    noise = torch.randn(coefficients.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close((coefficients * noise).sum(), (other * frame.synthesise(noise)).sum())
    single = classified_frame(picture.float(), directional_bases(8), step)
    torch.testing.assert_close(single.synthesise(single.analyse(other.float())), other.float(), rtol=0, atol=1e-6)


def test_coefficients_are_those_of_each_patch_in_its_own_basis() -> None:
    frame = classified_frame(image(16), directional_bases(4), 2)
    order = torch.argsort(frame.classes, stable=True)
    coefficients = frame.analyse(image(16, seed=1))
    for place, patch in enumerate(order.tolist()):
        pixels = image(16, seed=1).flatten()[frame.index[patch]]
        torch.testing.assert_close(coefficients[place], frame.bases[frame.classes[patch]] @ pixels / 4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pixel_order(float("nan")), "angle is nan"),
        (lambda: pixel_order(0.0, 0), "size is 0"),
        (lambda: haar_matrix(6), "size is 6: expected a power of two"),
        (lambda: directional_bases(0), "count is 0"),
        (lambda: directional_bases(4, 6), "size is 36"),
        (lambda: classified_frame(image(16), directional_bases(2), 3), "step is 3: expected a divisor"),
        (lambda: classified_frame(image(16), directional_bases(2), 0), "step is 0"),
        (lambda: classified_frame(image(18), directional_bases(2), 4), r"step is 4.*\(18, 18\)"),
        (lambda: classified_frame(image(16, batch=2), directional_bases(2), 2), r"\(2, 1, 16, 16\)"),
        (lambda: classified_frame(image(16) / 0, directional_bases(2), 2), "NaN or infinity"),
        (
            lambda: ClassifiedFrame((8, 8), 8, torch.zeros(1, 64).long(), torch.zeros(2).long(), directional_bases(2)),
            r"classes \(2,\)",
        ),
    ],
)
def test_bad_input(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
