"""Wavelet transforms: PyWavelets' numbers, exact adjoints, a tight frame and a basis."""

from __future__ import annotations

import numpy as np
import pytest
import pywt
import torch
from torch import Tensor

from mddl_lib.core.wavelets import OrthogonalWavelets, ShiftInvariantWavelets

TRANSFORMS = (ShiftInvariantWavelets, OrthogonalWavelets)
NAMES = ("haar", "db4", "sym4", "coif1")


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@pytest.mark.filterwarnings("ignore:Level value of:UserWarning")  # all coefficients wrap around: so they should
@pytest.mark.parametrize("levels", [1, 2, 4])
@pytest.mark.parametrize("name", NAMES)
def test_the_peer_is_pywavelets(name: str, levels: int) -> None:
    x = random(2, 1, 32, 48)
    undecimated = ShiftInvariantWavelets(levels, name).analyse(x)
    decimated = OrthogonalWavelets(levels, name).analyse(x)
    assert undecimated.shape == (2, 3 * levels + 1, 32, 48)
    for image, frame, basis in zip(x.numpy(), undecimated.numpy(), decimated.numpy(), strict=True):
        approximation, *details = pywt.swt2(image[0], name, levels, trim_approx=True, norm=True)
        expected = np.stack([approximation, *(band for level in details for band in level)])
        np.testing.assert_allclose(frame, expected, rtol=0, atol=1e-13)
        expected, _ = pywt.coeffs_to_array(pywt.wavedec2(image[0], name, "periodization", levels))
        np.testing.assert_allclose(basis[0], expected, rtol=0, atol=1e-13)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("transform", TRANSFORMS)
def test_synthesis_is_the_adjoint_and_inverts(transform: type, name: str) -> None:
    wavelets, x = transform(3, name), random(2, 1, 24, 16)
    response = wavelets.analyse(x)
    other = random(*response.shape, seed=1)
    torch.testing.assert_close((response * other).sum(), (x * wavelets.synthesise(other)).sum(), rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(wavelets.synthesise(response), x, rtol=0, atol=1e-10)
    torch.testing.assert_close(response.square().sum(), x.square().sum(), rtol=1e-10, atol=0)


def test_the_basis_is_a_basis() -> None:
    """ΨᵀΨ = I as well: any coefficients are those of an image. The frame has none such: it has more numbers than pixels."""
    basis, frame = OrthogonalWavelets(2, "db4"), ShiftInvariantWavelets(2, "db4")
    c = random(1, 1, 16, 24)
    torch.testing.assert_close(basis.analyse(basis.synthesise(c)), c, rtol=0, atol=1e-12)
    c = random(1, 7, 16, 24)
    assert (frame.analyse(frame.synthesise(c)) - c).abs().max() > 0.1


@pytest.mark.parametrize("shift", [(1, 0), (0, 1), (5, -3)])
def test_only_the_undecimated_transform_is_shift_invariant(shift: tuple[int, int]) -> None:
    x, dims = random(1, 1, 16, 32), (-2, -1)
    frame, basis = ShiftInvariantWavelets(3), OrthogonalWavelets(3)
    torch.testing.assert_close(
        frame.analyse(x.roll(shift, dims)), frame.analyse(x).roll(shift, dims), rtol=0, atol=1e-13
    )
    sizes = [float(basis.analyse(image).abs().sum()) for image in (x, x.roll(shift, dims))]
    assert abs(sizes[0] - sizes[1]) > 1e-3


@pytest.mark.parametrize("name", NAMES)
def test_details_of_a_flat_image_are_zero(name: str) -> None:
    """The first channel holds the approximation, and only it."""
    coefficients = ShiftInvariantWavelets(3, name).analyse(torch.full((1, 1, 16, 16), 0.7, dtype=torch.float64))
    torch.testing.assert_close(coefficients[:, 0], torch.full((1, 16, 16), 0.7, dtype=torch.float64))
    assert coefficients[:, 1:].abs().max() < 1e-10


def test_haar_by_hand() -> None:
    x = torch.zeros(1, 1, 4, 4, dtype=torch.float64)
    x[0, 0, 1, 2] = 1
    approximation, horizontal, vertical, diagonal = ShiftInvariantWavelets(1).analyse(x)[0]
    rows, columns = (
        torch.tensor([0, 0, 1, 1]),
        torch.tensor([1, 2, 1, 2]),
    )  # the window of two by two that sees the point
    for band, values in (
        (approximation, [1, 1, 1, 1]),
        (horizontal, [1, 1, -1, -1]),
        (vertical, [1, -1, 1, -1]),
        (diagonal, [1, -1, -1, 1]),
    ):
        expected = torch.zeros(4, 4, dtype=torch.float64)
        sign = float(torch.sign(band[0, 1])) * values[0]  # of the high-pass filter, a convention
        expected[rows, columns] = sign * torch.tensor(values, dtype=torch.float64) / 4
        torch.testing.assert_close(band, expected)


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_gradients_and_single_precision(transform: type) -> None:
    wavelets, x = transform(2, "db4"), random(1, 1, 8, 8).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: wavelets.synthesise(wavelets.analyse(x).tanh()), x)
    assert wavelets.analyse(x.detach().float()).dtype == torch.float32
    before = x.detach().clone()
    wavelets.analyse(before), wavelets.synthesise(wavelets.analyse(before))
    assert torch.equal(before, x.detach())  # the input is left alone


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_bad_input(transform: type) -> None:
    for levels in (0, -1, 2.0, True):
        with pytest.raises(ValueError, match=f"levels is {levels}: expected a whole number, 1 or more"):
            transform(levels)
    with pytest.raises(ValueError, match="no wavelet 'harr'"):
        transform(2, "harr")
    for name in ("bior2.2", "dmey"):  # PyWavelets calls dmey orthogonal; its Wᵀ W is 2 % off
        with pytest.raises(ValueError, match=f"{name}' is not orthogonal"):
            transform(2, name)
    wavelets = transform(3)
    for shape in ((1, 1, 20, 32), (1, 1, 32, 4), (32, 32), (1, 2, 32, 32), (1, 1, 0, 8)):
        with pytest.raises(ValueError, match=r"expected \(batch, 1, height, width\).*divisible by 8 for 3 levels"):
            wavelets.analyse(torch.zeros(shape))


def test_bad_coefficients() -> None:
    with pytest.raises(ValueError, match=r"\(1, 9, 16, 16\): expected \(batch, 10, height, width\)"):
        ShiftInvariantWavelets(3).synthesise(torch.zeros(1, 9, 16, 16))
    with pytest.raises(ValueError, match="divisible by 8"):
        ShiftInvariantWavelets(3).synthesise(torch.zeros(1, 10, 12, 16))
    with pytest.raises(ValueError, match="divisible by 8"):
        OrthogonalWavelets(3).synthesise(torch.zeros(1, 1, 12, 16))
