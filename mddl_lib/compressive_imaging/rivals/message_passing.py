"""D-AMP: approximate message passing with any denoiser, which sees white noise where the theory holds."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from mddl_lib.core import arguments
from mddl_lib.core.normal_equations import zero_filled

Denoise = Callable[[Tensor, float], Tensor]
"""from an image (1, 1, H, W) and the standard deviation of its noise to the image without"""


class MessagePassing:
    r"""Denoise the image that the residual proposes, and correct the residual for what the denoiser made of itself.

    .. math::
        v &= x + \bar A^H z, \qquad \hat\sigma = \|z\| / \sqrt{m'} \\
        x &\leftarrow D(v; \hat\sigma) \\
        z &\leftarrow \bar y - \bar A x + \tfrac{1}{m'}\, z\, \operatorname{div} D(v; \hat\sigma)

    - :math:`\bar A = \sqrt{n/m}\, A`, :math:`\bar y = \sqrt{n/m}\, y`: columns of unit length on average, where A has orthonormal rows;
    - :math:`m, n`: coefficients and pixels; :math:`m'`: the numbers that they tell, m, but 2 m where a coefficient is complex and the
      image real, as in coded diffraction: two equations a coefficient;
    - :math:`D`: a denoiser; :math:`\hat\sigma`: the noise that it is told;
    - :math:`\operatorname{div} D`: the sum of :math:`\partial D_i / \partial v_i`, estimated along one random direction of
      length ε. The last term is **Onsager's**. For an i.i.d. Gaussian A it makes :math:`v - x_{true}` white Gaussian noise
      of deviation :math:`\hat\sigma`, which is why a denoiser may be used. For structured operators nobody promises that: with
      orthonormal rows the first v has less noise already, by :math:`\sqrt{1 - m/n}`.

    :param denoise: D; with BM3D it is BM3D-AMP, with a trained network LDAMP (where one network serves a range of levels).
    :param turns: 10 in LDAMP, 30 in D-AMP.
    :param onsager: False leaves the term out: plain iterative denoising.
    :param damping: share of the new x and z; 1: all of it.
    :raises TypeError: for a denoiser that cannot be called.

    Source: Metzler, Maleki, Baraniuk, "From denoising to compressed sensing", 2016; LDAMP: Metzler, Mousavi, Baraniuk 2017.
    """

    def __init__(
        self, denoise: Denoise, turns: int = 10, onsager: bool = True, damping: float = 1.0, seed: int = 0
    ) -> None:
        arguments.callables(denoise=denoise)
        arguments.counts(1, turns=turns)
        arguments.counts(0, seed=seed)
        arguments.positive(damping=damping)
        if damping > 1:
            raise ValueError(f"damping is {damping}: expected a share, above 0 and at most 1")
        self.denoise, self.turns, self.onsager, self.damping, self.seed = denoise, turns, onsager, damping, seed

    def __call__(self, y: Tensor, physics: Any) -> Tensor:
        """The reconstruction, (B, 1, H, W)."""
        return self.states(y, physics)[-1][0]

    @torch.no_grad()
    def states(self, y: Tensor, physics: Any) -> list[tuple[Tensor, Tensor, float]]:
        """(x, v, σ̂) after each turn: what was denoised beside what came of it, and the noise that the denoiser was told."""
        x = torch.zeros_like(zero_filled(y, physics))
        generator = torch.Generator().manual_seed(self.seed)
        pixels, measured = x[0].numel(), _count(y[:1], physics)
        gain = math.sqrt(pixels / measured)
        numbers = measured * getattr(physics, "numbers_a_coefficient", 1) * len(y)
        z, found = gain * y, []
        for _ in range(self.turns):
            v = x + gain * physics.A_adjoint(z)
            sigma = float(torch.linalg.vector_norm(z)) / math.sqrt(numbers)
            clean = self.denoise(v, sigma)
            residual = gain * (y - physics.A(clean))
            if self.onsager:
                residual = residual + z * (self._divergence(v, clean, sigma, generator) / numbers)
            x = (1 - self.damping) * x + self.damping * clean
            z = (1 - self.damping) * z + self.damping * residual
            found.append((x, v, sigma))
        return found

    def _divergence(self, v: Tensor, clean: Tensor, sigma: float, generator: torch.Generator) -> float:
        """⟨b, D(v + εb) − D(v)⟩ / ε for a random b."""
        epsilon = max(float(v.abs().max()) / 1000, 1e-7)
        b = torch.randn(v.shape, generator=generator).to(v)
        return float((b * (self.denoise(v + epsilon * b, sigma) - clean)).sum()) / epsilon


def _count(y: Tensor, physics: Any) -> float:
    """Coefficients that were measured of one image: a share of its pixels where the physics says one, else those of y."""
    if hasattr(physics, "ratio") and hasattr(physics, "shape"):
        return physics.ratio * math.prod(physics.shape)
    return y.numel()
