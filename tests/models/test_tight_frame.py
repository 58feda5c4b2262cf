"""ADMM in a tight frame: closed forms, a dense reference, and what it must refuse."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from mddl_lib.core.shrinkage import soft
from mddl_lib.core.unrolled import Unrolled
from mddl_lib.models.admm import ZeroFilled
from mddl_lib.models.tight_frame import FrameTurn, frame_energy
from tests.problems import problem
from tests.stand_in import StandIn


class Dense:
    """A frame by a matrix with orthonormal columns: 1.5 times as many coefficients as pixels."""

    def __init__(self, shape: tuple[int, int], seed: int = 0) -> None:
        pixels = shape[0] * shape[1]
        generator = torch.Generator().manual_seed(seed)
        matrix = torch.randn(3 * pixels // 2, pixels, dtype=torch.float64, generator=generator)
        self.matrix, self.shape = torch.linalg.qr(matrix).Q, shape

    def analyse(self, x: Tensor) -> Tensor:
        return (self.matrix @ x.reshape(-1, 1)).reshape(1, -1)

    def synthesise(self, coefficients: Tensor) -> Tensor:
        return (self.matrix.T @ coefficients.reshape(-1, 1)).reshape(1, 1, *self.shape)


def matrix_of(physics: torch.nn.Module, size: int) -> np.ndarray:
    """A, as real rows: real part above imaginary part."""
    columns = [physics.A(e.view(1, 1, size, size)).flatten() for e in torch.eye(size * size, dtype=torch.float64)]
    a = torch.stack(columns, dim=1).numpy()
    return np.concatenate([a.real, a.imag])


@pytest.mark.parametrize("multipliers", [True, False])
def test_turns_are_those_of_dense_algebra(multipliers: bool) -> None:
    size, weight, penalty, turns = 8, 0.02, 0.3, 7
    physics, _, y = problem(size)
    frame = Dense((size, size))
    network = Unrolled.tied(ZeroFilled(), FrameTurn(frame, weight, penalty, multipliers=multipliers), turns)
    a, w = matrix_of(physics, size), frame.matrix.numpy()
    data = np.concatenate([y.numpy().ravel().real, y.numpy().ravel().imag])
    x, beta = a.T @ data, np.zeros(len(w))
    for _ in range(turns):
        shifted = w @ x + beta
        z = np.sign(shifted) * np.maximum(np.abs(shifted) - weight / penalty, 0)
        beta = shifted - z if multipliers else beta
        x = np.linalg.solve(a.T @ a + penalty * w.T @ w, a.T @ data + penalty * w.T @ (z - beta))
    np.testing.assert_allclose(network(y, physics).numpy().ravel(), x, rtol=0, atol=1e-10)


def test_a_turn_solves_with_the_proximal_operator_of_the_data() -> None:
    """x = prox_l2(Wᵀ(z − β), y, 1/ρ), and a physics without a closed form gives the same."""
    size, penalty = 8, 0.3
    physics, _, y = problem(size)
    frame = Dense((size, size))
    network = Unrolled.tied(ZeroFilled(), FrameTurn(frame, 0.02, penalty), 3)
    *_, state = network.iterates(y, physics)
    expected = physics.prox_l2(frame.synthesise(state.split - state.multiplier), y, 1 / penalty)
    torch.testing.assert_close(state.estimate, expected, rtol=0, atol=1e-12)
    torch.testing.assert_close(network(y, StandIn(physics.mask)), state.estimate, rtol=0, atol=1e-5)


def test_it_minimises_its_energy() -> None:
    """With multipliers the energy ends below that of any small step away; without them it ends above."""
    size, weight, penalty = 8, 0.02, 0.1
    physics, _, y = problem(size)
    frame, final = Dense((size, size)), {}
    for multipliers in (True, False):
        turn = FrameTurn(frame, weight, penalty, multipliers=multipliers)
        final[multipliers] = Unrolled.tied(ZeroFilled(), turn, 600)(y, physics)
    lowest = float(frame_energy(final[True], y, physics, frame, weight))
    assert float(frame_energy(final[False], y, physics, frame, weight)) > lowest * (1 + 1e-4)
    generator = torch.Generator().manual_seed(1)
    for size in (1e-1, 1e-2, 1e-3):
        step = torch.randn(final[True].shape, dtype=torch.float64, generator=generator)
        other = final[True] + size * step / step.norm()
        assert float(frame_energy(other, y, physics, frame, weight)) > lowest * (1 - 1e-9)


def test_energy_by_hand() -> None:
    physics, x, y = problem(8)

    class Halves:
        def analyse(self, x: Tensor) -> Tensor:
            return torch.cat([0.6 * x, 0.8 * x], dim=1)

    x = x + 0.1
    data = (physics.A(x) - y).abs().square().sum() / 2
    torch.testing.assert_close(frame_energy(x, y, physics, Halves(), 0.3), data + 0.3 * 1.4 * x.abs().sum())
    torch.testing.assert_close(frame_energy(x, y, physics, Halves(), 0.3, free=1), data + 0.3 * 0.8 * x.abs().sum())


@pytest.mark.parametrize("bad", [{"weight": 0.0}, {"penalty": -1.0}, {"weight": float("nan")}])
def test_constants_must_be_positive(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(bad))} is .*expected a positive number"):
        FrameTurn(Dense((4, 4)), **{"weight": 0.1, "penalty": 0.2, **bad})


def test_its_shrinkage_is_soft_unless_another_is_given() -> None:
    assert FrameTurn(Dense((4, 4)), 0.1, 0.2).shrinkage is soft
