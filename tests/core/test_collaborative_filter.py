"""The three-dimensional transform is orthonormal, its adjoint is its adjoint, and the filter is BM3D's first step."""

from __future__ import annotations

import numpy as np
import pytest
import pywt
import scipy.fft
import torch
from torch import Tensor

from mddl_lib.core.block_matching import match
from mddl_lib.core.collaborative_filter import GroupTransform, dct_matrix, haar_matrix, hard_threshold
from mddl_lib.core.patches import take


def draw(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def transform(image: Tensor, basis: Tensor | None = None) -> GroupTransform:
    return GroupTransform(match(image, 8, 4, 5, 4), dct_matrix(8) if basis is None else basis, image.shape[-2:])


@pytest.mark.parametrize("size", [1, 2, 5, 8])
def test_dct_is_that_of_scipy(size: int) -> None:
    np.testing.assert_allclose(dct_matrix(size).numpy(), scipy.fft.dct(np.eye(size), axis=0, norm="ortho"), atol=1e-14)


@pytest.mark.parametrize("size", [1, 2, 4, 16])
def test_haar_is_that_of_pywavelets(size: int) -> None:
    signal = draw(size).numpy()
    expected = np.concatenate(pywt.wavedec(signal, "haar", level=int(np.log2(size)))) if size > 1 else signal
    np.testing.assert_allclose(haar_matrix(size).numpy() @ signal, expected, atol=1e-14)


def test_haar_needs_a_power_of_two() -> None:
    for size in (0, 6):
        with pytest.raises(ValueError, match=f"size is {size}: expected a power of two"):
            haar_matrix(size)


@pytest.mark.parametrize("basis", [dct_matrix, haar_matrix])
def test_groups_keep_their_energy_and_come_back(basis) -> None:
    image = draw(1, 1, 16, 24)
    groups = transform(image, basis(8))
    coefficients = groups.analyse(image)
    patches = take(image, groups.index)
    torch.testing.assert_close(coefficients.square().sum((0, 2)), patches.square().sum((0, 2)))
    torch.testing.assert_close(groups.synthesise(coefficients) / groups.coverage().double(), image)


def test_synthesise_is_the_adjoint_of_analyse() -> None:
    image = draw(1, 1, 16, 24)
    groups = transform(image)
    coefficients = draw(*groups.index.shape, seed=1)
    left, right = (groups.analyse(image) * coefficients).sum(), (image * groups.synthesise(coefficients)).sum()
    torch.testing.assert_close(left, right, rtol=1e-12, atol=1e-12)


def test_coefficients_by_hand() -> None:
    """One group, by scipy's DCT in two dimensions and PyWavelets along the stack."""
    image = draw(1, 1, 16, 24)
    groups = transform(image)
    stack = take(image, groups.index)[:, 5].view(4, 8, 8).numpy()
    planes = scipy.fft.dctn(stack, axes=(1, 2), norm="ortho")
    expected = np.concatenate(pywt.wavedec(planes, "haar", level=2, axis=0))
    np.testing.assert_allclose(groups.analyse(image)[:, 5].view(4, 8, 8).numpy(), expected, atol=1e-13)


def test_identical_patches_leave_only_means() -> None:
    """A stack of equal patches has no differences: all its energy is in the first plane."""
    image = draw(1, 1, 16, 16)
    same = GroupTransform(torch.tensor([[3, 3, 3, 3]]), dct_matrix(8), (16, 16)).analyse(image)
    assert same[0].abs().max() > 1
    assert same[1:].abs().max() < 1e-13


def plain_filter(image: Tensor, matches: Tensor, threshold: float) -> Tensor:
    """BM3D's first step as one writes it down: group by group, patch by patch, pixel weights one by one."""
    height, width = image.shape[-2:]
    numerator, denominator = np.zeros((height, width)), np.zeros((height, width))
    for group in matches.tolist():
        rolled = [np.roll(image[0, 0].numpy(), (-(c // width), -(c % width)), (0, 1))[:8, :8] for c in group]
        planes = scipy.fft.dctn(np.stack(rolled), axes=(1, 2), norm="ortho")
        levels = pywt.wavedec(planes, "haar", level=int(np.log2(len(group))), axis=0)
        kept = [np.where(abs(level) > threshold, level, 0) for level in levels]
        weight = 1 / max(1, sum(np.count_nonzero(level) for level in kept))
        back = scipy.fft.idctn(pywt.waverec(kept, "haar", axis=0), axes=(1, 2), norm="ortho")
        for corner, patch in zip(group, back, strict=True):
            for i in range(8):
                for j in range(8):
                    row, column = (corner // width + i) % height, (corner % width + j) % width
                    numerator[row, column] += weight * patch[i, j]
                    denominator[row, column] += weight
    return torch.from_numpy(numerator / denominator)[None, None]


@pytest.mark.parametrize("threshold", [0.5, 2.0, 1e6])
def test_hard_threshold_is_a_plain_loop(threshold: float) -> None:
    image = draw(1, 1, 32, 32)
    matches = match(image, 8, 4, 6, 8)
    found = hard_threshold(image, GroupTransform(matches, dct_matrix(8), (32, 32)), threshold)
    torch.testing.assert_close(found, plain_filter(image, matches, threshold), rtol=0, atol=1e-12)


def test_it_denoises() -> None:
    """Stripes in noise: the error falls by more than half."""
    truth = (torch.arange(32) % 8 < 4).double().expand(1, 1, 32, 32)
    noisy = truth + 0.2 * draw(1, 1, 32, 32)
    groups = GroupTransform(match(noisy, 8, 4, 12, 16), dct_matrix(8), (32, 32))
    assert (hard_threshold(noisy, groups, 2.7 * 0.2) - truth).norm() < 0.5 * (noisy - truth).norm()


def test_threshold_zero_changes_nothing() -> None:
    image = draw(1, 1, 16, 24)
    torch.testing.assert_close(hard_threshold(image, transform(image), 0.0), image)


def test_a_black_image_stays_black() -> None:
    """No coefficient is kept, and no weight is infinite."""
    image = torch.zeros(1, 1, 16, 24)
    assert torch.equal(hard_threshold(image, transform(image), 0.1), image)


def test_bad_input() -> None:
    image = draw(1, 1, 16, 24)
    for threshold in (-1.0, float("nan")):
        with pytest.raises(ValueError, match=f"threshold is {threshold}: expected 0 or more"):
            hard_threshold(image, transform(image), threshold)
    with pytest.raises(ValueError, match=r"shape \(3,\): expected \(groups, patches a group\)"):
        GroupTransform(torch.arange(3), dct_matrix(8), (16, 24))
    with pytest.raises(ValueError, match="size is 3: expected a power of two"):
        GroupTransform(torch.zeros(2, 3, dtype=torch.long), dct_matrix(8), (16, 24))
