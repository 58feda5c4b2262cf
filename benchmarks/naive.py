"""ADMM-Net as one writes it down from the paper: full complex transforms, a look-up by indexing, plain autograd.

Each turn transforms the image once and eight responses, in both directions, and the filters besides. The benchmarks
measure what the library saves over it; the tests hold the library to it, gradients included.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mddl_lib.mri.admm_net import ADMMNet, Reconstruction


def transfer(filters: Tensor, shape: tuple[int, int]) -> Tensor:
    """F f_l on the full grid, each filter's middle at [0, 0]: (L, H, W), complex."""
    size = filters.shape[-1]
    grid = torch.zeros(len(filters), *shape, dtype=filters.dtype)
    grid[:, :size, :size] = filters
    return torch.fft.fft2(grid.roll((-(size // 2), -(size // 2)), (-2, -1)))


def reconstruct(data: Tensor, mask: Tensor, layer: Reconstruction, target: Tensor | None) -> Tensor:
    """Layer X, the paper's formula: real(F⁻¹((Y + Σ ρ conj(Ĥ) F(z − β)) / (mask + Σ ρ |Ĥ|²)))."""
    response = transfer(layer.filters(), (mask.shape[0], mask.shape[1]))
    weight = layer.penalty[:, None, None]
    above = data
    if target is not None:
        above = above + (weight * response.conj() * torch.fft.fft2(target)).sum(1, keepdim=True)
    below = mask + (weight * response.abs() ** 2).sum(0)
    return torch.fft.ifft2(above / torch.where(below == 0, 1e-6, below)).real


def piecewise_linear(x: Tensor, values: Tensor, reach: float = 1.0) -> Tensor:
    """S(x) by indexing with integers, slope 1 outside."""
    knots = values.shape[1]
    step = 2 * reach / (knots - 1)
    left = ((x + reach) / step).floor().long().clamp(0, knots - 2)
    channel = torch.arange(values.shape[0])[:, None, None].expand_as(left)
    low, high = values[channel, left], values[channel, left + 1]
    inside = low + (x + reach - step * left.to(x.dtype)) * (high - low) / step
    below, above = values[:, 0, None, None] + x + reach, values[:, -1, None, None] + x - reach
    return torch.where(x < -reach, below, torch.where(x > reach, above, inside))


class NaiveADMMNet(nn.Module):
    """The same parameters as an ``ADMMNet``, used in the obvious way. The measurement is the paper's, unnormalised."""

    def __init__(self, network: ADMMNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, data: Tensor, mask: Tensor) -> Tensor:
        """``data``: mask ∘ fft2(x), (B, 1, H, W)."""
        x = reconstruct(data, mask, self.network.start.reconstruction, None)
        multiplier: Tensor | float = 0.0
        for stage in self.network.stages:
            response = torch.fft.ifft2(transfer(stage.filters(), mask.shape) * torch.fft.fft2(x)).real  # C
            split = piecewise_linear(response + multiplier, stage.shrinkage.values, stage.shrinkage.reach)  # Z
            multiplier = multiplier + stage.rate[:, None, None] * (response - split)  # M
            x = reconstruct(data, mask, stage.reconstruction, split - multiplier)  # X
        return x
