"""How far an estimate is from the truth. Every metric takes (batch, …) and returns one number an image.

Taught in :doc:`/how_to_read`.
"""

from __future__ import annotations

import torch
from torch import Tensor

from mddl_lib.core import arguments

WINDOW = 11
"""side of the window of :func:`ssim`: 2 ⌊3.5 σ + ½⌋ + 1 with σ = 1.5"""


def nmse(estimate: Tensor, truth: Tensor) -> Tensor:
    r"""Normalised error, **not squared**: :math:`\|\hat x - x\|_F / \|x\|_F`, (B,).

    It is the talk's training loss and the "NMSE" of its tables. (The paper's zero-filling row divides by
    :math:`\|\hat x\|` instead, see :func:`nmse_by_estimate`.)

    :raises ValueError: for shapes or devices that differ, whole numbers, NaN, or a truth that is all zero.
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
    :raises ValueError: for shapes or devices that differ, whole numbers, or a truth that is all zero.
    """
    _check_alike(estimate, truth)
    size = _norm(truth)
    if bool((size == 0).any()):
        raise ValueError("an image of the truth is all zero: its relative error is not defined")
    return (_norm(estimate - truth) / size).mean()


def nmse_by_estimate(estimate: Tensor, truth: Tensor) -> Tensor:
    r"""The zero-filling row's own NMSE: :math:`\|\hat x - x\|_F / \|\hat x\|_F`, (B,). Measured from the release.

    :raises ValueError: for shapes or devices that differ, whole numbers, or NaN.
    """
    _check(estimate, truth)
    return _norm(estimate - truth) / _norm(estimate)


def psnr(estimate: Tensor, truth: Tensor, peak: float = 1.0) -> Tensor:
    r"""Peak signal-to-noise ratio in dB: :math:`10 \log_{10}(\mathrm{peak}^2 / \mathrm{MSE})`, (B,).

    No clipping, no modulus, no border cropped. A table's PSNR is the mean of the images' PSNRs.

    :param peak: the largest value that an image may have, 1 in this book.
    :raises ValueError: for shapes or devices that differ, whole numbers, NaN, or a peak that is not positive.
    """
    arguments.positive(peak=peak)
    _check(estimate, truth)
    error = (estimate - truth).abs().double().pow(2).flatten(1).mean(1)
    return 10 * torch.log10(peak**2 / error)


def ssim(estimate: Tensor, truth: Tensor, peak: float = 1.0) -> Tensor:
    """Structural similarity (Gaussian window of σ 1.5 in 11 × 11 pixels, population covariance), (B,); scikit-image computes it.

    Channels are images of their own, and their mean is taken: (B, C, H, W). Where there is a depth, (B, C, D, H, W), the
    window is a cube.

    :param peak: the largest value that an image may have, 1 in this book.
    :raises ValueError: for shapes or devices that differ, whole numbers, complex numbers, NaN, a peak that is not
        positive, or an image smaller than the window.

    Source: Wang, Bovik, Sheikh, Simoncelli 2004.
    """
    from skimage.metrics import structural_similarity  # here: training needs no scikit-image

    arguments.positive(peak=peak)
    _check(estimate, truth)
    if truth.is_complex():
        raise ValueError("the images are complex: structural similarity expected real ones, such as their moduli")
    sides = truth.shape[1:] if truth.ndim == 3 else truth.shape[2:]
    if min(sides) < WINDOW:
        raise ValueError(
            f"images have the shape {tuple(truth.shape)}: expected sides of {WINDOW} or more, the window's"
        )
    pairs = zip(estimate.detach().cpu().numpy(), truth.detach().cpu().numpy(), strict=True)
    values = [
        structural_similarity(
            a,
            b,
            data_range=peak,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            channel_axis=None if a.ndim == 2 else 0,
        )
        for a, b in pairs
    ]
    return torch.tensor(values, dtype=torch.float64)


def _norm(x: Tensor) -> Tensor:
    return torch.linalg.vector_norm(x.flatten(1), dim=1)


def _check(estimate: Tensor, truth: Tensor) -> None:
    _check_alike(estimate, truth)
    if estimate.ndim < 3:
        raise ValueError(f"images have the shape {tuple(estimate.shape)}: expected (batch, …, height, width)")
    arguments.finite("the truth", truth)
    if not estimate.requires_grad:
        arguments.finite("the estimate", estimate, "the method diverged, or its input was not finite")


def _check_alike(estimate: Tensor, truth: Tensor) -> None:
    arguments.tensors(estimate=estimate, truth=truth)
    if estimate.shape != truth.shape or not truth.ndim:
        raise ValueError(
            f"the estimate has the shape {tuple(estimate.shape)}, the truth {tuple(truth.shape)}: expected one shape"
        )
    if estimate.device != truth.device:
        raise ValueError(
            f"the estimate lies on {estimate.device}, the truth on {truth.device}: expected one device; "
            f"estimate.to({str(truth.device)!r}) moves it"
        )
    for what, values in {"the estimate": estimate, "the truth": truth}.items():
        if not values.is_floating_point() and not values.is_complex():
            raise ValueError(f"{what} is {values.dtype}: expected real or complex numbers, not whole ones")
