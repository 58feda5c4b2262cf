"""Dictionaries, the lasso against peers, FISTA's rate, ALISTA's weight against a solver, the setting and its errors."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from sklearn.linear_model import Lasso

from mddl_lib.core.unrolled import estimates
from mddl_lib.sparse_coding.dictionary import Dictionary, analytic_weight, cosine_dictionary, gaussian_dictionary
from mddl_lib.sparse_coding.pursuit import fista, ista, lasso
from mddl_lib.sparse_coding.setting import Setting, nmse_db

PHYSICS = gaussian_dictionary(20, 35, 1).double()
Y = torch.randn(1, 1, 20, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
PENALTY = 0.2


def test_fista_finds_scikit_learns_lasso() -> None:
    found = fista(PHYSICS, PENALTY, 4000)(Y, PHYSICS)[0, 0].T
    peer = Lasso(alpha=PENALTY / 20, fit_intercept=False, tol=1e-10, max_iter=100_000)
    for vector, signal in zip(found, Y[0, 0].T, strict=True):
        assert np.allclose(peer.fit(PHYSICS.matrix.numpy(), signal.numpy()).coef_, vector.numpy(), atol=1e-5)


def test_fistas_energy_keeps_its_bound_and_istas_never_rises() -> None:
    best = fista(PHYSICS, PENALTY, 20_000)(Y, PHYSICS)
    lowest, distance = lasso(best, Y, PHYSICS, PENALTY), best.square().sum(2)[:, 0]
    bound = [2 * PHYSICS.lipschitz() * distance / (k + 1) ** 2 for k in range(1, 301)]
    energies = [lasso(x, Y, PHYSICS, PENALTY) - lowest for x in estimates(fista(PHYSICS, PENALTY, 300), Y, PHYSICS)[1:]]
    assert all((excess <= most + 1e-10).all() for excess, most in zip(energies, bound, strict=True))
    slow = [lasso(x, Y, PHYSICS, PENALTY) for x in estimates(ista(PHYSICS, PENALTY, 300), Y, PHYSICS)]
    assert all((after <= before + 1e-12).all() for before, after in itertools.pairwise(slow))
    assert float(energies[99].sum()) < float((slow[100] - lowest).sum())


def test_the_analytic_weight_solves_its_problem() -> None:
    d = PHYSICS.matrix.numpy()
    w = analytic_weight(PHYSICS.matrix).numpy()
    assert np.allclose((w * d).sum(0), 1)
    for i in (0, 7, 34):
        peer = minimize(
            lambda v: ((d.T @ v) ** 2).sum(), d[:, i], jac=lambda v: 2 * d @ (d.T @ v), method="SLSQP",
            constraints={"type": "eq", "fun": lambda v, i=i: v @ d[:, i] - 1, "jac": lambda v, i=i: d[:, i]},
            options={"ftol": 1e-14, "maxiter": 1000},
        )  # fmt: skip
        assert ((d.T @ w[:, i]) ** 2).sum() <= peer.fun + 1e-9
        assert np.allclose(peer.x, w[:, i], atol=1e-4)


def test_it_is_less_coherent_with_the_dictionary_than_the_dictionary_is() -> None:
    d = gaussian_dictionary(64, 128)
    off = 1 - torch.eye(128)
    assert ((d.analytic.T @ d.matrix) * off).square().sum() < 0.8 * ((d.matrix.T @ d.matrix) * off).square().sum()


def test_dictionaries_have_atoms_of_length_one() -> None:
    for physics in (gaussian_dictionary(8, 20), cosine_dictionary(8, 12)):
        assert torch.allclose(physics.matrix.norm(dim=0), torch.ones(physics.shape[1]), atol=1e-6)
    flat = cosine_dictionary(8, 12).matrix
    assert (flat[:, 1:].sum(0).abs() > 1e-5).sum() == 0


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (torch.zeros(3, 4), "column of zeros"),
        (torch.full((3, 4), float("nan")), "NaN or infinity"),
        (torch.ones(3), "expected real numbers"),
        (torch.ones(3, 4, dtype=torch.int64), "expected real numbers"),
    ],
)
def test_what_is_no_dictionary_is_refused(matrix: torch.Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Dictionary(matrix)


def test_a_draw_is_its_seeds_and_parts_differ() -> None:
    setting = Setting(16, 32, 0.2)
    one, again, other = setting.draw(50, 0), setting.draw(50, 0), setting.draw(50, 0, "test")
    assert torch.equal(one.codes, again.codes)
    assert not torch.equal(one.codes, other.codes)
    assert torch.allclose(one.signals, setting.physics.A(one.codes), atol=1e-5)


def test_shares_and_noise_are_as_stated() -> None:
    setting = Setting(64, 128, 0.1, snr=20.0)
    drawn = setting.draw(4000, 0)
    clean = setting.physics.A(drawn.codes)
    noise = drawn.signals - clean
    assert float((drawn.codes != 0).float().mean()) == pytest.approx(0.1, abs=0.002)
    assert 10 * float(torch.log10(clean.square().sum() / noise.square().sum())) == pytest.approx(20, abs=0.1)


def test_errors_in_decibels() -> None:
    codes = torch.tensor([3.0, 4.0])
    assert nmse_db(torch.zeros(2), codes) == pytest.approx(0)
    assert nmse_db(codes * 0.9, codes) == pytest.approx(-20)
    with pytest.raises(ValueError, match="all zero"):
        nmse_db(codes, torch.zeros(2))
