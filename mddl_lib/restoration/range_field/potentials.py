"""Potentials of filter responses, and their derivatives: what a clique costs, and how it pushes."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from mddl_lib.core.shrinkage import PiecewiseLinear


class StudentT(nn.Module):
    r"""The potential of a Student-t expert, one a filter.

    .. math:: \varphi_l(t) = \sigma^2 a_l \log\Bigl(1 + \tfrac12 (b_l t/\sigma)^2\Bigr), \qquad
              \varphi_l'(t) = \frac{a_l b_l^2\, t}{1 + \frac12 (b_l t/\sigma)^2}

    - :math:`t`: a filter's response; :math:`\sigma`: the noise level that the energy is made for, a fixed unit;
    - :math:`a_l > 0`: strength, :math:`b_l > 0`: steepness, learned as logarithms.

    The steepest slope of :math:`\varphi_l'` is :math:`a_l b_l^2`, at t = 0.

    :raises ValueError: for no channel, or a unit that is not above zero.

    Source: Roth, Black, Fields of Experts, IJCV 2009.
    """

    def __init__(self, channels: int, sigma: float, strength: float = 0.2, steepness: float = 1.0) -> None:
        super().__init__()
        _check(channels, sigma)
        self.sigma = sigma
        self.log_strength = nn.Parameter(torch.full((channels,), math.log(strength)))
        self.log_steepness = nn.Parameter(torch.full((channels,), math.log(steepness)))

    def value(self, t: Tensor) -> Tensor:
        """φ of every response, (B, L, H, W)."""
        strength, square = self._constants(t)
        return strength * (1 + square / 2 * t.square()).log() * self.sigma**2

    def influence(self, t: Tensor) -> Tensor:
        """φ′ of every response."""
        strength, square = self._constants(t)
        return (strength * square * self.sigma**2) * t / (1 + square / 2 * t.square())

    def steepest(self) -> Tensor:
        """The largest size of φ″ of each, (L,)."""
        return (self.log_strength + 2 * self.log_steepness).exp()

    def _constants(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """a and (b/σ)², shaped for the channels."""
        strength, steepness = self.log_strength.exp(), self.log_steepness.exp() / self.sigma
        return strength.view(-1, 1, 1), steepness.square().view(-1, 1, 1)

    @torch.no_grad()
    def set_constants(self, strength: float, steepness: float) -> None:
        """One a and b for all filters."""
        self.log_strength.fill_(math.log(strength))
        self.log_steepness.fill_(math.log(steepness))


class RadialBasis(nn.Module):
    r"""A potential whose derivative is a learned sum of radial basis functions, one a filter.

    .. math:: \varphi_l'(t) = \sigma\, S_l(t/\sigma), \qquad S_l(u) = \sum_i q_{l,i}\, h\bigl((u - p_i)/\delta\bigr), \qquad
              \varphi_l(t) = \sigma^2 \int_0^{t/\sigma} S_l(u)\, \mathrm{d}u

    - :math:`h(u) = \max(1 - |u|, 0)`: hats, where trained nonlinear reaction diffusion has Gaussians. Their sum is
      piecewise linear: it takes two look-ups a response, and its integral is known exactly;
    - :math:`p_i`: knots at distance :math:`\delta` on [−reach, reach]; beyond, :math:`S_l` is constant;
    - :math:`q_{l,i}`: values at the knots, learned; :math:`\sigma`: the noise level, a fixed unit.

    As made, it is the Student-t potential at the knots. The learned one need not be even, nor fall and rise once.

    :raises ValueError: for no channel, or a unit that is not above zero.

    Source: Chen, Pock, PAMI 2017 (Gaussian radial basis functions).
    """

    def __init__(self, channels: int, sigma: float, knots: int = 41, reach: float = 6.0) -> None:
        super().__init__()
        _check(channels, sigma)
        self.sigma = sigma
        self.curve = PiecewiseLinear(channels, knots, reach)
        self.set_constants(0.2, 1.0)

    def value(self, t: Tensor) -> Tensor:
        """φ of every response, (B, L, H, W)."""
        curve, q = self.curve, self.curve.values
        u = t / self.sigma
        inside = u.clamp(-curve.reach, curve.reach)
        # the integral from the first knot, exact for straight lines; then from 0
        at_knots = torch.cat([torch.zeros_like(q[:, :1]), ((q[:, 1:] + q[:, :-1]) / 2 * curve.step).cumsum(1)], dim=1)
        integral = self._integral(inside, at_knots) - self._integral(torch.zeros_like(inside[:1, :, :1, :1]), at_knots)
        ends = torch.where(u > 0, q[:, -1].view(-1, 1, 1), q[:, 0].view(-1, 1, 1))
        return (integral + ends * (u - inside)) * self.sigma**2

    def influence(self, t: Tensor) -> Tensor:
        """φ′ of every response."""
        return self.curve((t / self.sigma).clamp(-self.curve.reach, self.curve.reach)) * self.sigma

    def steepest(self) -> Tensor:
        """The largest size of φ″ of each, (L,)."""
        return self.curve.values.diff(dim=1).abs().amax(1) / self.curve.step

    @torch.no_grad()
    def set_constants(self, strength: float, steepness: float) -> None:
        """The interpolant of one Student-t influence for all filters; strength 0 makes a potential of zero."""
        u = self.curve.positions()
        square = steepness**2
        self.curve.values.copy_((strength * square * u / (1 + square / 2 * u.square())).expand_as(self.curve.values))

    def _integral(self, u: Tensor, at_knots: Tensor) -> Tensor:
        """From the first knot to u, which lies between the knots."""
        curve, q = self.curve, self.curve.values
        place = ((u + curve.reach) / curve.step).floor().clamp(0, curve.knots - 2).to(torch.int64)
        rest = u + curve.reach - place.to(u.dtype) * curve.step
        channel = torch.arange(len(q), device=q.device).view(-1, 1, 1)
        slope = q.diff(dim=1) / curve.step
        return at_knots[channel, place] + q[channel, place] * rest + slope[channel, place] * rest.square() / 2


POTENTIALS = {"student_t": StudentT, "radial_basis": RadialBasis}
"""The potentials by the name in a network's config."""


def _check(channels: int, sigma: float) -> None:
    if channels < 1 or not 0 < sigma < float("inf"):
        raise ValueError(f"channels={channels}, sigma={sigma}: expected 1 or more, and a noise level above 0")
