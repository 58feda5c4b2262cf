r"""A mixture of Gaussians and expectation-maximisation, by hand.

.. math:: p(x) = \sum_k \pi_k\, \mathcal N(x;\ \mu_k, \Sigma_k)

Taught in :doc:`/models/statistical_models`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from mddl_lib.core import arguments


class Mixture(NamedTuple):
    """The parameters of a mixture of K Gaussians in d dimensions, doubles."""

    weights: Tensor
    """π, (K,), positive, their sum 1"""
    means: Tensor
    """μ, (K, d)"""
    covariances: Tensor
    """Σ, (K, d, d), positive definite"""


class EMStep(NamedTuple):
    """What one turn of EM gives."""

    mixture: Mixture
    """after the M step"""
    responsibilities: Tensor
    """γ, (N, K): of the E step, with the mixture before"""
    log_likelihood: float
    """the mean over the points of log p(x), of the mixture before"""


def log_densities(points: Tensor, mixture: Mixture) -> Tensor:
    r"""log π_k + log 𝒩(x_n; μ_k, Σ_k): (N, K).

    :param points: (N, d).
    :raises ValueError: for shapes that do not fit, NaN, or a covariance that is not positive definite.
    """
    _check(points, mixture)
    factors, failed = torch.linalg.cholesky_ex(mixture.covariances)
    if bool(failed.any()):
        raise ValueError(
            f"covariance {int(failed.nonzero()[0])} is not positive definite: a component fell onto few points"
        )
    found = []
    for weight, mean, factor in zip(mixture.weights, mixture.means, factors, strict=True):
        z = torch.linalg.solve_triangular(factor, (points - mean).T, upper=False)
        constant = factor.diagonal().log().sum() + 0.5 * points.shape[1] * math.log(2 * math.pi)
        found.append(weight.log() - constant - 0.5 * z.square().sum(0))
    return torch.stack(found, dim=1)


def e_step(points: Tensor, mixture: Mixture) -> tuple[Tensor, float]:
    r"""Responsibilities :math:`\gamma_{nk} = p(k \mid x_n)`, (N, K), and the mean log-likelihood.

    :raises ValueError: as :func:`log_densities` does.
    """
    joint = log_densities(points, mixture)
    evidence = joint.logsumexp(1, keepdim=True)
    return (joint - evidence).exp(), float(evidence.mean())


def m_step(points: Tensor, responsibilities: Tensor, floor: float = 1e-6) -> Mixture:
    r"""The mixture that makes :math:`\sum_{nk} \gamma_{nk} \log \pi_k \mathcal N(x_n; \mu_k, \Sigma_k)` largest.

    .. math:: N_k = \sum_n \gamma_{nk}, \quad \pi_k = \frac{N_k}{N}, \quad \mu_k = \frac1{N_k}\sum_n \gamma_{nk} x_n, \quad
              \Sigma_k = \frac1{N_k} \sum_n \gamma_{nk} (x_n - \mu_k)(x_n - \mu_k)^T + \epsilon I

    :param floor: ε, so that a component on one point does not become a spike; with it the likelihood may fall by as little.
    :raises ValueError: for shapes that do not fit, NaN, or a floor below 0.
    """
    arguments.tensors(points=points, responsibilities=responsibilities)
    arguments.not_negative(floor=floor)
    if points.ndim != 2 or responsibilities.ndim != 2 or len(points) != len(responsibilities) or not points.numel():
        raise ValueError(
            f"points have the shape {tuple(points.shape)}, responsibilities {tuple(responsibilities.shape)}: expected (N, d), (N, K)"
        )
    arguments.finite("the points", points)
    counts = responsibilities.sum(0).clamp_min(1e-10)
    means = responsibilities.T @ points / counts[:, None]
    covariances = []
    for k, mean in enumerate(means):
        apart = points - mean
        covariances.append((responsibilities[:, k, None] * apart).T @ apart / counts[k])
    eye = torch.eye(points.shape[1], dtype=points.dtype)
    return Mixture(counts / counts.sum(), means, torch.stack(covariances) + floor * eye)


def start(points: Tensor, count: int, seed: int = 0) -> Mixture:
    """A mixture to begin with: k-means++ seeds among the points, the points' covariance, equal weights.

    :param count: K, at most as many as points.
    :raises ValueError: for other counts, another shape, or NaN.

    Source: Arthur, Vassilvitskii 2007.
    """
    arguments.tensors(points=points)
    arguments.counts(1, count=count)
    arguments.counts(0, seed=seed)
    if points.ndim != 2 or len(points) < max(count, 2):
        raise ValueError(
            f"points have the shape {tuple(points.shape)}: expected (N, d), at least {max(count, 2)} of them"
        )
    arguments.finite("the points", points)
    generator = torch.Generator().manual_seed(seed)
    chosen = [int(torch.randint(len(points), (1,), generator=generator))]
    nearest = (points - points[chosen[0]]).square().sum(1)
    for _ in range(count - 1):
        total = float(nearest.sum())
        weights = nearest / total if total > 0 else torch.ones_like(nearest) / len(nearest)
        chosen.append(int(torch.multinomial(weights, 1, generator=generator)))
        nearest = torch.minimum(nearest, (points - points[chosen[-1]]).square().sum(1))
    covariance = torch.cov(points.T).reshape(points.shape[1], -1) + 1e-6 * torch.eye(
        points.shape[1], dtype=points.dtype
    )
    return Mixture(points.new_full((count,), 1 / count), points[chosen], covariance.repeat(count, 1, 1))


def expectation_maximisation(
    points: Tensor, mixture: Mixture, turns: int = 50, floor: float = 1e-6
) -> Iterator[EMStep]:
    """EM, turn by turn; the log-likelihood never falls (but for the floor).

    :param mixture: to begin with, such as :func:`start` gives.
    :raises ValueError: as the two steps do, or for a count that is none.

    Source: Dempster, Laird, Rubin 1977.
    """
    arguments.counts(0, turns=turns)
    for _ in range(turns):
        responsibilities, value = e_step(points, mixture)
        mixture = m_step(points, responsibilities, floor)
        yield EMStep(mixture, responsibilities, value)


def _check(points: Tensor, mixture: Mixture) -> None:
    arguments.tensors(points=points)
    if not isinstance(mixture, Mixture):
        raise TypeError(f"mixture is a {type(mixture).__name__}: expected a Mixture")
    if points.ndim != 2 or points.shape[1] != mixture.means.shape[1]:
        raise ValueError(f"points have the shape {tuple(points.shape)}: expected (N, {mixture.means.shape[1]})")
    arguments.finite("the points", points)
