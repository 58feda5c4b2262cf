"""ADMM by hand: it minimises its energy, whatever the physics, and total variation is total variation."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from mddl_lib.core.filters import analyse, dct_basis, finite_differences, synthesise
from mddl_lib.core.metrics import psnr
from mddl_lib.core.shrinkage import soft
from mddl_lib.models.admm import ADMMTurn, ZeroFilled, dct_sparsity, energy, total_variation
from mddl_lib.mri.competition.zero_filling import zero_filling
from tests.problems import problem
from tests.stand_in import StandIn


def in_doubles(network: torch.nn.Module) -> torch.nn.Module:
    return network.double()


@pytest.mark.parametrize("isotropic", [True, False])
def test_the_energy_falls_to_its_minimum(isotropic: bool) -> None:
    """Run long, ADMM's energy is below that of every turn before (up to its last digits), and no small step lowers it."""
    physics, _, y = problem(24)
    weight = 0.01
    network = in_doubles(total_variation(weight, turns=400) if isotropic else dct_sparsity(weight, 0.2, 1.0, 400))
    filters = finite_differences(torch.float64) if isotropic else network.stages[0].filters
    values, last = [], None
    with torch.no_grad():
        for state in network.iterates(y, physics):
            values.append(float(energy(state.estimate, y, physics, filters, weight, isotropic)))
            last = state.estimate
        assert values[-1] <= min(values) * (1 + 1e-5)
        assert values[-1] < 0.98 * values[0]
        generator = torch.Generator().manual_seed(0)
        for _ in range(30):
            step = torch.randn(last.shape, dtype=torch.float64, generator=generator)
            for size in (1e-2, 1e-4):
                other = float(energy(last + size * step / step.norm(), y, physics, filters, weight, isotropic))
                assert other >= values[-1] * (1 - 1e-5)


def test_the_minimum_is_that_of_another_algorithm() -> None:
    """A dual method with nothing in common (Chambolle and Pock's primal-dual) finds the same anisotropic minimum."""
    physics, _, y = problem(16)
    weight, filters = 0.02, finite_differences(torch.float64)
    network = in_doubles(total_variation(weight, turns=0))
    network.stages[0] = ADMMTurn(filters, soft, weight, 0.2)
    network.turns = 600
    x = bar = physics.A_adjoint(y)
    dual, sigma, tau = torch.zeros(1, 2, 16, 16, dtype=torch.float64), 0.35, 0.35  # sigma tau ‖D‖² < 1, ‖D‖² ≤ 8
    with torch.no_grad():
        for _ in range(800):
            dual = (dual + sigma * analyse(bar, filters)).clamp(-weight, weight)
            moved = physics.prox_l2(x - tau * synthesise(dual, filters), y, tau)
            bar, x = 2 * moved - x, moved
        found = network(y, physics)
    torch.testing.assert_close(found, x, rtol=0, atol=1e-4)


def test_energy_by_hand() -> None:
    physics, truth, y = problem(16)
    x = truth + 0.1
    down, across = x.roll(-1, -2) - x, x.roll(-1, -1) - x
    data = (physics.A(x) - y).abs().square().sum() / 2
    filters = finite_differences(torch.float64)
    expected = data + 0.3 * (down.abs() + across.abs()).sum()
    torch.testing.assert_close(energy(x, y, physics, filters, 0.3)[0], expected)
    expected = data + 0.3 * (down.square() + across.square()).sqrt().sum()
    torch.testing.assert_close(energy(x, y, physics, filters, 0.3, isotropic=True)[0], expected)


def test_total_variation_beats_zero_filling() -> None:
    physics, truth, y = problem(32, ratio=0.3)
    before = psnr(zero_filling(y, physics), truth)
    after = psnr(in_doubles(total_variation(1e-3))(y, physics), truth)
    assert float(after - before) > 2


def test_it_starts_from_the_zero_filled_image() -> None:
    physics, _, y = problem(16)
    first = next(iter(total_variation(1e-3).iterates(y, physics)))
    assert torch.equal(first.estimate, zero_filling(y, physics))
    assert isinstance(total_variation(1e-3).start, ZeroFilled)


def test_a_physics_without_a_closed_form() -> None:
    physics, _, y = problem(16)
    network = in_doubles(dct_sparsity(0.012, turns=4))
    torch.testing.assert_close(network(y, StandIn(physics.mask)), network(y, physics), rtol=0, atol=1e-4)


def test_the_penalty_of_total_variation_is_twenty_times_its_weight() -> None:
    assert total_variation(1e-3).stages[0].penalty == pytest.approx(0.02)
    assert total_variation(1e-3, 0.5).stages[0].penalty == 0.5
    assert total_variation(1e-3).turns == 80


def test_classical_algorithms_have_nothing_to_learn() -> None:
    for network in (total_variation(1e-3), dct_sparsity(0.01)):
        assert not list(network.parameters())
        assert network.is_tied


def test_a_network_that_was_used_is_as_good_as_new() -> None:
    """The spectrum is kept between turns, and not for another size, precision or penalty."""
    used = total_variation(0.02, turns=3)
    for size, double, penalty in (
        (16, False, 0.4),
        (24, False, 0.4),
        (24, True, 0.4),
        (24, True, 0.7),
        (16, True, 0.4),
    ):
        physics, _, y = problem(size)
        new = total_variation(0.02, penalty, turns=3)
        used.stages[0].penalty = penalty
        used, new, y = (used.double(), new.double(), y) if double else (used, new, y.to(torch.complex64))
        assert torch.equal(used(y, physics), new(y, physics))


@pytest.mark.parametrize("bad", [{"weight": 0.0}, {"penalty": -1.0}, {"rate": float("nan")}])
def test_constants_must_be_positive(bad: dict[str, float]) -> None:
    def shrink(x: Tensor, threshold: float) -> Tensor:
        return soft(x, threshold)

    with pytest.raises(ValueError, match=f"{next(iter(bad))} is .*expected a positive number"):
        ADMMTurn(dct_basis(), shrink, **{"weight": 0.1, "penalty": 0.2, "rate": 1.0, **bad})
