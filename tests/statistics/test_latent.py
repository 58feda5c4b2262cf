"""The linear autoencoder's closed forms against each other, scikit-learn and samples; the deep one's bound; patches."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from mddl_lib.statistics import patch_file
from mddl_lib.statistics.autoencoder import VariationalAutoencoder, train
from mddl_lib.statistics.gaussian_mixture import Mixture
from mddl_lib.statistics.latent import (
    LinearEncoder,
    bound_by_divergence,
    bound_by_entropy,
    evidence,
    fitted,
    gap,
    posterior,
)
from mddl_lib.statistics.patch_prior import denoise, learn, patch_vectors
from tests.laws.pieces import draw

POINTS = draw(200, 5) @ torch.diag(torch.tensor([3.0, 2.0, 1.0, 0.5, 0.4], dtype=torch.float64)) + 1
MODEL = fitted(POINTS, 2)
OTHER = LinearEncoder(posterior(MODEL).matrix + 0.1 * draw(2, 5), 0.3 * torch.eye(2, dtype=torch.float64))


def test_the_evidence_is_scikit_learns() -> None:
    assert float(evidence(POINTS, MODEL).mean()) == pytest.approx(
        PCA(2).fit(POINTS.numpy()).score(POINTS.numpy()), abs=5e-2
    )
    spoilt = MODEL._replace(loadings=1.1 * MODEL.loadings)
    assert evidence(POINTS, MODEL).sum() > evidence(POINTS, spoilt).sum()


@pytest.mark.parametrize("encoder", [posterior(MODEL), OTHER], ids=["exact", "another"])
def test_the_bound_is_one_number_two_ways_and_the_gap_is_exact(encoder: LinearEncoder) -> None:
    one, two = bound_by_divergence(POINTS, MODEL, encoder), bound_by_entropy(POINTS, MODEL, encoder)
    torch.testing.assert_close(one, two)
    torch.testing.assert_close(evidence(POINTS, MODEL) - one, gap(POINTS, MODEL, encoder))
    if encoder is OTHER:
        assert float(gap(POINTS, MODEL, encoder).min()) > 0
    else:
        assert float(gap(POINTS, MODEL, encoder).abs().max()) < 1e-10


def test_the_deep_bound_is_below_the_evidence_and_its_divergence_is_torchs() -> None:
    torch.manual_seed(0)
    network = VariationalAutoencoder(6, 5, 2).double()
    x = torch.rand(4, 6, dtype=torch.float64)
    mean, log_variance = network.encode(x)
    _, divergence = network.terms(x, mean, log_variance, torch.zeros(4, 2, dtype=torch.float64))
    normal = torch.distributions.Normal
    expected = torch.distributions.kl_divergence(normal(mean, (log_variance / 2).exp()), normal(0.0, 1.0)).sum(1)
    torch.testing.assert_close(divergence, expected)
    z = torch.randn(200000, 2, dtype=torch.float64)
    with torch.no_grad():
        logs = torch.distributions.Bernoulli(network.decode(z)[:, None], validate_args=False).log_prob(x).sum(-1)
        log_evidence = logs.logsumexp(0) - math.log(len(z))
        bound = torch.stack([network(x) for _ in range(2000)]).mean(0)
    assert bool((bound < log_evidence + 0.02).all())


def test_training_raises_the_bound() -> None:
    torch.manual_seed(0)
    pictures = (torch.rand(200, 8) < torch.tensor([0.9, 0.9, 0.9, 0.9, 0.1, 0.1, 0.1, 0.1])).float()
    values = train(VariationalAutoencoder(8, 16, 2), pictures, 10)
    assert values[-1] > values[0] + 0.5


def test_a_wiener_filter_is_what_one_component_gives() -> None:
    """One component, one turn: each patch is Σ (Σ + σ²/β I)⁻¹ times it, by hand."""
    torch.manual_seed(0)
    y = torch.rand(9, 10, dtype=torch.float64)
    a = draw(9, 9)
    covariance = a @ a.T / 9
    mixture = Mixture(torch.ones(1, dtype=torch.float64), torch.zeros(1, 9, dtype=torch.float64), covariance[None])
    found = denoise(y, 0.1, mixture, (2.0,))
    gain = covariance @ torch.linalg.inv(covariance + 0.1**2 / 2 * torch.eye(9, dtype=torch.float64))
    total, count = 9 / 0.01 * y, torch.full_like(y, 9 / 0.01)
    for i in range(7):
        for j in range(8):
            patch = y[i : i + 3, j : j + 3].flatten()
            total[i : i + 3, j : j + 3] += 200 * (gain @ (patch - patch.mean()) + patch.mean()).view(3, 3)
            count[i : i + 3, j : j + 3] += 200
    torch.testing.assert_close(found, total / count)


def test_a_learned_prior_removes_noise_and_survives_its_file(tmp_path) -> None:
    picture = torch.zeros(40, 40, dtype=torch.float64)
    picture[:, 20:] = 0.8
    picture[10:20] += 0.1
    patches = torch.cat([patch_vectors(one, 4)[0] for one in (picture, picture.T.contiguous())])
    prior = learn(patches + 0.001 * draw(*patches.shape), 4, 10)
    noisy = picture.roll(3, 1) + 0.1 * draw(40, 40)
    error = float((denoise(noisy, 0.1, prior) - picture.roll(3, 1)).square().mean())
    assert error < 0.3 * float((noisy - picture.roll(3, 1)).square().mean())
    patch_file.save(prior, tmp_path / "p.safetensors")
    again = patch_file.load(tmp_path / "p.safetensors")
    torch.testing.assert_close(again.covariances, prior.covariances, rtol=2e-3, atol=1e-5)


def test_the_shipped_prior_reaches_its_goal_on_the_house() -> None:
    from data_fetch import available, load

    if not available("set12"):
        pytest.skip("set12 is not at hand")
    house = torch.from_numpy(np.ascontiguousarray(load("set12")[1].array)).double()
    noisy = house + 25 / 255 * torch.from_numpy(np.random.default_rng([0, 1]).standard_normal(house.shape))
    found = denoise(noisy, 25 / 255, patch_file.load())
    assert float(-10 * torch.log10((found - house).square().mean())) > 30.5


def test_bad_input_is_named(tmp_path) -> None:
    with pytest.raises(ValueError, match="size is 5"):
        fitted(POINTS, 5)
    with pytest.raises(ValueError, match=r"pictures have the shape \(2, 5\)"):
        VariationalAutoencoder(6, 4, 2).encode(torch.zeros(2, 5))
    with pytest.raises(ValueError, match=r"image has the shape \(3, 3\)"):
        patch_vectors(torch.zeros(3, 3), 4)
    (tmp_path / "cut.safetensors").write_bytes(b"12345")
    with pytest.raises(ValueError, match=r"cut\.safetensors is no patch prior"):
        patch_file.load(tmp_path / "cut.safetensors")
    with pytest.raises(ValueError, match="there are no photographs"):
        patch_file.training_patches([])
