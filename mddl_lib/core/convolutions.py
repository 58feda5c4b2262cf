"""Zero-padded convolution layers between one channel and many, as matrix products: what a CPU does fastest.

Taught in :doc:`/unrolling/admm_csnet`.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from mddl_lib.core import arguments


def spread(x: Tensor, kernel: Tensor, bias: Tensor | None = None) -> Tensor:
    r"""One channel to C: :math:`c_l(p) = b_l + \sum_a k_l(a)\, x(p + a)`, zero outside the image (a correlation).

    It is ``torch.nn.functional.conv2d(x, kernel, bias, padding=s // 2)``, two to four times faster on a CPU, forward and
    backward, where the one channel's s² shifted copies are one factor of a matrix product.

    :param x: (B, 1, H, W).
    :param kernel: (C, 1, s, s), s odd.
    :param bias: (C,).
    :returns: (B, C, H, W).
    :raises ValueError: for images or a kernel of another shape, or of another precision than the other.
    """
    _check(kernel, 1)
    _check_images(x, kernel, 1)
    return _with_bias(_Spread.apply(x, kernel) if x.device.type == "cpu" else _library(x, kernel), bias)


def gather(z: Tensor, kernel: Tensor, bias: Tensor | None = None) -> Tensor:
    r"""C channels to one: :math:`x(p) = b + \sum_l \sum_a k_l(a)\, z_l(p + a)`, zero outside the image.

    ``gather(·, k)`` is the adjoint of ``spread(·, k.flip(-2, -1).transpose(0, 1))``.

    :param z: (B, C, H, W).
    :param kernel: (1, C, s, s), s odd.
    :param bias: (1,).
    :returns: (B, 1, H, W).
    :raises ValueError: for images or a kernel of another shape, or of another precision than the other.
    """
    _check(kernel, 0)
    _check_images(z, kernel, kernel.shape[1])
    return _with_bias(_Gather.apply(z, kernel) if z.device.type == "cpu" else _library(z, kernel), bias)


class _Spread(torch.autograd.Function):
    """c = K U(x), U the shifted copies: dE/dK = (dE/dc) U(x)ᵀ and dE/dx = Uᵀ(Kᵀ dE/dc)."""

    @staticmethod
    def forward(ctx, x: Tensor, kernel: Tensor) -> Tensor:
        ctx.save_for_backward(x, kernel)
        return (kernel.flatten(1) @ _shifts(x, kernel)).unflatten(-1, x.shape[-2:])

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor | None, Tensor | None]:
        x, kernel = ctx.saved_tensors
        flat, along_x, along_kernel = gradient.flatten(2), None, None
        if ctx.needs_input_grad[0]:
            along_x = put_shifts(kernel.flatten(1).T @ flat, kernel.shape[-1], x.shape[-2:], forward=False)
        if ctx.needs_input_grad[1]:
            along_kernel = (flat @ _shifts(x, kernel).transpose(1, 2)).sum(0).view_as(kernel)
        return along_x, along_kernel


class _Gather(torch.autograd.Function):
    """The channels are mixed first, into one image a tap, and those are shifted and added: s² images instead of C s²."""

    @staticmethod
    def forward(ctx, z: Tensor, kernel: Tensor) -> Tensor:
        ctx.save_for_backward(z, kernel)
        return put_shifts(kernel[0].flatten(1).T @ z.flatten(2), kernel.shape[-1], z.shape[-2:], forward=True)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor | None, Tensor | None]:
        z, kernel = ctx.saved_tensors
        shifts, along_z, along_kernel = _shifts(gradient, kernel), None, None
        if ctx.needs_input_grad[0]:  # dE/dz_l(q) = Σ_a k_l(a) g(q − a): a correlation with the kernel turned round
            along_z = (kernel[0].flip(-2, -1).flatten(1) @ shifts).view_as(z)
        if ctx.needs_input_grad[1]:  # dE/dk_l(a) = Σ_q z_l(q) g(q − a)
            along_kernel = (z.flatten(2) @ shifts.transpose(1, 2)).sum(0).view_as(kernel).flip(-2, -1)
        return along_z, along_kernel


def _shifts(x: Tensor, kernel: Tensor) -> Tensor:
    """U(x): row a is x(p + a), zero outside: (B, s², H·W)."""
    return F.unfold(x, kernel.shape[-1], padding=kernel.shape[-1] // 2)


def put_shifts(taps: Tensor, size: int, shape: torch.Size, *, forward: bool) -> Tensor:
    """Σ_a t_a(p + a) (``forward``) or Σ_a t_a(p − a), zero outside: (B, s², H·W) → (B, 1, H, W).

    :raises ValueError: for taps of another shape.
    """
    arguments.tensors(taps=taps)
    arguments.counts(1, size=size)
    if taps.shape[1:] != (size * size, shape[0] * shape[1]):
        raise ValueError(
            f"the taps have the shape {tuple(taps.shape)}: expected (batch, {size * size}, {shape[0] * shape[1]})"
        )
    (rows, columns), margin = shape, size // 2
    images = taps.unflatten(-1, (rows, columns))
    total = images.new_zeros(len(images), 1, rows + 2 * margin, columns + 2 * margin)
    for number in range(size * size):
        down, across = divmod(number, size)
        if forward:
            down, across = size - 1 - down, size - 1 - across
        total[:, 0, down : down + rows, across : across + columns] += images[:, number]
    return total[..., margin : margin + rows, margin : margin + columns].contiguous()


def _library(x: Tensor, kernel: Tensor) -> Tensor:
    return F.conv2d(x, kernel, padding=kernel.shape[-1] // 2)


def _with_bias(x: Tensor, bias: Tensor | None) -> Tensor:
    if bias is None:
        return x
    arguments.tensors(bias=bias)
    if bias.shape != x.shape[1:2]:
        raise ValueError(f"the bias has the shape {tuple(bias.shape)}: expected ({x.shape[1]},), one a channel")
    return x + bias[:, None, None]


def _check_images(x: Tensor, kernel: Tensor, channels: int) -> None:
    arguments.tensors(images=x)
    if x.ndim != 4 or x.shape[1] != channels:
        raise ValueError(f"the images have the shape {tuple(x.shape)}: expected (batch, {channels}, height, width)")
    if x.dtype != kernel.dtype:
        raise ValueError(f"the images are {x.dtype}, the kernel {kernel.dtype}: expected one precision, real numbers")


def _check(kernel: Tensor, one: int) -> None:
    arguments.tensors(kernel=kernel)
    if kernel.ndim != 4 or kernel.shape[one] != 1 or kernel.shape[2] != kernel.shape[3] or kernel.shape[2] % 2 == 0:
        expected = "(C, 1, s, s)" if one == 1 else "(1, C, s, s)"
        raise ValueError(f"the kernel has the shape {tuple(kernel.shape)}: expected {expected} with s odd")
