"""How images are spoilt here: by noise, and by pixels that are missing."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from mddl_lib.core import arguments


class Denoising(nn.Module):
    r"""Noise alone: :math:`y = x + \sigma n`, so :math:`A = I`.

    - :math:`\sigma`: the noise's standard deviation, in the units of the image (25 of 255 grey levels are 25/255);
    - :math:`n`: independent standard Gaussian numbers, neither clipped nor rounded to grey levels.

    :param sigma: one number, or a tensor (batch, 1, 1, 1), one an image.
    :raises ValueError: for a number below zero, or one that is not finite.
    """

    def __init__(self, sigma: float | Tensor) -> None:
        super().__init__()
        if not isinstance(sigma, Tensor):
            arguments.not_negative(sigma=sigma)
        self.sigma = sigma

    def A(self, x: Tensor) -> Tensor:
        """The image itself."""
        return x

    def A_adjoint(self, y: Tensor) -> Tensor:
        """The measurement itself."""
        return y

    def prox_l2(self, z: Tensor, y: Tensor, gamma: float | Tensor) -> Tensor:
        r""":math:`\arg\min_x \frac\gamma2\|x - y\|^2 + \frac12\|x - z\|^2 = (\gamma y + z)/(\gamma + 1)`."""
        return (gamma * y + z) / (gamma + 1)

    def solve_normal(self, right: Tensor, penalty: float | Tensor) -> Tensor:
        """x with (1 + penalty) x = right, for a number or a weight a pixel."""
        return right / (1 + penalty)

    def measure(self, x: Tensor) -> Tensor:
        """A x with noise from torch's generator."""
        return self.A(x) + self.sigma * torch.randn_like(x)

    def extra_repr(self) -> str:
        return f"sigma={self.sigma}"


class Inpainting(Denoising):
    r"""Some pixels are missing: :math:`y = m \circ (x + \sigma n)`.

    .. math:: A x = m \circ x, \qquad A^T y = m \circ y

    - :math:`m`: the mask, 1 where a pixel is known, 0 where it is missing.

    :param mask: (H, W), zeros and ones.
    :raises ValueError: for a mask of another shape, with other values, or all zero.
    """

    mask: Tensor

    def __init__(self, mask: Tensor, sigma: float | Tensor = 0.0) -> None:
        super().__init__(sigma)
        arguments.tensors(mask=mask)
        values = torch.unique(mask).tolist()
        if mask.ndim != 2 or not set(values) <= {0, 1} or not mask.any():
            raise ValueError(
                f"the mask has the shape {tuple(mask.shape)} and the values {values[:5]}: expected (height, width), "
                "zeros and ones, a one somewhere"
            )
        self.register_buffer("mask", mask.to(torch.float32), persistent=False)

    def A(self, x: Tensor) -> Tensor:
        """m ∘ x."""
        self._check(x)
        return self.mask.to(x.dtype) * x

    def A_adjoint(self, y: Tensor) -> Tensor:
        """m ∘ y."""
        return self.A(y)

    def prox_l2(self, z: Tensor, y: Tensor, gamma: float | Tensor) -> Tensor:
        r""":math:`(\gamma\, m \circ y + z)/(\gamma\, m + 1)`."""
        return (gamma * self.A(y) + z) / (gamma * self.mask.to(z.dtype) + 1)

    def solve_normal(self, right: Tensor, penalty: float | Tensor) -> Tensor:
        """x with (m + penalty) x = right, for a number or a weight a pixel, above zero."""
        return right / (self.mask.to(right.dtype) + penalty)

    def measure(self, x: Tensor) -> Tensor:
        """A x, the known pixels with noise from torch's generator."""
        return self.A(x + self.sigma * torch.randn_like(x))

    def _check(self, x: Tensor) -> None:
        if x.ndim != 4 or x.shape[-2:] != self.mask.shape:
            raise ValueError(
                f"the image has the shape {tuple(x.shape)}: expected (batch, channel, {self.mask.shape[0]}, "
                f"{self.mask.shape[1]}), the mask's height and width"
            )


def noise_level(physics: Any) -> float | Tensor:
    """``physics.sigma``, or that of its noise model, where DeepInverse keeps it.

    :raises ValueError: for a physics that says neither.
    """
    for holder in (physics, getattr(physics, "noise_model", None)):
        if hasattr(holder, "sigma"):
            return holder.sigma
    raise ValueError(f"{type(physics).__name__} states no noise level: expected an attribute `sigma`")
