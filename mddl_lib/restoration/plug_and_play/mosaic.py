"""What a colour sensor records: one colour a pixel. And the two classical ways to guess the others.

Taught in :doc:`/recent/learned_proximal_operators`.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.restoration.physics import Denoising


class Mosaic(Denoising):
    r"""Bayer's mosaic: :math:`y(p) = x_{c(p)}(p) + \sigma n(p)`.

    .. math:: A x = \sum_c m_c \circ x_c, \qquad (A^T y)_c = m_c \circ y, \qquad A A^T = I

    - :math:`c(p)`: the colour that pixel p sees: red and green in the even rows, green and blue in the odd ones;
    - :math:`m_c`: 1 where that is colour c.

    The second part of Proposition 2 of the talk holds: every solve is a closed form.

    :param sigma: the noise's standard deviation, for images in [0, 1].
    :raises ValueError: for a sigma below 0.

    Source: Bayer, US patent 3971065, 1976.
    """

    def __init__(self, sigma: float | Tensor = 0.0) -> None:
        super().__init__(sigma)

    def A(self, x: Tensor) -> Tensor:
        """(B, 3, H, W) → (B, 1, H, W).

        :raises ValueError: for another shape, or NaN.
        """
        _check(x, 3)
        return (masks(x) * x).sum(1, keepdim=True)

    def A_adjoint(self, y: Tensor) -> Tensor:
        """(B, 1, H, W) → (B, 3, H, W), zero where a colour was not seen.

        :raises ValueError: for another shape, or NaN.
        """
        _check(y, 1)
        return masks(y) * y

    def prox_l2(self, z: Tensor, y: Tensor, gamma: float | Tensor) -> Tensor:
        r""":math:`(\gamma A^T y + z) / (\gamma m + 1)`, a colour and a pixel at a time.

        :raises ValueError: for other shapes, or NaN.
        """
        _check(z, 3)
        return (gamma * self.A_adjoint(y) + z) / (gamma * masks(z) + 1)

    def solve_normal(self, right: Tensor, penalty: float | Tensor) -> Tensor:
        """x with (m + penalty) x = right, for a number above 0.

        :raises ValueError: for another shape, or NaN.
        """
        _check(right, 3)
        return right / (masks(right) + penalty)

    def measure(self, x: Tensor) -> Tensor:
        """A x with noise from torch's generator."""
        y = self.A(x)
        return y + self.sigma * torch.randn_like(y)


def masks(image: Tensor) -> Tensor:
    """Which pixels see red, green and blue, (3, H, W): zeros and ones.

    :param image: its last two sides and its kind count.
    """
    arguments.tensors(image=image)
    if image.ndim < 2:
        raise ValueError(f"image has the shape {tuple(image.shape)}: expected (…, height, width)")
    found = image.new_zeros(3, image.shape[-2], image.shape[-1])
    found[0, ::2, ::2] = 1
    found[1, ::2, 1::2] = 1
    found[1, 1::2, ::2] = 1
    found[2, 1::2, 1::2] = 1
    return found


def bilinear(y: Tensor, physics: Mosaic | None = None) -> Tensor:
    """Each missing colour is the mean of its nearest neighbours that were seen.

    :param y: a mosaic, (B, 1, H, W), sides of 2 or more.
    :raises ValueError: for another shape, or NaN.
    """
    _check(y, 1)
    cross = y.new_tensor([[0, 1, 0], [1, 4, 1], [0, 1, 0]])
    square = y.new_tensor([[1, 2, 1], [2, 4, 2], [1, 2, 1]])
    kernel = torch.stack([square, cross, square])[:, None]
    held = masks(y)
    total = F.conv2d(held * y, kernel, padding=1, groups=3)
    return total / F.conv2d(held[None], kernel, padding=1, groups=3)


def malvar(y: Tensor, physics: Mosaic | None = None) -> Tensor:
    r"""The bilinear guess, corrected by the Laplacian of the colour that was seen: five fixed 5 × 5 filters.

    .. math:: \hat x_c(p) = \text{bilinear}_c(p) + w \, \bigl(y(p) - \text{mean of } y \text{ around, of } p\text{'s own colour}\bigr)

    :param y: a mosaic, (B, 1, H, W), sides of 3 or more.
    :raises ValueError: for another shape, or NaN.

    Source: Malvar, He, Cutler, ICASSP 2004, figure 2; each filter is divided by 8.
    """
    _check(y, 1)
    if min(y.shape[-2:]) < 3:
        raise ValueError(f"y has the shape {tuple(y.shape)}: expected sides of 3 or more")
    green = [[0, 0, -1, 0, 0], [0, 0, 2, 0, 0], [-1, 2, 4, 2, -1], [0, 0, 2, 0, 0], [0, 0, -1, 0, 0]]
    along = [[0, 0, 0.5, 0, 0], [0, -1, 0, -1, 0], [-1, 4, 5, 4, -1], [0, -1, 0, -1, 0], [0, 0, 0.5, 0, 0]]
    corner = [[0, 0, -1.5, 0, 0], [0, 2, 0, 2, 0], [-1.5, 0, 6, 0, -1.5], [0, 2, 0, 2, 0], [0, 0, -1.5, 0, 0]]
    along = y.new_tensor(along)
    kernel = torch.stack([y.new_tensor(green), along, along.T, y.new_tensor(corner)])[:, None] / 8
    at_green, in_row, in_column, at_corner = F.conv2d(F.pad(y, (2, 2, 2, 2), mode="reflect"), kernel).split(1, 1)
    red, green_seen, blue = masks(y)
    even = torch.zeros_like(red)
    even[::2] = 1  # rows in which red is seen
    r = red * y + green_seen * (even * in_row + (1 - even) * in_column) + blue * at_corner
    g = green_seen * y + (1 - green_seen) * at_green
    b = blue * y + green_seen * (even * in_column + (1 - even) * in_row) + red * at_corner
    return torch.cat([r, g, b], dim=1)


def _check(image: Tensor, channels: int) -> None:
    arguments.tensors(image=image)
    if image.ndim != 4 or image.shape[1] != channels or min(image.shape[-2:]) < 2 or not image.is_floating_point():
        raise ValueError(
            f"the image has the shape {tuple(image.shape)}, {image.dtype}: expected real numbers, (batch, {channels}, height, "
            "width), height and width 2 or more"
        )
    if not image.requires_grad:
        arguments.finite("the image", image)
