"""Circular filter banks, their exact adjoints, and the bases that their filters are written in.

Taught in :doc:`/unrolling/deep_admm_net`.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from mddl_lib.core import arguments


def dct_basis(size: int = 3, dtype: torch.dtype = torch.float32) -> Tensor:
    r"""The size² − 1 non-constant two-dimensional DCT-II filters, orthonormal.

    .. math:: B_{(i,j)} = d_i d_j^{T}, \qquad
              d_i(n) = c_i \cos\frac{\pi (2n+1) i}{2\,\mathrm{size}},\quad c_0 = \sqrt{1/\mathrm{size}},\ c_i = \sqrt{2/\mathrm{size}}

    Ordered as the authors order them: rows 2 … size² of kron(dctmtx, dctmtx), each reshaped column by column.

    :returns: (size² − 1, size, size).
    :raises ValueError: for a size below 2.

    Source: Yang, Sun, Li, Xu, NIPS 2016, section 3.
    """
    arguments.counts(2, size=size)
    n = torch.arange(size, dtype=torch.float64)
    dct = math.sqrt(2 / size) * torch.cos(math.pi * (2 * n[None, :] + 1) * n[:, None] / (2 * size))
    dct[0] = math.sqrt(1 / size)
    basis = torch.kron(dct, dct)[1:]
    return basis.reshape(-1, size, size).transpose(1, 2).contiguous().to(dtype)


def finite_differences(dtype: torch.dtype = torch.float32) -> Tensor:
    """Forward differences down and to the right, as 3x3 convolution filters: (2, 3, 3).

    (D₁x)(i, j) = x(i+1, j) − x(i, j) and (D₂x)(i, j) = x(i, j+1) − x(i, j).
    """
    filters = torch.zeros(2, 3, 3, dtype=dtype)
    filters[:, 1, 1] = -1
    filters[0, 0, 1] = 1  # a convolution mirrors its filter: tap (−1, 0) reads x(i+1, j)
    filters[1, 1, 0] = 1
    return filters


def _wrap(x: Tensor, margin: int) -> Tensor:
    return F.pad(x, (margin, margin, margin, margin), mode="circular")


def _correlate(x: Tensor, kernel: Tensor) -> Tensor:
    """Circular correlation (what the field's libraries call convolution): (B, I, H, W), (O, I, s, s) → (B, O, H, W)."""
    outputs, inputs, size, _ = kernel.shape
    if outputs >= inputs:
        return F.conv2d(_wrap(x, size // 2), kernel)
    # Fewer outputs than inputs: first mix the channels, one matrix product for all s² taps, then add the shifted images
    # on a larger grid, whose margins are folded back. A convolution library does this case three times slower.
    rows, columns = x.shape[-2:]
    taps = kernel.permute(0, 2, 3, 1).reshape(-1, inputs)  # (O·s², I)
    mixed = (taps @ x.flatten(2)).unflatten(1, (outputs, size, size)).unflatten(-1, (rows, columns))
    margin = size // 2
    total = x.new_zeros(len(x), outputs, rows + 2 * margin, columns + 2 * margin)
    for down in range(size):
        for across in range(size):
            top, left = 2 * margin - down, 2 * margin - across
            total[..., top : top + rows, left : left + columns] += mixed[:, :, down, across]
    return _fold(_fold(total, margin, -1), margin, -2).contiguous()


def _fold(x: Tensor, margin: int, dim: int) -> Tensor:
    """Add the margins to the opposite ends and cut them off: the adjoint of wrapping. Changes x."""
    length = x.shape[dim] - 2 * margin
    x.narrow(dim, length, margin).add_(x.narrow(dim, 0, margin))
    x.narrow(dim, margin, margin).add_(x.narrow(dim, margin + length, margin))
    return x.narrow(dim, margin, length)


class _Correlation(torch.autograd.Function):
    """Circular correlation whose input gradient is again a forward correlation, with the filters turned round.

    Autograd would use a transposed convolution there, which costs two to three times as much on a CPU.
    """

    @staticmethod
    def forward(ctx, x: Tensor, kernel: Tensor) -> Tensor:
        ctx.save_for_backward(x, kernel)
        return _correlate(x, kernel)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor | None, Tensor | None]:
        x, kernel = ctx.saved_tensors
        size = kernel.shape[-1]
        along_x = along_kernel = None
        if ctx.needs_input_grad[0]:
            along_x = _correlate(gradient, kernel.flip(-2, -1).transpose(0, 1))
        if ctx.needs_input_grad[1]:
            # dL/dK(o,i,a) = Σ_p gradient(o,p) x(i,p+a): a matrix product over shifted copies of the smaller of the two
            if x.shape[1] <= gradient.shape[1]:
                shifts = F.unfold(_wrap(x, size // 2), size).unflatten(1, (x.shape[1], -1))
                along_kernel = torch.einsum("bop,biap->oia", gradient.flatten(2), shifts)
            else:  # substitute q = p + a: Σ_q gradient(o,q-a) x(i,q), the shifts running backwards
                shifts = F.unfold(_wrap(gradient, size // 2), size).unflatten(1, (gradient.shape[1], -1))
                along_kernel = torch.einsum("boap,bip->oia", shifts, x.flatten(2)).flip(-1)
            along_kernel = along_kernel.unflatten(-1, (size, size))
        return along_x, along_kernel


def analyse(x: Tensor, filters: Tensor) -> Tensor:
    r"""Every filter's response: :math:`(D_l x)(p) = \sum_q f_l(q)\, x(p - q)`, a circular convolution.

    :param x: (batch, 1, H, W).
    :param filters: (L, s, s), s odd.
    :returns: (batch, L, H, W).
    :raises ValueError: for other shapes, and filters larger than the image.
    """
    check_filters(filters)
    _check_images(x, 1, filters)
    return _Correlation.apply(x, filters.flip(-2, -1)[:, None])


def synthesise(z: Tensor, filters: Tensor) -> Tensor:
    r"""The adjoint of :func:`analyse`: :math:`\sum_l D_l^T z_l`.

    :param z: (batch, L, H, W).
    :param filters: (L, s, s), s odd.
    :returns: (batch, 1, H, W).
    :raises ValueError: for other shapes, and filters larger than the image.
    """
    check_filters(filters)
    _check_images(z, len(filters), filters)
    return _Correlation.apply(z, filters[None])


def spectrum(filters: Tensor, shape: tuple[int, int]) -> Tensor:
    r"""The transfer functions :math:`\hat f_l = F f_l` on the half grid of ``rfft2``: (L, H, W//2 + 1), complex.

    Filter l is placed with its middle at [0, 0], so that ``irfft2(spectrum * rfft2(x))`` is ``analyse(x)``.

    :raises ValueError: for filters of another shape, or larger than the grid.
    """
    check_filters(filters)
    size = filters.shape[-1]
    rows, columns = arguments.grid(shape, size)
    grid = F.pad(filters, (0, columns - size, 0, rows - size))
    return torch.fft.rfft2(torch.roll(grid, (-(size // 2), -(size // 2)), (-2, -1)))


def power_spectrum(filters: Tensor, weights: Tensor, shape: tuple[int, int]) -> Tensor:
    r""":math:`\sum_l w_l |\hat f_l|^2` on the half grid: (H, W//2 + 1), real.

    Computed from the filters' autocorrelation :math:`a = \sum_l w_l\, f_l \star f_l`, which has (2s−1)² taps, so that
    the cost is a small matrix product instead of L transforms.

    :param filters: (L, s, s), s odd.
    :param weights: (L,).
    :param shape: (H, W).
    :raises ValueError: for other shapes, or filters larger than the grid.
    """
    check_filters(filters)
    arguments.tensors(weights=weights)
    if weights.shape != filters.shape[:1]:
        raise ValueError(f"the weights have the shape {tuple(weights.shape)}: expected ({len(filters)},), one a filter")
    size = filters.shape[-1]
    # a(d) = Σ_l w_l Σ_q f_l(q) f_l(q + d): the filters as images of L channels, correlated with themselves
    padded = F.pad(filters[None] * weights[None, :, None, None], (size - 1,) * 4)
    autocorrelation = F.conv2d(padded, filters[None])[0, 0]
    lags = torch.arange(1 - size, size, dtype=filters.dtype, device=filters.device)
    rows, columns = arguments.grid(shape, size)
    row = 2 * math.pi / rows * torch.arange(rows, dtype=filters.dtype, device=filters.device)
    column = 2 * math.pi / columns * torch.arange(columns // 2 + 1, dtype=filters.dtype, device=filters.device)
    # a is even, so Σ_d a(d) e^{-i k·d} = Σ_d a(d) cos(k·d) = Σ a (cos cos − sin sin): one product of 2 (2s−1) columns
    row_angle, column_angle = row[:, None] * lags, column[:, None] * lags
    left = torch.cat([row_angle.cos() @ autocorrelation, row_angle.sin() @ -autocorrelation], dim=1)
    return left @ torch.cat([column_angle.cos(), column_angle.sin()], dim=1).T


def check_filters(filters: Tensor) -> None:
    """A bank of filters, (L, s, s) with s odd, so that each has a middle.

    :raises ValueError: for another shape.
    """
    arguments.tensors(filters=filters)
    if filters.ndim != 3 or filters.shape[-1] != filters.shape[-2] or filters.shape[-1] % 2 == 0:
        raise ValueError(f"filters have the shape {tuple(filters.shape)}: expected (L, s, s) with s odd")


def _check_images(x: Tensor, channels: int, filters: Tensor) -> None:
    arguments.tensors(images=x)
    size = filters.shape[-1]
    if x.ndim != 4 or x.shape[1] != channels or min(x.shape[-2:]) < size:
        raise ValueError(
            f"the images have the shape {tuple(x.shape)}: expected (batch, {channels}, height, width), height and width "
            f"{size} or more, the filters' side"
        )
    if x.dtype != filters.dtype:
        raise ValueError(f"the images are {x.dtype}, the filters {filters.dtype}: expected one precision, real numbers")
