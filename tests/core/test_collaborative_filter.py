"""The three-dimensional transform is orthonormal, its adjoint is its adjoint, and the filters are BM3D's two steps."""

from __future__ import annotations

import numpy as np
import pytest
import pywt
import scipy.fft
import torch
from torch import Tensor

from mddl_lib.core.collaborative_filter import (
    GroupTransform,
    dct_matrix,
    haar_matrix,
    hard_threshold,
    principal_components,
    wiener,
)
from mddl_lib.core.patches import match, take


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


def stacks(image: Tensor, matches: Tensor) -> list[np.ndarray]:
    """The patches of every group, (k, 8, 8), each found by rolling the image."""
    width, pixels = image.shape[-1], image[0, 0].numpy()
    return [
        np.stack([np.roll(pixels, (-(c // width), -(c % width)), (0, 1))[:8, :8] for c in g]) for g in matches.tolist()
    ]


def haar_stack(count: int) -> np.ndarray:
    return np.concatenate(pywt.wavedec(np.eye(count), "haar", level=int(np.log2(count)), axis=0))


def principal_stack(stack: np.ndarray) -> np.ndarray:
    """By a singular value decomposition: its left vectors are the eigenvectors of the Gram matrix."""
    return np.linalg.svd(stack.reshape(len(stack), -1))[0].T


def plain_average(matches: Tensor, shape: tuple[int, int], groups: list[tuple[np.ndarray, float]]) -> Tensor:
    """Patches (k, 8, 8) of every group and the group's weight: added up patch by patch, pixel by pixel."""
    numerator, denominator = np.zeros(shape), np.zeros(shape)
    for corners, (patches, weight) in zip(matches.tolist(), groups, strict=True):
        for corner, patch in zip(corners, patches, strict=True):
            for i in range(8):
                for j in range(8):
                    row, column = (corner // shape[1] + i) % shape[0], (corner % shape[1] + j) % shape[1]
                    numerator[row, column] += weight * patch[i, j]
                    denominator[row, column] += weight
    return torch.from_numpy(numerator / denominator)[None, None]


def coefficients(transform: np.ndarray, stack: np.ndarray) -> np.ndarray:
    return np.tensordot(transform, scipy.fft.dctn(stack, axes=(1, 2), norm="ortho"), 1)


def patches(transform: np.ndarray, kept: np.ndarray) -> np.ndarray:
    return scipy.fft.idctn(np.tensordot(transform.T, kept, 1), axes=(1, 2), norm="ortho")


def plain_filter(image: Tensor, matches: Tensor, threshold: float, principal: bool = False) -> Tensor:
    """BM3D's first step as one writes it down: group by group."""
    groups = []
    for stack in stacks(image, matches):
        along = principal_stack(stack) if principal else haar_stack(len(stack))
        found = coefficients(along, stack)
        kept = np.where(abs(found) > threshold, found, 0)
        groups.append((patches(along, kept), 1 / max(1, np.count_nonzero(kept))))
    return plain_average(matches, tuple(image.shape[-2:]), groups)


def plain_wiener(image: Tensor, pilot: Tensor, matches: Tensor, sigma: float, principal: bool = False) -> Tensor:
    """BM3D's second step, likewise."""
    groups = []
    for stack, guess in zip(stacks(image, matches), stacks(pilot, matches), strict=True):
        along = principal_stack(stack) if principal else haar_stack(len(stack))
        square = coefficients(along, guess) ** 2
        factors = square / (square + sigma**2)
        groups.append((patches(along, factors * coefficients(along, stack)), 1 / max(1, (factors**2).sum())))
    return plain_average(matches, tuple(image.shape[-2:]), groups)


@pytest.mark.parametrize("threshold", [0.5, 2.0, 1e6])
def test_hard_threshold_is_a_plain_loop(threshold: float) -> None:
    image = draw(1, 1, 32, 32)
    matches = match(image, 8, 4, 6, 8)
    found = hard_threshold(image, GroupTransform(matches, dct_matrix(8), (32, 32)), threshold)
    torch.testing.assert_close(found, plain_filter(image, matches, threshold), rtol=0, atol=1e-12)


@pytest.mark.parametrize("sigma", [0.5, 2.0])
@pytest.mark.parametrize("principal", [False, True])
def test_wiener_is_a_plain_loop(sigma: float, principal: bool) -> None:
    image, pilot = draw(1, 1, 32, 32), draw(1, 1, 32, 32, seed=1)
    matches = match(image, 8, 4, 6, 8)
    stack = principal_components(image, matches, 8) if principal else None
    found = wiener(image, pilot, GroupTransform(matches, dct_matrix(8), (32, 32), stack), sigma)
    expected = plain_wiener(image, pilot, matches, sigma, principal)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-11)


def test_wiener_of_one_group_is_a_dense_matrix() -> None:
    """One patch in the middle of black: Tᵀ diag(a) T as a matrix, a from the pilot by the formula."""
    image, pilot = draw(1, 1, 16, 16), draw(1, 1, 16, 16, seed=1)
    one = GroupTransform(torch.tensor([[3 * 16 + 5]]), dct_matrix(8), (16, 16))
    unit = torch.eye(256, dtype=torch.float64).view(256, 1, 1, 16, 16)
    dense = torch.stack([one.analyse(pixel).flatten() for pixel in unit], 1)  # T, (64, 256)
    square = (dense @ pilot.flatten()).square()
    expected = dense.T @ (square / (square + 0.49) * (dense @ image.flatten()))
    covered = one.coverage().flatten() > 0
    found = wiener(image, pilot, one, 0.7).flatten()
    torch.testing.assert_close(found[covered], expected[covered], rtol=0, atol=1e-12)


def test_principal_components_decorrelate_and_gather_energy() -> None:
    """Orthonormal; the planes are orthogonal; and the last holds more than Haar's mean."""
    image = draw(1, 1, 16, 24)
    matches = match(image, 8, 4, 5, 4)
    stack = principal_components(image, matches, 8)
    eye = torch.eye(4, dtype=torch.float64).expand_as(stack)
    torch.testing.assert_close(stack @ stack.mT, eye, rtol=0, atol=1e-12)
    own = GroupTransform(matches, dct_matrix(8), (16, 24), stack)
    planes = own.analyse(image).movedim(1, 0)
    gram = planes @ planes.mT
    torch.testing.assert_close(gram, torch.diag_embed(gram.diagonal(dim1=1, dim2=2)), rtol=0, atol=1e-10)
    haar = transform(image).analyse(image)
    assert bool((own.analyse(image)[-1].square().sum(1) >= haar[0].square().sum(1) - 1e-10).all())
    torch.testing.assert_close(own.synthesise(own.analyse(image)) / own.coverage().double(), image)
    given = draw(*own.index.shape, seed=1)
    left, right = (own.analyse(image) * given).sum(), (image * own.synthesise(given)).sum()
    torch.testing.assert_close(left, right, rtol=1e-12, atol=1e-12)


def test_it_denoises() -> None:
    """Stripes in noise: the error falls by more than half."""
    truth = (torch.arange(32) % 8 < 4).double().expand(1, 1, 32, 32)
    noisy = truth + 0.2 * draw(1, 1, 32, 32)
    groups = GroupTransform(match(noisy, 8, 4, 12, 16), dct_matrix(8), (32, 32))
    assert (hard_threshold(noisy, groups, 2.7 * 0.2) - truth).norm() < 0.5 * (noisy - truth).norm()


def test_the_truth_as_pilot_denoises_better() -> None:
    truth = (torch.arange(32) % 8 < 4).double().expand(1, 1, 32, 32)
    noisy = truth + 0.2 * draw(1, 1, 32, 32)
    groups = GroupTransform(match(noisy, 8, 4, 12, 16), dct_matrix(8), (32, 32))
    first = hard_threshold(noisy, groups, 2.7 * 0.2)
    assert (wiener(noisy, truth, groups, 0.2) - truth).norm() < (first - truth).norm()


def test_threshold_zero_changes_nothing() -> None:
    image = draw(1, 1, 16, 24)
    torch.testing.assert_close(hard_threshold(image, transform(image), 0.0), image)


def test_a_black_image_stays_black() -> None:
    """No coefficient is kept, and no weight is infinite."""
    image = torch.zeros(1, 1, 16, 24)
    assert torch.equal(hard_threshold(image, transform(image), 0.1), image)
    assert torch.equal(wiener(image, image, transform(image), 0.1), image)


def test_bad_input() -> None:
    image = draw(1, 1, 16, 24)
    for threshold in (-1.0, float("nan")):
        with pytest.raises(ValueError, match=f"threshold is {threshold}: expected 0 or more"):
            hard_threshold(image, transform(image), threshold)
    with pytest.raises(ValueError, match=r"shape \(3,\): expected \(groups, patches a group\)"):
        GroupTransform(torch.arange(3), dct_matrix(8), (16, 24))
    with pytest.raises(ValueError, match="size is 3: expected a power of two"):
        GroupTransform(torch.zeros(2, 3, dtype=torch.long), dct_matrix(8), (16, 24))
    for sigma in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match=f"sigma is {sigma}: expected a positive number"):
            wiener(image, image, transform(image), sigma)
    with pytest.raises(
        ValueError, match=r"pilot has the shape \(1, 1, 16, 16\): expected the image's, \(1, 1, 16, 24\)"
    ):
        wiener(image, image[..., :16], transform(image), 0.1)
    with pytest.raises(ValueError, match=r"stack has the shape \(1, 3, 3\): expected \(2, 3, 3\), a matrix a group"):
        GroupTransform(torch.zeros(2, 3, dtype=torch.long), dct_matrix(8), (16, 24), torch.eye(3)[None])
