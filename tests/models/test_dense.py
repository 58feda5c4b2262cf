"""An operator as a matrix: against its own calls, numpy's decomposition, and what no measurement sees."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mddl_lib.core.masks import cartesian
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.models.dense import decompose, matrix_of, truncated, unseen
from tests.laws.pieces import draw
from tests.stand_in import Blur

FOURIER = MaskedFourier(cartesian((8, 6), 0.4, 0))


@pytest.mark.parametrize(("physics", "shape"), [(FOURIER, (8, 6)), (Blur(), (6, 6))], ids=["Fourier", "blur"])
def test_the_matrix_is_the_operator_and_numpy_decomposes_it_alike(physics: object, shape: tuple[int, int]) -> None:
    x, a = draw(1, 1, *shape), matrix_of(physics, shape)
    y = physics.A(x).flatten()
    torch.testing.assert_close(a @ x.flatten(), torch.cat([y.real, y.imag]) if y.is_complex() else y)
    parts = decompose(physics, shape)
    np.testing.assert_allclose(
        parts.values.numpy(), np.linalg.svd(a.numpy(), compute_uv=False)[: len(parts.values)], atol=1e-12
    )
    torch.testing.assert_close(parts.left @ parts.values.diag() @ parts.right, a, rtol=0, atol=1e-12)
    torch.testing.assert_close(parts.right @ parts.right.T, torch.eye(len(a.T), dtype=a.dtype), rtol=0, atol=1e-12)


def test_what_is_unseen_is_not_measured_and_the_rest_is_the_adjoints_image() -> None:
    x, parts = draw(1, 1, 8, 6), decompose(FOURIER, (8, 6))
    part = unseen(parts, x)
    assert float(part.norm()) > 0.1 * float(x.norm())
    assert float(FOURIER.A(part).norm()) < 1e-12
    torch.testing.assert_close(unseen(parts, part), part)
    assert float(unseen(parts, x - part).norm()) < 1e-12


def test_all_values_kept_it_is_the_least_squares_image_of_least_length() -> None:
    x, parts = draw(1, 1, 8, 6), decompose(FOURIER, (8, 6))
    found = truncated(parts, FOURIER.A(x), parts.rank)
    torch.testing.assert_close(found, x - unseen(parts, x))
    expected = torch.linalg.lstsq(
        matrix_of(FOURIER, (8, 6)), matrix_of(FOURIER, (8, 6)) @ x.flatten(), driver="gelsd"
    ).solution
    torch.testing.assert_close(found.flatten(), expected)
    short = truncated(parts, FOURIER.A(x), 3)
    assert float(short.norm()) < float(found.norm())


def test_bad_input_is_named() -> None:
    parts = decompose(FOURIER, (8, 6))
    with pytest.raises(ValueError, match=r"shape is \(100, 100\): expected 4096 pixels"):
        matrix_of(FOURIER, (100, 100))
    with pytest.raises(ValueError, match=r"shape \(1, 1, 6, 8\)"):
        unseen(parts, draw(1, 1, 6, 8))
    with pytest.raises(ValueError, match="kept is 49"):
        truncated(parts, FOURIER.A(draw(1, 1, 8, 6)), 49)
    with pytest.raises(TypeError, match="parts is a int"):
        unseen(3, draw(1, 1, 6, 8))
