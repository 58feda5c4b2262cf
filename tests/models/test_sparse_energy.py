"""Four algorithms on one energy: one minimiser, scikit-learn's too; what falls, falls; rates as promised."""

from __future__ import annotations

import itertools

import pytest
import torch
from sklearn.linear_model import Lasso
from torch import Tensor

from mddl_lib.core.wavelets import OrthogonalWavelets
from mddl_lib.models.dense import matrix_of
from mddl_lib.models.sparse_energy import DescentState, SmoothedDescentTurn, bound_of, solvers
from mddl_lib.models.tight_frame import frame_energy
from mddl_lib.restoration.plug_and_play.blur import Blur
from tests.laws.pieces import draw

FRAME = OrthogonalWavelets(2)
PHYSICS, SHAPE, WEIGHT = Blur(draw(3, 3).abs() + 0.1), (8, 8), 0.02
TRUTH = torch.zeros(1, 1, 8, 8, dtype=torch.float64)
TRUTH[..., 2:5, 3:] = 0.7
Y = PHYSICS.A(TRUTH) + 0.05 * draw(1, 1, 8, 8)


def energy(x: Tensor) -> float:
    return float(frame_energy(x, Y, PHYSICS, FRAME, WEIGHT))


def lowest() -> Tensor:
    return solvers(FRAME, WEIGHT, 6000, bound_of(PHYSICS, SHAPE))["FISTA"](Y, PHYSICS)


def test_the_bound_is_the_largest_singular_value_squared() -> None:
    expected = float(torch.linalg.matrix_norm(matrix_of(PHYSICS, SHAPE), 2) ** 2)
    assert bound_of(PHYSICS, SHAPE, 500) == pytest.approx(expected, rel=1e-6)


def test_all_find_one_minimiser_and_scikit_learn_finds_it_too() -> None:
    best = lowest()
    for name, turns, tolerance in (("ISTA", 8000, 1e-5), ("ADMM", 3000, 1e-6), ("gradient descent", 8000, 2e-2)):
        found = solvers(FRAME, WEIGHT, turns, bound_of(PHYSICS, SHAPE))[name](Y, PHYSICS)
        torch.testing.assert_close(found, best, rtol=0, atol=tolerance)
    columns = torch.stack(
        [PHYSICS.A(FRAME.synthesise(e.view(1, 1, 8, 8))).flatten() for e in torch.eye(64, dtype=torch.float64)], 1
    )
    lasso = Lasso(WEIGHT / 64, fit_intercept=False, tol=1e-12, max_iter=100000).fit(
        columns.numpy(), Y.flatten().numpy()
    )
    expected = FRAME.synthesise(torch.from_numpy(lasso.coef_).view(1, 1, 8, 8))
    torch.testing.assert_close(best, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_what_must_fall_falls(seed: int) -> None:
    y = draw(1, 1, 8, 8) * (seed + 1)
    bound = bound_of(PHYSICS, SHAPE, 300)
    walked = solvers(FRAME, 0.1, 60, bound)
    values = [float(frame_energy(s.estimate, y, PHYSICS, FRAME, 0.1)) for s in walked["ISTA"].iterates(y, PHYSICS)]
    assert all(b <= a + 1e-12 for a, b in itertools.pairwise(values))

    def rounded(x: Tensor) -> float:
        t = FRAME.analyse(x).abs()
        huber = torch.where(t < 0.01, t * t / 0.02, t - 0.005)
        return float((PHYSICS.A(x) - y).square().sum() / 2 + 0.1 * huber.sum())

    values = [rounded(s.estimate) for s in walked["gradient descent"].iterates(y, PHYSICS)]
    assert all(b <= a + 1e-12 for a, b in itertools.pairwise(values))


def test_rates_are_no_worse_than_promised() -> None:
    bound, best = bound_of(PHYSICS, SHAPE, 300), lowest()
    apart = float((PHYSICS.A_adjoint(Y) - best).square().sum())
    for name, promise in (("ISTA", lambda k: bound / (2 * k)), ("FISTA", lambda k: 2 * bound / (k + 1) ** 2)):
        states = list(solvers(FRAME, WEIGHT, 100, bound)[name].iterates(Y, PHYSICS))[1:]
        assert all(energy(s.estimate) - energy(best) <= promise(k) * apart + 1e-12 for k, s in enumerate(states, 1))


def test_the_descents_step_is_the_gradient_of_what_it_says() -> None:
    x = draw(1, 1, 8, 8).requires_grad_()
    t = FRAME.analyse(x.detach()).requires_grad_()
    turn = SmoothedDescentTurn(FRAME, WEIGHT)
    huber = torch.where(t.abs() < 0.01, t * t / 0.02, t.abs() - 0.005).sum()
    slope = FRAME.synthesise(torch.autograd.grad(huber, t)[0]) * WEIGHT
    slope = slope + torch.autograd.grad((PHYSICS.A(x) - Y).square().sum() / 2, x)[0]
    state = DescentState(x.detach(), None, None, PHYSICS.A_adjoint(Y))
    torch.testing.assert_close(turn(state, Y, PHYSICS).estimate, x.detach() - turn.step * slope)
