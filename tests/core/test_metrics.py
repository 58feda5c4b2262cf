"""Metrics against scikit-image, image by image, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from skimage.metrics import normalized_root_mse, peak_signal_noise_ratio, structural_similarity
from torch import Tensor

from mddl_lib.core.metrics import nmse, nmse_by_estimate, psnr, ssim

ALL = [nmse, nmse_by_estimate, psnr, ssim]


@pytest.fixture
def pair() -> tuple[Tensor, Tensor]:
    """Three images of noise in [0, 1] and estimates of unequal quality, some values below 0 and above 1."""
    generator = torch.Generator().manual_seed(0)
    truth = torch.rand(3, 1, 24, 20, generator=generator, dtype=torch.float64)
    noise = torch.randn(3, 1, 24, 20, generator=generator, dtype=torch.float64)
    return truth + noise * torch.tensor([0.01, 0.1, 0.5], dtype=torch.float64)[:, None, None, None], truth


def each(metric: Callable[[np.ndarray, np.ndarray], float], estimate: Tensor, truth: Tensor) -> list[float]:
    return [metric(a[0].numpy(), b[0].numpy()) for a, b in zip(truth, estimate, strict=True)]


def test_psnr_is_scikit_images(pair: tuple[Tensor, Tensor]) -> None:
    expected = each(lambda truth, estimate: peak_signal_noise_ratio(truth, estimate, data_range=1), *pair)
    np.testing.assert_allclose(psnr(*pair), expected, rtol=1e-12)
    expected = each(lambda truth, estimate: peak_signal_noise_ratio(truth, estimate, data_range=255), *pair)
    np.testing.assert_allclose(psnr(*pair, peak=255), expected, rtol=1e-12)


def test_nmse_is_scikit_images(pair: tuple[Tensor, Tensor]) -> None:
    expected = each(lambda t, e: normalized_root_mse(t, e, normalization="euclidean"), *pair)
    np.testing.assert_allclose(nmse(*pair), expected, rtol=1e-12)
    estimate, truth = pair
    swapped = each(lambda t, e: normalized_root_mse(e, t, normalization="euclidean"), *pair)
    np.testing.assert_allclose(nmse_by_estimate(estimate, truth), swapped, rtol=1e-12)


def test_ssim_is_scikit_images_with_wangs_settings(pair: tuple[Tensor, Tensor]) -> None:
    def wang(truth: np.ndarray, estimate: np.ndarray) -> float:
        return structural_similarity(
            truth, estimate, data_range=1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
        )

    np.testing.assert_allclose(ssim(*pair), each(wang, *pair), rtol=1e-12)
    assert ssim(pair[1], pair[1]).tolist() == pytest.approx([1, 1, 1])


def test_complex_estimates_count_their_imaginary_part() -> None:
    truth = torch.ones(1, 1, 2, 2, dtype=torch.complex64)
    assert float(nmse(truth * (1 + 0.1j), truth)) == pytest.approx(0.1, rel=1e-6)
    assert float(psnr(truth * (1 + 0.1j), truth)) == pytest.approx(20, rel=1e-6)


def test_a_perfect_estimate() -> None:
    truth = torch.rand(2, 1, 12, 12)
    assert nmse(truth, truth).tolist() == [0, 0]
    assert psnr(truth, truth).tolist() == [float("inf")] * 2


@pytest.mark.parametrize("metric", ALL)
def test_other_shapes_are_named(metric: Callable[..., Tensor]) -> None:
    with pytest.raises(ValueError, match=r"\(2, 1, 12, 12\), the truth \(1, 1, 12, 12\)"):
        metric(torch.ones(2, 1, 12, 12), torch.ones(1, 1, 12, 12))
    with pytest.raises(ValueError, match=r"expected \(batch, …, height, width\)"):
        metric(torch.ones(12, 12), torch.ones(12, 12))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("metric", ALL)
def test_values_that_are_not_finite_are_refused(metric: Callable[..., Tensor], value: float) -> None:
    bad = torch.ones(1, 1, 12, 12)
    bad[0, 0, 3, 4] = value
    with pytest.raises(ValueError, match="the estimate holds NaN or infinity"):
        metric(bad, torch.ones_like(bad))
    with pytest.raises(ValueError, match="the truth holds NaN or infinity"):
        metric(torch.ones_like(bad), bad)


def test_a_truth_of_zeros_has_no_normalised_error() -> None:
    truth = torch.stack([torch.ones(1, 4, 4), torch.zeros(1, 4, 4)])
    with pytest.raises(ValueError, match="all zero"):
        nmse(torch.ones_like(truth), truth)


def test_nmse_has_a_gradient(pair: tuple[Tensor, Tensor]) -> None:
    estimate, truth = pair
    assert torch.autograd.gradcheck(lambda e: nmse(e, truth), estimate.clone().requires_grad_())
