"""The fast transforms against matrices and against scipy."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.fft
import scipy.linalg
import torch

from mddl_lib.compressive_imaging.operators.fast_transform import walsh_hadamard
from mddl_lib.compressive_imaging.operators.random_rows import cosine_transform, inverse_cosine_transform
from tests.laws.pieces import draw


@pytest.mark.parametrize("length", [1, 2, 4, 8, 32, 64, 256])
def test_walsh_hadamard_is_scipys_matrix(length: int) -> None:
    matrix = torch.from_numpy(scipy.linalg.hadamard(length) / length**0.5)
    x = draw(3, 2, length)
    torch.testing.assert_close(walsh_hadamard(x), x @ matrix, rtol=0, atol=1e-12)
    both = torch.complex(x, draw(3, 2, length).flip(0))
    torch.testing.assert_close(walsh_hadamard(both), both @ matrix.to(both.dtype), rtol=0, atol=1e-12)


@pytest.mark.parametrize("length", [16, 128])
def test_it_is_its_own_inverse_and_keeps_length(length: int) -> None:
    x = draw(5, length)
    torch.testing.assert_close(walsh_hadamard(walsh_hadamard(x)), x, rtol=0, atol=1e-12)
    torch.testing.assert_close(walsh_hadamard(x).norm(dim=-1), x.norm(dim=-1), rtol=1e-12, atol=0)


def test_gradients_pass_through() -> None:
    assert torch.autograd.gradcheck(walsh_hadamard, draw(2, 8).requires_grad_())


@pytest.mark.parametrize("length", [3, 6, 12, 100])
def test_lengths_that_cannot_be_halved_are_refused(length: int) -> None:
    with pytest.raises(ValueError, match=r"expected a last axis of 2, 4, 8, 16"):
        walsh_hadamard(draw(2, length))


@pytest.mark.parametrize("length", [1, 2, 3, 7, 8, 15, 60])
def test_cosine_transform_is_scipys(length: int) -> None:
    x = draw(2, 3, length)
    expected = torch.from_numpy(scipy.fft.dct(x.numpy(), norm="ortho"))
    torch.testing.assert_close(cosine_transform(x), expected, rtol=0, atol=1e-12)
    torch.testing.assert_close(inverse_cosine_transform(expected), x, rtol=0, atol=1e-12)
    single = cosine_transform(x.float())
    assert single.dtype == torch.float32
    assert np.abs(single.numpy() - expected.numpy()).max() < 1e-5
