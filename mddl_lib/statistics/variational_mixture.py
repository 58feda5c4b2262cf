r"""A mixture of Gaussians by variational Bayes: weights, means and covariances are uncertain, and what is not needed dies out.

Taught in :doc:`/models/statistical_models`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from mddl_lib.core import arguments


class Beliefs(NamedTuple):
    r"""The factors of :math:`q(\pi, \mu, \Lambda) = \mathrm{Dir}(\pi; \alpha) \prod_k \mathcal N(\mu_k; m_k, (\beta_k \Lambda_k)^{-1})
    \mathcal W(\Lambda_k; W_k, \nu_k)`."""

    alpha: Tensor
    """(K,): how many points each has, the prior's included"""
    beta: Tensor
    """(K,)"""
    means: Tensor
    """m, (K, d)"""
    scales: Tensor
    """W⁻¹, (K, d, d)"""
    freedom: Tensor
    """ν, (K,)"""

    @property
    def weights(self) -> Tensor:
        """The mean weights, (K,)."""
        return self.alpha / self.alpha.sum()

    @property
    def covariances(self) -> Tensor:
        """The inverse of the mean precision, (K, d, d)."""
        return self.scales / self.freedom[:, None, None]


def variational_bayes(
    points: Tensor, responsibilities: Tensor, concentration: float = 1e-2, turns: int = 200
) -> Iterator[tuple[Beliefs, Tensor, float]]:
    r"""Coordinate ascent on the evidence lower bound, turn by turn: beliefs, responsibilities, and the bound.

    The bound, summed over the points, never falls. A small ``concentration`` prefers few components: the weight of one that
    explains little goes to zero by itself.

    The prior: :math:`\alpha_0` = concentration, :math:`\beta_0 = 1`, :math:`m_0` the points' mean, :math:`\nu_0 = d`,
    :math:`W_0^{-1}` the points' covariance.

    :param points: (N, d), doubles.
    :param responsibilities: to begin with, (N, K), rows that sum to 1.
    :raises ValueError: for shapes that do not fit, NaN, or numbers that are not positive.

    Source: Bishop, Pattern Recognition and Machine Learning, section 10.2, equations 10.46 to 10.77.
    """
    arguments.tensors(points=points, responsibilities=responsibilities)
    arguments.positive(concentration=concentration)
    arguments.counts(1, turns=turns)
    if points.ndim != 2 or responsibilities.ndim != 2 or len(points) != len(responsibilities) or len(points) < 2:
        raise ValueError(
            f"points have the shape {tuple(points.shape)}, responsibilities {tuple(responsibilities.shape)}: expected (N, d), (N, K)"
        )
    arguments.finite("the points", points)
    prior_mean, d = points.mean(0), points.shape[1]
    prior_scale = torch.cov(points.T).reshape(d, d)
    for _ in range(turns):
        beliefs = _update(points, responsibilities, concentration, prior_mean, prior_scale)
        joint = _expected_log(points, beliefs)
        evidence = joint.logsumexp(1, keepdim=True)
        responsibilities = (joint - evidence).exp()
        bound = float(evidence.sum()) - _divergence(beliefs, concentration, prior_mean, prior_scale)
        yield beliefs, responsibilities, bound


def _update(points: Tensor, gamma: Tensor, concentration: float, mean: Tensor, scale: Tensor) -> Beliefs:
    """Equations 10.51 to 10.63."""
    counts = gamma.sum(0)
    safe = counts.clamp_min(1e-10)
    centres = gamma.T @ points / safe[:, None]
    scales = []
    for k, centre in enumerate(centres):
        apart, shift = points - centre, (centre - mean)[:, None]
        spread = (gamma[:, k, None] * apart).T @ apart
        scales.append(scale + spread + counts[k] / (1 + counts[k]) * shift @ shift.T)
    beta = 1 + counts
    means = (mean + counts[:, None] * centres) / beta[:, None]
    return Beliefs(concentration + counts, beta, means, torch.stack(scales), points.shape[1] + counts)


def _log_precision(beliefs: Beliefs) -> Tensor:
    """E log |Λ_k|, equation 10.65."""
    d = beliefs.means.shape[1]
    steps = torch.arange(d, dtype=beliefs.means.dtype)
    digammas = torch.digamma((beliefs.freedom[:, None] - steps) / 2).sum(1)
    return digammas + d * math.log(2) - torch.logdet(beliefs.scales)


def _expected_log(points: Tensor, beliefs: Beliefs) -> Tensor:
    """E log π_k + E log 𝒩(x_n; μ_k, Λ_k⁻¹), equations 10.46 and 10.64: (N, K)."""
    d = points.shape[1]
    weights = torch.digamma(beliefs.alpha) - torch.digamma(beliefs.alpha.sum())
    found = []
    for k in range(len(weights)):
        apart = points - beliefs.means[k]
        square = beliefs.freedom[k] * (apart @ torch.linalg.inv(beliefs.scales[k]) * apart).sum(1) + d / beliefs.beta[k]
        found.append(weights[k] + 0.5 * (_log_precision(beliefs)[k] - d * math.log(2 * math.pi) - square))
    return torch.stack(found, dim=1)


def _divergence(beliefs: Beliefs, concentration: float, mean: Tensor, scale: Tensor) -> float:
    """KL(q(π, μ, Λ) ‖ p(π, μ, Λ)), so that the bound is Σ_n log Σ_k exp E[…] less it, once γ is the best."""
    count, d = beliefs.means.shape
    prior_alpha = torch.full_like(beliefs.alpha, concentration)
    dirichlet = torch.distributions.Dirichlet
    total = torch.distributions.kl_divergence(dirichlet(beliefs.alpha), dirichlet(prior_alpha))
    log_precision = _log_precision(beliefs)
    for k in range(count):
        inverse = torch.linalg.inv(beliefs.scales[k])
        shift = beliefs.means[k] - mean
        # means given Λ: the prior's β is 1
        total = total + 0.5 * (
            d / beliefs.beta[k] - d + d * torch.log(beliefs.beta[k]) + beliefs.freedom[k] * shift @ inverse @ shift
        )
        # Wisharts: E_q[log q − log p]
        nu, nu_0 = beliefs.freedom[k], torch.tensor(float(d), dtype=mean.dtype)
        total = total + _log_normaliser(beliefs.scales[k], nu, d) - _log_normaliser(scale, nu_0, d)
        total = total + 0.5 * (nu - nu_0) * log_precision[k] + 0.5 * nu * (torch.trace(scale @ inverse) - d)
    return float(total)


def _log_normaliser(scale: Tensor, nu: Tensor, d: int) -> Tensor:
    """log B(W, ν), equation B.79, of W⁻¹."""
    steps = torch.arange(d, dtype=scale.dtype)
    gammas = torch.lgamma((nu - steps) / 2).sum()
    return 0.5 * nu * torch.logdet(scale) - (0.5 * nu * d * math.log(2) + d * (d - 1) / 4 * math.log(math.pi) + gammas)
