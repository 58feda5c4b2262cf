"""How far an estimate is from the truth. Every metric takes (batch, …) and returns one number an image.

Taught in :doc:`/how_to_read`.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def nmse(estimate: Tensor, truth: Tensor) -> Tensor:
    r"""Normalised error, **not squared**: :math:`\|\hat x - x\|_F / \|x\|_F`, (B,).

    It is the talk's training loss and the "NMSE" of its tables. (The paper's zero-filling row divides by
    :math:`\|\hat x\|` instead, see :func:`nmse_by_estimate`.)

    :raises ValueError: for shapes that differ, NaN, or a truth that is all zero.
    """
    _check(estimate, truth)
    size = _norm(truth)
    if bool((size == 0).any()):
        raise ValueError("an image of the truth is all zero: its normalised error is not defined")
    return _norm(estimate - truth) / size


def relative_error(estimate: Tensor, truth: Tensor) -> Tensor:
    r"""The talk's training loss: :math:`\frac1m \sum_i \|\hat x_i - x_i\|_2 / \|x_i\|_2`, one number.

    :param estimate: (m, …), images, volumes or vectors, one of them or more.
    :param truth: of the same shape.
    :raises ValueError: for shapes that differ, or a truth that is all zero.
    """
    if estimate.shape != truth.shape:
        raise ValueError(f"the estimate has the shape {tuple(estimate.shape)}, the truth {tuple(truth.shape)}")
    size = _norm(truth)
    if bool((size == 0).any()):
        raise ValueError("an image of the truth is all zero: its relative error is not defined")
    return (_norm(estimate - truth) / size).mean()


def nmse_by_estimate(estimate: Tensor, truth: Tensor) -> Tensor:
    r"""The zero-filling row's own NMSE: :math:`\|\hat x - x\|_F / \|\hat x\|_F`, (B,). Measured from the release."""
    _check(estimate, truth)
    return _norm(estimate - truth) / _norm(estimate)


def psnr(estimate: Tensor, truth: Tensor, peak: float = 1.0) -> Tensor:
    r"""Peak signal-to-noise ratio in dB: :math:`10 \log_{10}(\mathrm{peak}^2 / \mathrm{MSE})`, (B,).

    No clipping, no modulus, no border cropped. A table's PSNR is the mean of the images' PSNRs.
    """
    _check(estimate, truth)
    error = (estimate - truth).abs().double().pow(2).flatten(1).mean(1)
    return 10 * torch.log10(peak**2 / error)


def ssim(estimate: Tensor, truth: Tensor, peak: float = 1.0) -> Tensor:
    """Structural similarity (Wang et al. 2004: Gaussian window of σ 1.5, population covariance), (B,).

    scikit-image computes it; the images' (B, 1, H, W) single channel is taken.
    """
    from skimage.metrics import structural_similarity  # here: training needs no scikit-image

    _check(estimate, truth)
    pairs = zip(estimate.detach().cpu().numpy(), truth.detach().cpu().numpy(), strict=True)
    values = [
        structural_similarity(
            np.squeeze(a), np.squeeze(b), data_range=peak, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
        )
        for a, b in pairs
    ]
    return torch.tensor(values, dtype=torch.float64)


def _norm(x: Tensor) -> Tensor:
    return torch.linalg.vector_norm(x.flatten(1), dim=1)


def _check(estimate: Tensor, truth: Tensor) -> None:
    if estimate.shape != truth.shape:
        raise ValueError(f"the estimate has the shape {tuple(estimate.shape)}, the truth {tuple(truth.shape)}")
    if estimate.ndim < 3:
        raise ValueError(f"images have the shape {tuple(estimate.shape)}: expected (batch, …, height, width)")
    if not bool(torch.isfinite(truth).all()):
        raise ValueError("the truth holds NaN or infinity")
    if not estimate.requires_grad and not bool(torch.isfinite(estimate).all()):
        raise ValueError("the estimate holds NaN or infinity: the method diverged, or its input was not finite")
