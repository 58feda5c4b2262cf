"""Filter banks against scipy's circular convolution, their adjoints, and their gradients."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.fft
import scipy.ndimage
import torch
from torch import Tensor

from mddl_lib.core.filters import analyse, dct_basis, finite_differences, power_spectrum, spectrum, synthesise

SHAPES = [(7, 6), (8, 8)]


def draw(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("size", [3, 5])
@pytest.mark.parametrize("shape", SHAPES)
def test_analyse_is_a_circular_convolution(shape: tuple[int, int], size: int) -> None:
    x, filters = draw(2, 1, *shape), draw(4, size, size, seed=1)
    found = analyse(x, filters)
    for b in range(2):
        for l in range(4):
            expected = scipy.ndimage.convolve(x[b, 0].numpy(), filters[l].numpy(), mode="wrap")
            np.testing.assert_allclose(found[b, l].numpy(), expected, atol=1e-12)


@pytest.mark.parametrize("size", [3, 5])
@pytest.mark.parametrize("channels", [1, 2, 8])
def test_synthesise_is_the_adjoint_of_analyse(channels: int, size: int) -> None:
    x, z, filters = draw(2, 1, 7, 6), draw(2, channels, 7, 6, seed=1), draw(channels, size, size, seed=2)
    left, right = (analyse(x, filters) * z).sum(), (x * synthesise(z, filters)).sum()
    torch.testing.assert_close(left, right, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("channels", [1, 3])
def test_gradients_of_both_banks(channels: int) -> None:
    """The hand-written backward pass, towards image and filters, by finite differences; and once more for second order."""
    x, z = draw(2, 1, 5, 6).requires_grad_(), draw(2, channels, 5, 6, seed=1).requires_grad_()
    filters = draw(channels, 3, 3, seed=2).requires_grad_()
    assert torch.autograd.gradcheck(analyse, (x, filters))
    assert torch.autograd.gradcheck(synthesise, (z, filters))


def test_gradients_where_only_one_side_needs_them() -> None:
    x, filters = draw(1, 1, 6, 6), draw(2, 3, 3, seed=1)
    weights = draw(1, 2, 6, 6, seed=2)
    (along_x,) = torch.autograd.grad((analyse(x.requires_grad_(), filters) * weights).sum(), x)
    torch.testing.assert_close(along_x, synthesise(weights, filters))
    x = x.detach()
    (along_filters,) = torch.autograd.grad((analyse(x, filters.requires_grad_()) * weights).sum(), filters)
    assert along_filters.shape == filters.shape


def test_spectrum_is_analyse_in_the_transform() -> None:
    for shape in SHAPES:
        x, filters = draw(1, 1, *shape), draw(3, 3, 3, seed=1)
        expected = torch.fft.irfft2(spectrum(filters, shape) * torch.fft.rfft2(x), s=shape)
        torch.testing.assert_close(analyse(x, filters), expected, rtol=1e-10, atol=1e-10)


def test_gradient_of_the_power_spectrum() -> None:
    filters, weights = draw(2, 3, 3).requires_grad_(), draw(2, seed=1).requires_grad_()
    assert torch.autograd.gradcheck(lambda f, w: power_spectrum(f, w, (5, 6)), (filters, weights))


@pytest.mark.parametrize("size", [3, 5])
def test_dct_basis_is_scipys_dct_and_orthonormal(size: int) -> None:
    """Filter m, in the authors' order, is the outer product of two DCT-II rows; the constant one is left out."""
    basis = dct_basis(size, torch.float64)
    rows = scipy.fft.dct(np.eye(size), norm="ortho", axis=0)
    expected = np.kron(rows, rows)[1:]  # rows of kron(dctmtx, dctmtx) ...
    for found, row in zip(basis.numpy(), expected, strict=True):
        np.testing.assert_allclose(found, row.reshape(size, size, order="F"), atol=1e-14)  # ... column by column
    flat = basis.flatten(1)
    torch.testing.assert_close(flat @ flat.T, torch.eye(size * size - 1, dtype=torch.float64))
    assert basis.sum((1, 2)).abs().max() < 1e-14


def test_finite_differences_look_forward() -> None:
    x = draw(1, 1, 5, 6)
    down, across = analyse(x, finite_differences(torch.float64))[0]
    torch.testing.assert_close(down, x[0, 0].roll(-1, 0) - x[0, 0])
    torch.testing.assert_close(across, x[0, 0].roll(-1, 1) - x[0, 0])


@pytest.mark.parametrize("shape", [(2, 4, 4), (2, 3, 5), (3, 3)])
def test_bad_filters_are_named(shape: tuple[int, ...]) -> None:
    for call in (
        lambda f: analyse(draw(1, 1, 8, 8), f),
        lambda f: synthesise(draw(1, 2, 8, 8), f),
        lambda f: spectrum(f, (8, 8)),
        lambda f: power_spectrum(f, draw(2), (8, 8)),
    ):
        with pytest.raises(ValueError, match=r"expected \(L, s, s\) with s odd"):
            call(draw(*shape))
