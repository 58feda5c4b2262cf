"""Small images, and networks whose constants are all free, for the tests of this field."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mddl_lib.restoration.range_field.descent import LearnedDescent


def draw(*shape: int, seed: int = 0) -> Tensor:
    """Gaussian numbers, in doubles."""
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def picture(height: int = 14, width: int = 12, batch: int = 1, seed: int = 0) -> Tensor:
    """Boxes on a slope with a little texture, (batch, 1, height, width) in doubles."""
    x = 0.3 + 0.02 * draw(batch, 1, height, width, seed=seed)
    x = x + torch.linspace(0, 0.3, width, dtype=torch.float64)
    x[..., height // 4 : height // 2, width // 3 :] += 0.4
    return x


def stacks(batch: int, count: int, pixels: int, seed: int = 0) -> Tensor:
    """Any matches, the pixel itself first."""
    generator = torch.Generator().manual_seed(seed)
    matches = torch.randint(0, pixels, (batch, count, pixels), generator=generator)
    matches[:, 0] = torch.arange(pixels)
    return matches


def scattered(network: nn.Module, seed: int = 0, size: float = 0.1) -> nn.Module:
    """Every constant moved at random, in doubles."""
    network = network.double()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += size * torch.randn(parameter.shape, dtype=torch.float64, generator=generator)
    return network


KINDS = {
    "student_t": {"potential": "student_t"},
    "radial_basis": {},
    "separable": {"separable": True},
    "non_local": {"matches": 3, "across": 6, "match_after": 1},
}


def network(kind: str, turns: int = 3, **options: object) -> LearnedDescent:
    """A small network of each kind."""
    return LearnedDescent(turns, **{"sigma": 25, "channels": 7, "size": 3, **KINDS[kind], **options})
