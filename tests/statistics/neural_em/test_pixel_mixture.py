"""A mixture of pixels: likelihoods as torch and scikit-learn have them, and what EM promises."""

from __future__ import annotations

import itertools

import pytest
import torch
from sklearn.mixture import GaussianMixture
from torch import Tensor

from mddl_lib.statistics.neural_em.m_steps import ClosedForm, GradientStep
from mddl_lib.statistics.neural_em.network import NeuralEM
from mddl_lib.statistics.neural_em.pixel_mixture import (
    PixelLikelihood,
    e_step,
    expected_log_likelihood,
    first_responsibilities,
    log_likelihood,
)

GREY = PixelLikelihood("gaussian", 0.1)


def picture(seed: int = 0, pixels: int = 60) -> Tensor:
    """Pixels of three grey levels."""
    generator = torch.Generator().manual_seed(seed)
    level = torch.tensor([0.1, 0.5, 0.9])[torch.randint(3, (1, pixels), generator=generator)]
    return (level + 0.05 * torch.randn(1, pixels, generator=generator)).double()


def test_likelihoods_are_torchs() -> None:
    x, a = torch.tensor([[0.0, 1.0, 1.0]]), torch.tensor([[0.3, -2.0, 1.0]])
    bernoulli = torch.distributions.Bernoulli(logits=a).log_prob(x)
    torch.testing.assert_close(PixelLikelihood().log_probability(x, a), bernoulli)
    torch.testing.assert_close(GREY.log_probability(x, a), torch.distributions.Normal(a, 0.1).log_prob(x))


@pytest.mark.parametrize("likelihood", [PixelLikelihood(), GREY], ids=["bernoulli", "gaussian"])
def test_the_slope_is_the_derivative(likelihood: PixelLikelihood) -> None:
    x = torch.tensor([[0.0, 1.0, 1.0]], dtype=torch.float64)
    a = torch.tensor([[0.3, -2.0, 1.0]], dtype=torch.float64, requires_grad=True)
    likelihood.log_probability(x, a).sum().backward()
    torch.testing.assert_close(likelihood.slope(x, a.detach()), a.grad)


def test_the_e_step_is_bayes_rule() -> None:
    x, a = picture(), torch.tensor([0.1, 0.5, 0.9]).double().view(1, 3, 1).expand(1, 3, 60)
    gamma = e_step(x, a, GREY)
    joint = GREY.log_probability(x[:, None], a).exp() / 3
    torch.testing.assert_close(gamma, joint / joint.sum(1, keepdim=True))
    torch.testing.assert_close(log_likelihood(x, a, GREY), joint.sum(1).log().sum(1))


def test_q_touches_the_likelihood_from_below() -> None:
    """log p(x | θ') − log p(x | θ) ≥ Q(θ') − Q(θ): what makes EM rise; equal where θ' = θ."""
    x = picture()
    here, there = (
        torch.tensor(levels).double().view(1, 3, 1).expand(1, 3, 60) for levels in ([0.2, 0.4, 0.8], [0.1, 0.6, 0.9])
    )
    gamma = e_step(x, here, GREY)
    gain = log_likelihood(x, there, GREY) - log_likelihood(x, here, GREY)
    surrogate = expected_log_likelihood(x, there, gamma, GREY) - expected_log_likelihood(x, here, gamma, GREY)
    assert float(gain) >= float(surrogate)


@pytest.mark.parametrize("columns", [1, 4])
def test_em_by_the_closed_form_never_falls(columns: int) -> None:
    x = picture(3)
    grid = torch.linspace(0, 1, 60, dtype=torch.float64)
    basis = torch.stack([torch.cos(torch.pi * grid * k) for k in range(columns)], 1)
    network = NeuralEM(ClosedForm(basis, 0.0), 25, GREY)
    _, *states = network.iterates(x, first_responsibilities(1, 3, 60, 1).double())
    values = [float(log_likelihood(x, state.natural, GREY)) for state in states]
    assert all(b >= a - 1e-9 for a, b in itertools.pairwise(values))
    assert values[-1] > values[0] + 1


def test_with_one_grey_level_a_component_it_is_scikit_learns_mixture() -> None:
    """One column of ones, a fixed spread, equal weights: scikit-learn's mixture after one turn from the same labels."""
    x = picture(5)
    gamma = first_responsibilities(1, 3, 60, 2).double()
    network = NeuralEM(ClosedForm(torch.ones(60, 1).double(), 0.0), 1, GREY)
    *_, state = network.iterates(x, gamma)
    peer = GaussianMixture(3, covariance_type="spherical")
    peer._initialize(x.T.numpy(), gamma[0].T.numpy())
    torch.testing.assert_close(state.theta[0, :, 0], torch.from_numpy(peer.means_[:, 0]))
    peer.covariances_, peer.weights_ = torch.full((3,), 0.01).numpy(), torch.full((3,), 1 / 3).numpy()
    peer.precisions_cholesky_ = torch.full((3,), 10.0).numpy()
    expected = torch.from_numpy(peer.predict_proba(x.T.numpy()))
    torch.testing.assert_close(state.estimate[0].T, expected, atol=1e-6, rtol=1e-5)


def test_the_closed_form_is_the_highest_point_of_q() -> None:
    x, gamma = picture(7), first_responsibilities(1, 2, 60, 3).double()
    grid = torch.linspace(0, 1, 60, dtype=torch.float64)
    basis = torch.stack([torch.ones_like(grid), grid], 1)
    step = ClosedForm(basis, 0.0)
    theta = step(step.start(1, 2), x, step.draw(step.start(1, 2)), gamma).requires_grad_()
    expected_log_likelihood(x, step.draw(theta), gamma, GREY).sum().backward()
    assert float(theta.grad.abs().max()) < 1e-9


def test_the_gradient_of_n_em_is_autograds() -> None:
    torch.manual_seed(0)
    step = GradientStep(12, 5).double()
    x, gamma = (torch.rand(2, 12) > 0.5).double(), first_responsibilities(2, 3, 12, 0).double()
    theta = torch.randn(2, 3, 5, dtype=torch.float64, requires_grad=True)
    natural = step.draw(theta)
    expected_log_likelihood(x, natural, gamma, step.likelihood).sum().backward()
    torch.testing.assert_close(step.gradient(theta.detach(), x, natural.detach(), gamma), theta.grad)


def test_small_gradient_steps_never_let_the_likelihood_fall() -> None:
    torch.manual_seed(1)
    step = GradientStep(40, 6).double()
    with torch.no_grad():
        step.log_step.fill_(-4.0)
    x = (torch.rand(1, 40) > 0.5).double()
    network = NeuralEM(step, 60)
    states = list(network.iterates(x, first_responsibilities(1, 2, 40, 0).double()))[1:]
    values = [float(log_likelihood(x, state.natural.detach(), step.likelihood)) for state in states]
    assert all(b >= a - 1e-9 for a, b in itertools.pairwise(values))
