"""Small CS-MRI problems in double precision."""

from __future__ import annotations

import torch
from torch import Tensor

from mddl_lib.core.masks import pseudo_radial
from mddl_lib.core.physics import MaskedFourier
from mddl_lib.mri.admm_net import ADMMNet


def image(size: int = 32, batch: int = 1, seed: int = 0) -> Tensor:
    """Boxes and a ramp in [0, 1] with a little noise, (batch, 1, size, size), doubles."""
    generator = torch.Generator().manual_seed(seed)
    x = 0.05 * torch.rand(batch, 1, size, size, dtype=torch.float64, generator=generator)
    for b in range(batch):
        for _ in range(4):
            top, left = torch.randint(0, size // 2, (2,), generator=generator).tolist()
            height, width = torch.randint(size // 8, size // 2, (2,), generator=generator).tolist()
            x[b, 0, top : top + height, left : left + width] += 0.2
        x[b, 0] += 0.1 * torch.linspace(0, 1, size, dtype=torch.float64)
    return x


def problem(size: int = 32, ratio: float = 0.3, batch: int = 1) -> tuple[MaskedFourier, Tensor, Tensor]:
    """Physics with a pseudo-radial mask, truth, and measurement."""
    physics, truth = MaskedFourier(pseudo_radial((size, size), ratio)), image(size, batch)
    return physics, truth, physics.A(truth)


def scattered(stages: int, seed: int = 0, spread: float = 0.2) -> ADMMNet:
    """A network in doubles, every parameter moved at random: nothing is symmetric, H ≠ D, no two stages alike."""
    network, generator = ADMMNet(stages).double(), torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
            size = 0.05 if "values" in name else spread
            parameter.mul_(1 + size * noise.clamp(-2, 2)) if "penalty" in name else parameter.add_(size * noise)
    return network
