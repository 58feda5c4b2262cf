"""BCCR: a radiance between two bounds bounds the transmission; a weighted ℓ1 norm of its derivatives makes it smooth."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from mddl_lib.dehazing.model.haze import check

BOUNDS = (30 / 255, 300 / 255)
"""the radiance lies between these"""
WEIGHT, SIGMA, POWER = 2.0, 0.5, 0.85
"""λ of the data term, σ of the edges' weights, and the power of T that the image is divided by"""
AIR_WINDOW, WINDOW = 15, 3
GROWTH, LAST = 2 * 2**0.5, 2.0**8
"""of the splitting's penalty, which starts at 1"""
KIRSCH = (
    ((5, 5, 5), (-3, 0, -3), (-3, -3, -3)), ((-3, 5, 5), (-3, 0, 5), (-3, -3, -3)),
    ((-3, -3, 5), (-3, 0, 5), (-3, -3, 5)), ((-3, -3, -3), (-3, 0, 5), (-3, 5, 5)),
    ((-3, -3, -3), (-3, 0, -3), (5, 5, 5)), ((-3, -3, -3), (5, 0, -3), (5, 5, -3)),
    ((5, -3, -3), (5, 0, -3), (5, -3, -3)), ((5, 5, -3), (5, 0, -3), (-3, -3, -3)),
)  # fmt: skip
"""derivatives in eight directions"""


def boundary_constraint(image: Tensor) -> tuple[Tensor, Tensor]:
    r"""The largest transmission that keeps the radiance within its bounds, refined:

    .. math:: \min_T \frac\lambda2 \|T - \hat T\|^2 + \sum_k \|W_k \circ (D_k * T)\|_1

    by half-quadratic splitting, each turn a shrinkage and a division in Fourier space.

    :param image: (B, 3, H, W), from 0 to 1.
    :returns: the clear image from 0 to 1, and T.
    :raises ValueError: for another shape, or NaN.

    Source: Meng, Wang, Duan, Xiang, Pan 2013.
    """
    check("image", image)
    smallest = -F.max_pool2d(-image, AIR_WINDOW, 1, AIR_WINDOW // 2)
    air = smallest.amax((2, 3), keepdim=True)
    transmission = refined(image, bound_of(image, air))
    clear = (image - air) / transmission.abs().clamp(min=1e-4) ** POWER + air
    return clear.clamp(0, 1), transmission.clamp(0, 1)


def bound_of(image: Tensor, air: Tensor) -> Tensor:
    r""":math:`T_b = \min(\max_c \max(\frac{A^c - I^c}{A^c - C_0}, \frac{A^c - I^c}{A^c - C_1}), 1)`, then closed: a maximum,
    and a minimum of it, over 3 × 3 pixels.

    :raises ValueError: for another shape, or NaN.
    """
    check("image", image)
    low = (air - image) / (air - BOUNDS[0]).clamp(min=1e-3)
    high = (image - air) / (BOUNDS[1] - air).clamp(min=1e-3)
    bound = torch.maximum(low, high).amax(1, keepdim=True).clamp(max=1)
    wide = F.max_pool2d(bound, WINDOW, 1, WINDOW // 2)
    return -F.max_pool2d(-wide, WINDOW, 1, WINDOW // 2)


def refined(image: Tensor, transmission: Tensor) -> Tensor:
    """The minimiser by splitting; derivatives reach around the border.

    :param transmission: T̂, (B, 1, H, W).
    :raises ValueError: for shapes that do not fit, or NaN.
    """
    check("image", image)
    check("transmission", transmission, 1)
    size = image.shape[-2:]
    kernels = torch.tensor(KIRSCH, dtype=image.dtype, device=image.device)
    kernels = kernels / kernels.flatten(1).norm(dim=1)[:, None, None]
    spectra = torch.stack([_spectrum(kernel, size) for kernel in kernels])  # (8, H, W/2 + 1)
    edges = torch.fft.irfft2(torch.fft.rfft2(image)[:, :, None] * spectra, s=size).square().sum(1)
    weights = torch.exp(-edges / (2 * SIGMA))
    data, power = torch.fft.rfft2(transmission), spectra.abs().square().sum(0)
    penalty = 1.0
    while penalty < LAST:
        derivatives = torch.fft.irfft2(torch.fft.rfft2(transmission) * spectra, s=size)
        split = F.softshrink(derivatives.abs() / weights.clamp(min=1e-12), 1 / (penalty * len(kernels)))
        split = split * weights * derivatives.sign()
        gathered = (torch.fft.rfft2(split) * spectra.conj()).sum(1, keepdim=True)
        ratio = WEIGHT / penalty
        transmission = torch.fft.irfft2((ratio * data + gathered) / (ratio + power), s=size).abs()
        penalty *= GROWTH
    return transmission


def _spectrum(kernel: Tensor, size: torch.Size) -> Tensor:
    """Of the correlation with a 3 × 3 kernel, its middle at [0, 0]."""
    plane = kernel.new_zeros(size)
    plane[:3, :3] = kernel.flip(0, 1)
    return torch.fft.rfft2(plane.roll((-1, -1), (0, 1)))
