r"""A linear variational autoencoder is probabilistic PCA: its evidence, its bound, and the gap between them, all in closed form.

.. math:: p(z) = \mathcal N(0, I), \qquad p(x \mid z) = \mathcal N(W z + \mu, s^2 I), \qquad q(z \mid x) = \mathcal N(V (x - \mu), S)

Taught in :doc:`/models/statistical_models`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from mddl_lib.core import arguments


class LinearModel(NamedTuple):
    """The decoder: what probabilistic PCA fits."""

    loadings: Tensor
    """W, (d, r)"""
    mean: Tensor
    """μ, (d,)"""
    variance: float
    """s²"""


class LinearEncoder(NamedTuple):
    """q(z | x)."""

    matrix: Tensor
    """V, (r, d)"""
    covariance: Tensor
    """S, (r, r)"""


def fitted(points: Tensor, size: int) -> LinearModel:
    r"""The most likely model, in closed form: :math:`W = U (\Lambda - s^2 I)^{1/2}`, s² the mean of the eigenvalues left out.

    :param points: (N, d).
    :param size: r, below d.
    :raises ValueError: for another shape or count, or NaN.

    Source: Tipping, Bishop 1999.
    """
    arguments.tensors(points=points)
    arguments.counts(1, size=size)
    if points.ndim != 2 or len(points) < 2 or size >= points.shape[1]:
        raise ValueError(
            f"points have the shape {tuple(points.shape)}, size is {size}: expected (N, d) with d above size"
        )
    arguments.finite("the points", points)
    values, vectors = torch.linalg.eigh(torch.cov(points.T, correction=0))
    values, vectors = values.flip(0), vectors.flip(1)
    variance = float(values[size:].mean())
    loadings = vectors[:, :size] * (values[:size] - variance).clamp_min(0).sqrt()
    return LinearModel(loadings, points.mean(0), variance)


def evidence(points: Tensor, model: LinearModel) -> Tensor:
    """log p(x) of each point, (N,): a Gaussian with covariance W Wᵀ + s² I."""
    d = len(model.mean)
    covariance = model.loadings @ model.loadings.T + model.variance * torch.eye(d, dtype=points.dtype)
    return torch.distributions.MultivariateNormal(model.mean, covariance).log_prob(points)


def posterior(model: LinearModel) -> LinearEncoder:
    r"""The exact encoder: :math:`M = W^T W + s^2 I`, :math:`V = M^{-1} W^T`, :math:`S = s^2 M^{-1}`."""
    size = model.loadings.shape[1]
    inverse = torch.linalg.inv(
        model.loadings.T @ model.loadings + model.variance * torch.eye(size, dtype=model.loadings.dtype)
    )
    return LinearEncoder(inverse @ model.loadings.T, model.variance * inverse)


def bound_by_divergence(points: Tensor, model: LinearModel, encoder: LinearEncoder) -> Tensor:
    r"""The ELBO of each point as the talk writes it, :math:`\mathbb E_q \log p(x \mid z) - \mathrm{KL}(q \| p(z))`: (N,)."""
    code, d, r = (points - model.mean) @ encoder.matrix.T, len(model.mean), model.loadings.shape[1]
    misfit = (points - model.mean - code @ model.loadings.T).square().sum(1)
    spread = torch.trace(model.loadings @ encoder.covariance @ model.loadings.T)
    fit = -0.5 * (d * math.log(2 * math.pi * model.variance) + (misfit + spread) / model.variance)
    divergence = 0.5 * (torch.trace(encoder.covariance) + code.square().sum(1) - r - torch.logdet(encoder.covariance))
    return fit - divergence


def bound_by_entropy(points: Tensor, model: LinearModel, encoder: LinearEncoder) -> Tensor:
    r"""The same as energy and entropy, :math:`\mathbb E_q \log p(x, z) + H(q)`: (N,)."""
    code, d, r = (points - model.mean) @ encoder.matrix.T, len(model.mean), model.loadings.shape[1]
    misfit = (points - model.mean - code @ model.loadings.T).square().sum(1)
    spread = torch.trace(model.loadings.T @ model.loadings @ encoder.covariance)
    joint = -0.5 * (d * math.log(2 * math.pi * model.variance) + (misfit + spread) / model.variance)
    joint = joint - 0.5 * (r * math.log(2 * math.pi) + code.square().sum(1) + torch.trace(encoder.covariance))
    return joint + 0.5 * (r * math.log(2 * math.pi * math.e) + torch.logdet(encoder.covariance))


def gap(points: Tensor, model: LinearModel, encoder: LinearEncoder) -> Tensor:
    r"""KL(q(z | x) ‖ p(z | x)) of each point in closed form, (N,): what the bound misses of the evidence."""
    exact = posterior(model)
    r = exact.covariance.shape[0]
    precision = torch.linalg.inv(exact.covariance)
    apart = (points - model.mean) @ (encoder.matrix - exact.matrix).T
    logs = torch.logdet(exact.covariance) - torch.logdet(encoder.covariance)
    return 0.5 * (torch.trace(precision @ encoder.covariance) - r + logs + (apart @ precision * apart).sum(1))
