"""The bound and its gradient: by torch's distributions, by finite differences, and against the evidence where it is known."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.distributions import Bernoulli, Independent, Normal, kl_divergence

from mddl_lib.statistics.iterative.latent_model import Belief, Bound, LatentModel, importance_weighted


def model(pixels: int = 12, size: int = 3, hidden: int = 7) -> LatentModel:
    torch.manual_seed(0)
    return LatentModel(pixels, size, hidden).double()


def belief(seed: int = 1, count: int = 4, size: int = 3) -> Belief:
    generator = torch.Generator().manual_seed(seed)
    return Belief(*(0.5 * torch.randn(2, count, size, generator=generator, dtype=torch.float64)))


def pictures(count: int = 4, pixels: int = 12) -> Tensor:
    return (torch.rand(count, pixels, generator=torch.Generator().manual_seed(2)) > 0.5).double()


def noise(draws: int = 5, count: int = 4, size: int = 3) -> Tensor:
    return torch.randn(draws, count, size, generator=torch.Generator().manual_seed(3), dtype=torch.float64)


def test_the_bound_is_torchs_terms() -> None:
    net, q, x, eps = model(), belief(), pictures(), noise()
    found = Bound(net, eps).value(x, q)
    normal = Independent(Normal(q.mean, (q.log_variance / 2).exp()), 1)
    fit = Independent(Bernoulli(logits=net(q.sample(eps))), 1).log_prob(x.expand(5, -1, -1)).mean(0)
    prior = Independent(Normal(torch.zeros_like(q.mean), 1.0), 1)
    torch.testing.assert_close(found, fit - kl_divergence(normal, prior))


def test_its_gradient_is_that_of_differences() -> None:
    bound, q, x = Bound(model(), noise()), belief(), pictures()
    gradient, together, step = bound.gradient(x, q), q.together(), 1e-6
    for column in range(together.shape[1]):
        shift = torch.zeros_like(together)
        shift[:, column] = step
        up, down = (bound.value(x, Belief(*(together + sign * shift).chunk(2, 1))) for sign in (1, -1))
        torch.testing.assert_close(gradient[:, column], (up - down).detach() / (2 * step), atol=1e-6, rtol=1e-5)


def test_the_weighted_bound_of_one_draw_is_the_bound_and_grows_towards_the_evidence() -> None:
    """One latent number, so that the evidence is an integral."""
    net, x = model(size=1), pictures()
    grid = torch.linspace(-8, 8, 4001, dtype=torch.float64)
    log_joint = net.log_probability(x[None], grid[:, None, None].expand(-1, 4, 1)) - 0.5 * grid[:, None] ** 2
    evidence = log_joint.logsumexp(0) + math.log(16 / 4000) - 0.5 * math.log(2 * math.pi)
    q = belief(size=1)
    means = [
        float(torch.stack([importance_weighted(net, x, q, draws, seed) for seed in range(seeds)]).mean().detach())
        for draws, seeds in ((1, 800), (20, 100), (4000, 1))
    ]
    assert means[0] < means[1] < float(evidence.mean().detach()) + 0.02
    assert means[2] == pytest.approx(float(evidence.mean().detach()), abs=0.03)
    bound = Bound(net, noise(20000, 4, 1)).value(x, q).mean().detach()
    assert means[0] == pytest.approx(float(bound), abs=0.05)


def test_what_is_refused() -> None:
    net = model()
    with pytest.raises(ValueError, match=r"expected \(N, 12\)"):
        Bound(net, noise()).value(torch.zeros(4, 11).double(), belief())
    with pytest.raises(ValueError, match="noise for 4"):
        Bound(net, noise()).value(pictures(3), belief())
    with pytest.raises(ValueError, match="draws, pictures, 3"):
        Bound(net, torch.zeros(4, 3))
    with pytest.raises(ValueError, match="NaN"):
        Bound(net, noise()).value(torch.full((4, 12), torch.nan).double(), belief())
