"""Random measurements: dense orthonormal rows for small images, and a structured stand-in for large ones."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from mddl_lib.compressive_imaging.operators.orthonormal_rows import OrthonormalRows
from mddl_lib.core import arguments

LARGEST = 4096
"""pixels of an image beyond which the dense matrix would take gigabytes"""


class DenseRows(OrthonormalRows):
    r"""M random orthonormal rows: a Gaussian matrix, its rows made orthonormal by QR.

    The matrix has M × N numbers: only for small images or blocks, N ≤ 4096.

    :param number: M.
    :raises ValueError: for larger images.
    """

    matrix: Tensor

    def __init__(self, shape: tuple[int, int], number: int, seed: int = 0) -> None:
        pixels = math.prod(arguments.grid(shape))
        arguments.counts(1, number=number)
        arguments.counts(0, seed=seed)
        if pixels > LARGEST or number > pixels:
            raise ValueError(
                f"shape is {tuple(shape)}, number {number}: expected at most {LARGEST} pixels, and no more rows"
            )
        super().__init__(shape, torch.arange(number))
        gaussian = torch.randn(pixels, number, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
        matrix = torch.linalg.qr(gaussian).Q.T  # (M, N)
        self.register_buffer("matrix", matrix, persistent=False)

    def A(self, x: Tensor) -> Tensor:
        """The rows times the pixels: images (B, C, H, W) to (B, C, M)."""
        self._check_image(x, "the image")
        return x.flatten(-2) @ self.matrix.to(x.dtype).T

    def A_adjoint(self, y: Tensor) -> Tensor:
        """The columns' sum: (B, C, M) to images."""
        arguments.tensors(**{"the measurement": y})
        if y.ndim != 3 or y.shape[-1] != len(self.matrix):
            raise ValueError(
                f"the measurement has the shape {tuple(y.shape)}: expected (batch, channel, {len(self.matrix)})"
            )
        if not y.requires_grad:
            arguments.finite("the measurement", y)
        return (y @ self.matrix.to(y.dtype)).unflatten(-1, self.shape)


class StructurallyRandom(OrthonormalRows):
    r"""Random signs, random order, a cosine transform, some coefficients: :math:`A = P C \Pi D`.

    - :math:`D`: a random sign a pixel; :math:`\Pi`: a random order; :math:`C`: the orthonormal DCT-II of all pixels in a
      row, by one fast Fourier transform, for any size.

    It behaves nearly as a dense random matrix does, at N log N operations and N numbers of memory.

    Source: Do, Gan, Nguyen, Tran, "Fast and efficient compressive sensing using structurally random matrices", 2012.
    """

    order: Tensor
    signs: Tensor

    def __init__(self, shape: tuple[int, int], rows: Tensor | int, seed: int = 0) -> None:
        super().__init__(shape, rows, seed)
        pixels, generator = math.prod(self.shape), torch.Generator().manual_seed(seed + 2**31)
        self.register_buffer("order", torch.randperm(pixels, generator=generator), persistent=False)
        signs = 2.0 * torch.randint(2, (pixels,), generator=generator) - 1
        self.register_buffer("signs", signs, persistent=False)

    def transform(self, x: Tensor) -> Tensor:
        """C Π D."""
        return cosine_transform((self.signs.to(x.dtype) * x)[..., self.order])

    def inverse(self, c: Tensor) -> Tensor:
        """D Πᵀ Cᵀ."""
        pixels = torch.empty_like(c)
        pixels[..., self.order] = inverse_cosine_transform(c)
        return self.signs.to(c.dtype) * pixels


def cosine_transform(x: Tensor) -> Tensor:
    r"""The orthonormal DCT-II of the last axis, :math:`c_k = w_k \sum_n x_n \cos\frac{\pi (2n + 1) k}{2N}`, by one FFT.

    :math:`w_0 = \sqrt{1/N}`, else :math:`\sqrt{2/N}`. The even numbers first, then the odd ones backwards, make a sequence
    whose Fourier coefficients, turned by :math:`e^{-i\pi k/2N}`, have the cosine coefficients as real parts.

    :param x: (…, N), real.

    Source: Makhoul, "A fast cosine transform in one and two dimensions", 1980.
    """
    _real(x=x)
    length = x.shape[-1]
    folded = torch.cat([x[..., ::2], x[..., 1::2].flip(-1)], -1)
    return (torch.fft.fft(folded) * _turns(length, x)).real * _weights(length, x)


def inverse_cosine_transform(c: Tensor) -> Tensor:
    """The inverse and adjoint of :func:`cosine_transform`."""
    _real(c=c)
    length = c.shape[-1]
    c = c / _weights(length, c)
    # C_k − i C_{N−k} is the turned spectrum of the folded sequence
    mirrored = torch.cat([torch.zeros_like(c[..., :1]), c[..., 1:].flip(-1)], -1)
    folded = torch.fft.ifft(torch.complex(c, -mirrored) * _turns(length, c).conj()).real
    x = torch.empty_like(c)
    even = (length + 1) // 2
    x[..., ::2], x[..., 1::2] = folded[..., :even], folded[..., even:].flip(-1)
    return x


def _turns(length: int, like: Tensor) -> Tensor:
    angle = -math.pi / (2 * length) * torch.arange(length, dtype=torch.float64, device=like.device)
    return torch.polar(torch.ones_like(angle), angle).to(torch.promote_types(like.dtype, torch.complex64))


def _weights(length: int, like: Tensor) -> Tensor:
    weights = like.new_full((length,), math.sqrt(2 / length))
    weights[0] = math.sqrt(1 / length)
    return weights


def _real(**values: Tensor) -> None:
    arguments.tensors(**values)
    for name, x in values.items():
        if not x.is_floating_point() or not x.ndim or not x.shape[-1]:
            raise ValueError(f"{name} is {x.dtype} of the shape {tuple(x.shape)}: expected real numbers, (…, N)")
