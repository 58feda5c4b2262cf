"""A photograph blurred by a known kernel, wrapped at its border: what the Fourier transform makes diagonal.

Taught in :doc:`/recent/learned_proximal_operators`.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.core.filters import spectrum
from mddl_lib.restoration.physics import Denoising


class Blur(Denoising):
    r"""Circular convolution and noise: :math:`y = k * x + \sigma n`.

    .. math:: A x = F^H (\hat k \circ F x), \qquad A^T y = F^H (\bar{\hat k} \circ F y), \qquad A^T A = F^H |\hat k|^2 F

    - :math:`k`: the kernel, :math:`\hat k` its transfer function, the middle of the kernel at the origin;
    - :math:`F`: the unitary Fourier transform.

    The second part of Proposition 2 does not hold, the first does: every solve is a division in Fourier space.

    :param kernel: (s, s) with s odd, finite, its sum not 0; it is divided by its sum, so that a flat image stays.
    :param sigma: the noise's standard deviation, for images in [0, 1].
    :raises ValueError: for a kernel of another shape, with NaN, or a sum of 0; a sigma below 0.
    """

    kernel: Tensor

    def __init__(self, kernel: Tensor, sigma: float | Tensor = 0.0) -> None:
        super().__init__(sigma)
        arguments.tensors(kernel=kernel)
        if kernel.ndim != 2 or kernel.shape[0] != kernel.shape[1] or kernel.shape[0] % 2 == 0:
            raise ValueError(f"kernel has the shape {tuple(kernel.shape)}: expected (s, s) with s odd")
        arguments.finite("kernel", kernel)
        if not float(kernel.sum().abs()) > 0:
            raise ValueError(
                "kernel sums to 0: expected one that leaves a flat image as it is, once divided by its sum"
            )
        self.register_buffer("kernel", kernel / kernel.sum(), persistent=False)
        self._kept: dict[Any, Tensor] = {}

    def transfer(self, image: Tensor) -> Tensor:
        """The transfer function on the half grid of an image, (H, W//2 + 1), complex; computed once a size."""
        key = (image.shape[-2], image.shape[-1], image.dtype, image.device)
        if key not in self._kept:
            self._kept[key] = spectrum(self.kernel.to(image)[None], (key[0], key[1]))[0]
        return self._kept[key]

    def A(self, x: Tensor) -> Tensor:
        """k * x, every channel by itself, (B, C, H, W).

        :raises ValueError: for another shape, an image smaller than the kernel, or NaN.
        """
        self._check(x)
        return torch.fft.irfft2(self.transfer(x) * torch.fft.rfft2(x), s=x.shape[-2:])

    def A_adjoint(self, y: Tensor) -> Tensor:
        """The correlation with k.

        :raises ValueError: as :meth:`A` does.
        """
        self._check(y)
        return torch.fft.irfft2(self.transfer(y).conj() * torch.fft.rfft2(y), s=y.shape[-2:])

    def prox_l2(self, z: Tensor, y: Tensor, gamma: float | Tensor) -> Tensor:
        r""":math:`(\gamma A^T A + I)^{-1}(\gamma A^T y + z)`, in Fourier space.

        :raises ValueError: as :meth:`A` does.
        """
        return self.solve_normal(self.A_adjoint(y) + z / gamma, 1 / gamma)

    def solve_normal(self, right: Tensor, penalty: float | Tensor) -> Tensor:
        """x with (AᵀA + penalty) x = right, for a number or a spectrum on the half grid.

        :raises ValueError: as :meth:`A` does.
        """
        self._check(right)
        denominator = self.transfer(right).abs().square() + penalty
        return torch.fft.irfft2(torch.fft.rfft2(right) / denominator, s=right.shape[-2:])

    def _check(self, image: Tensor) -> None:
        arguments.tensors(image=image)
        side = self.kernel.shape[0]
        if image.ndim != 4 or min(image.shape[-2:]) < side or not image.is_floating_point():
            raise ValueError(
                f"the image has the shape {tuple(image.shape)}, {image.dtype}: expected real numbers, (batch, channel, height, "
                f"width), height and width {side} or more, the kernel's side"
            )
        if not image.requires_grad:
            arguments.finite("the image", image)
