"""A physics as DeepInverse writes one, with nothing of ours in it: what our networks and solvers must accept."""

from __future__ import annotations

import torch
from torch import Tensor


class StandIn:
    """``A`` and ``A_adjoint`` on (batch, channel, height, width), and no closed form."""

    def __init__(self, mask: Tensor) -> None:
        self.mask, self.calls = mask, 0

    def A(self, x: Tensor, **kwargs: object) -> Tensor:
        self.calls += 1
        return self.mask * torch.fft.fft2(x, norm="ortho")

    def A_adjoint(self, y: Tensor, **kwargs: object) -> Tensor:
        return torch.fft.ifft2(self.mask * y, norm="ortho").real


class Blur:
    """A real operator that Fourier space diagonalises but that is no mask: circular averaging of 2 × 2 pixels."""

    def A(self, x: Tensor, **kwargs: object) -> Tensor:
        return (x + x.roll(1, -1) + x.roll(1, -2) + x.roll((1, 1), (-2, -1))) / 4

    def A_adjoint(self, y: Tensor, **kwargs: object) -> Tensor:
        return (y + y.roll(-1, -1) + y.roll(-1, -2) + y.roll((-1, -1), (-2, -1))) / 4
