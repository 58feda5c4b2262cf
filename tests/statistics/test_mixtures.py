"""EM and variational Bayes by hand: what must rise rises, scikit-learn finds the same, what is not needed dies."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
from torch import Tensor

from mddl_lib.statistics.gaussian_mixture import Mixture, e_step, expectation_maximisation, log_densities, m_step, start
from mddl_lib.statistics.variational_mixture import variational_bayes


def cloud(seed: int = 0, count: int = 300) -> Tensor:
    random = np.random.default_rng(seed)
    groups = [
        ([0, 0], [[1, 0.6], [0.6, 1]], 0.5),
        ([5, 1], [[0.3, 0], [0, 2]], 0.3),
        ([-3, 4], [[0.5, 0], [0, 0.5]], 0.2),
    ]
    parts = [random.multivariate_normal(mean, cov, int(share * count)) for mean, cov, share in groups]
    return torch.from_numpy(np.concatenate(parts))


def test_densities_are_scipys() -> None:
    points, mixture = cloud(), start(cloud(), 3)
    found = log_densities(points, mixture)
    for k in range(3):
        expected = multivariate_normal(mixture.means[k].numpy(), mixture.covariances[k].numpy()).logpdf(points.numpy())
        np.testing.assert_allclose(found[:, k].numpy(), expected + np.log(1 / 3), atol=1e-10)


@pytest.mark.parametrize("seed", range(5))
def test_the_likelihood_never_falls(seed: int) -> None:
    points = cloud(seed)
    values = [step.log_likelihood for step in expectation_maximisation(points, start(points, 4, seed), 60, 0.0)]
    assert all(b >= a - 1e-10 for a, b in itertools.pairwise(values))
    assert values[-1] > values[0] + 0.1


def test_the_m_step_is_the_maximum_it_says() -> None:
    points = cloud()
    gamma, _ = e_step(points, start(points, 3))
    best = m_step(points, gamma, 0.0)

    def expected(mixture: Mixture) -> float:
        return float((gamma * log_densities(points, mixture)).sum())

    generator = torch.Generator().manual_seed(0)
    for _ in range(20):
        moved = best.means + 0.05 * torch.randn(best.means.shape, dtype=best.means.dtype, generator=generator)
        assert expected(best._replace(means=moved)) < expected(best)
        weights = best.weights * (1 + 0.1 * torch.rand(3, dtype=best.weights.dtype, generator=generator))
        assert expected(best._replace(weights=weights / weights.sum())) < expected(best)
        assert expected(best._replace(covariances=best.covariances * 1.05)) < expected(best)


def test_scikit_learn_ends_in_the_same_place() -> None:
    points = cloud()
    first = start(points, 3, 1)
    *_, last = expectation_maximisation(points, first, 300, 0.0)
    theirs = GaussianMixture(
        3, tol=1e-10, max_iter=300, reg_covar=0, weights_init=first.weights.numpy(), means_init=first.means.numpy(),
        precisions_init=torch.linalg.inv(first.covariances).numpy(),
    ).fit(points.numpy())  # fmt: skip
    np.testing.assert_allclose(last.mixture.means.numpy(), theirs.means_, atol=1e-4)
    np.testing.assert_allclose(last.mixture.covariances.numpy(), theirs.covariances_, atol=1e-4)
    assert last.log_likelihood == pytest.approx(theirs.score(points.numpy()), abs=1e-8)


@pytest.mark.parametrize("seed", range(4))
def test_the_bound_never_falls(seed: int) -> None:
    points = cloud(seed)
    gamma, _ = e_step(points, start(points, 6, seed))
    bounds = [bound for _, _, bound in variational_bayes(points, gamma, 0.1, 120)]
    assert all(b >= a - 1e-8 for a, b in itertools.pairwise(bounds))
    assert bounds[-1] > bounds[0] + 1


def test_the_bound_is_below_the_evidence_of_a_model_that_is_known_exactly() -> None:
    """One component in one dimension: the evidence is a closed form, and the factors are exact, so the bound is it."""
    points = torch.randn(12, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) * 2 + 1
    *_, (beliefs, _, bound) = variational_bayes(points, torch.ones(12, 1, dtype=torch.float64), 0.5, 3)
    count, scale = 12, float(torch.cov(points.T))

    def log_b(inverse: float, nu: float) -> float:
        return 0.5 * nu * np.log(inverse) - 0.5 * nu * np.log(2) - float(torch.lgamma(torch.tensor(nu / 2)))

    after = float(beliefs.scales[0])
    exact = (
        -0.5 * count * np.log(2 * np.pi) + 0.5 * np.log(1 / (1 + count)) + log_b(scale, 1.0) - log_b(after, 1.0 + count)
    )
    assert bound == pytest.approx(exact, abs=1e-4)


def test_what_is_not_needed_dies_and_scikit_learn_agrees() -> None:
    points = cloud(0, 600)
    gamma, _ = e_step(points, start(points, 8, 2))
    *_, (beliefs, _, _) = variational_bayes(points, gamma, 1e-3, 600)
    kept = beliefs.weights > 0.01
    assert int(kept.sum()) == 3
    order = beliefs.weights[kept].argsort()
    np.testing.assert_allclose(beliefs.weights[kept][order].numpy(), [0.2, 0.3, 0.5], atol=0.03)
    theirs = BayesianGaussianMixture(
        n_components=8, weight_concentration_prior_type="dirichlet_distribution", weight_concentration_prior=1e-3,
        mean_precision_prior=1,
        max_iter=2000, tol=1e-8, random_state=0, n_init=3, reg_covar=0,
    ).fit(points.numpy())  # fmt: skip
    mine = beliefs.means[kept][order].numpy()
    large = theirs.weights_ > 0.01
    assert large.sum() == 3
    np.testing.assert_allclose(mine, theirs.means_[large][theirs.weights_[large].argsort()], atol=0.05)


def test_bad_input_is_named() -> None:
    points = cloud()
    with pytest.raises(ValueError, match=r"points have the shape \(300, 3\)"):
        log_densities(torch.zeros(300, 3), start(points, 2))
    with pytest.raises(ValueError, match="the points holds NaN"):
        start(torch.full((9, 2), float("nan")), 2)
    with pytest.raises(ValueError, match="at least 400"):
        start(points, 400)
    with pytest.raises(ValueError, match="covariance 0 is not positive definite"):
        log_densities(points, start(points, 2)._replace(covariances=torch.zeros(2, 2, 2, dtype=torch.float64)))
    with pytest.raises(TypeError, match="mixture is a int"):
        e_step(points, 3)
    with pytest.raises(ValueError, match="concentration is 0"):
        next(variational_bayes(points, torch.ones(300, 1, dtype=torch.float64), 0))
