"""Cliques: every operator against its definition, every adjoint against its operator, at the border too."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mddl_lib.restoration.range_field import cliques
from mddl_lib.restoration.range_field.cliques import analyse, extend, fold_back, put, synthesise, take
from tests.restoration.pieces import draw, stacks


def mirrored(x: np.ndarray, row: int, column: int) -> float:
    """A pixel of the image between mirrors."""
    height, width = x.shape
    row = row if 0 <= row < height else (-1 - row if row < 0 else 2 * height - 1 - row)
    column = column if 0 <= column < width else (-1 - column if column < 0 else 2 * width - 1 - column)
    return x[row, column]


def inner(a: torch.Tensor, b: torch.Tensor) -> float:
    return float((a * b).sum())


@pytest.mark.parametrize("margin", [0, 1, 2, 5])
def test_extend_is_numpys_symmetric_padding_and_fold_back_its_adjoint(margin: int) -> None:
    x, z = draw(2, 3, 5, 6), draw(2, 3, 5 + 2 * margin, 6 + 2 * margin, seed=1)
    wide = extend(x, margin)
    np.testing.assert_array_equal(wide, np.pad(x, ((0, 0), (0, 0), (margin,) * 2, (margin,) * 2), mode="symmetric"))
    assert inner(wide, z) == pytest.approx(inner(x, fold_back(z, margin)), rel=1e-12)


def test_take_and_put_are_adjoint() -> None:
    x, z = draw(2, 1, 6, 7), draw(2, 9, 42, seed=1)
    assert inner(take(x, 3), z) == pytest.approx(inner(x, put(z, 3, (6, 7))), rel=1e-12)


def test_what_a_gpu_runs_is_the_same() -> None:
    wide, patches = draw(2, 1, 8, 9), draw(2, 9, 42, seed=1)
    assert torch.equal(cliques._unfold(wide, 3), cliques._unfold_in_one_call(wide, 3))
    folded = cliques._fold(patches, 3, (6, 7))
    torch.testing.assert_close(folded, cliques._fold_in_one_call(patches, 3, (6, 7)), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("count", [1, 3])
def test_responses_are_those_of_the_definition(count: int) -> None:
    x, filters, matches = draw(2, 1, 5, 6), draw(4, count, 3, 3, seed=1), stacks(2, count, 30)
    found = analyse(x, filters, matches if count > 1 else None).numpy()
    for b in range(2):
        image = x[b, 0].numpy()
        for l in range(4):
            for p in range(30):
                total = 0.0
                for j in range(count):
                    row, column = divmod(int(matches[b, j, p]), 6)
                    for i in range(3):
                        for k in range(3):
                            total += float(filters[l, j, i, k]) * mirrored(image, row + i - 1, column + k - 1)
                assert found[b, l].flat[p] == pytest.approx(total, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(("count", "size"), [(1, 3), (1, 5), (1, 7), (2, 3), (4, 5)])
def test_synthesis_is_the_adjoint_of_analysis_at_the_border_too(count: int, size: int) -> None:
    x, filters, matches = draw(2, 1, 8, 9), draw(5, count, size, size, seed=1), stacks(2, count, 72)
    z = draw(2, 5, 8, 9, seed=2)
    z[..., 2:-2, 2:-2] = 0  # the border alone
    left, right = inner(analyse(x, filters, matches), z), inner(x, synthesise(z, filters, matches))
    assert left == pytest.approx(right, rel=1e-12)
    assert abs(left) > 1


def test_both_are_differentiable_in_image_and_filters() -> None:
    matches = stacks(1, 2, 20)
    x, filters = draw(1, 1, 4, 5).requires_grad_(), draw(2, 2, 3, 3, seed=1).requires_grad_()
    assert torch.autograd.gradcheck(lambda x, f: analyse(x, f, matches), (x, filters))
    z = draw(1, 2, 4, 5, seed=2).requires_grad_()
    assert torch.autograd.gradcheck(lambda z, f: synthesise(z, f, matches), (z, filters))


def test_what_does_not_fit_is_named() -> None:
    x = draw(1, 1, 6, 6)
    with pytest.raises(ValueError, match=r"filters have the shape \(4, 3, 3\): expected \(L, M, s, s\)"):
        analyse(x, draw(4, 3, 3))
    with pytest.raises(ValueError, match=r"matches of the shape \(1, 2, 36\): they are missing"):
        analyse(x, draw(4, 2, 3, 3))
    with pytest.raises(ValueError, match=r"they are of the shape \(1, 3, 36\)"):
        analyse(x, draw(4, 2, 3, 3), stacks(1, 3, 36))
    with pytest.raises(ValueError, match="a side of 1 pixels: expected 2 or more"):
        analyse(draw(1, 1, 1, 6), draw(4, 1, 5, 5))
