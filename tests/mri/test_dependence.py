"""A stage ends where its estimate is made: every estimate depends on each parameter of its stage, and on no later one."""

from __future__ import annotations

import pytest
import torch

from mddl_lib.core.physics import MaskedFourier
from mddl_lib.models.admm import ADMMState
from mddl_lib.mri.admm_net import ADMMNet
from tests.problems import problem, scattered
from tests.stand_in import StandIn

STAGES = 1
TURNS = STAGES + 2


def states(network: ADMMNet, size: int = 48) -> list[ADMMState]:
    """Its states for a measurement of strong noise, so that activations reach every knot and beyond."""
    physics, truth, _ = problem(size)
    noise = 5 * torch.randn(truth.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    return list(network.iterates(physics.A(noise), physics))


@pytest.mark.parametrize("turn", range(TURNS + 1))
def test_an_estimate_depends_on_every_entry_of_its_own_stage(turn: int) -> None:
    network = scattered(STAGES)
    estimate = states(network)[turn].estimate
    own = network.start if turn == 0 else network.stage(turn)
    weights = torch.randn(estimate.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    names = [name for name, _ in own.named_parameters()]
    gradients = torch.autograd.grad((estimate * weights).sum(), list(own.parameters()))
    for name, gradient in zip(names, gradients, strict=True):
        zero = (gradient == 0).nonzero().tolist()
        assert not zero, f"{name} at turn {turn}: entries {zero[:5]} have no influence"
    expected = {"reconstruction.filters.coefficients", "reconstruction.penalty"}
    if turn:
        expected |= {"filters.coefficients", "shrinkage.values", "rate"}
    assert set(names) == expected


@pytest.mark.parametrize("turn", range(TURNS + 1))
def test_an_estimate_depends_on_earlier_stages_and_on_no_later_one(turn: int) -> None:
    network = scattered(STAGES)
    estimate = states(network)[turn].estimate
    gradients = torch.autograd.grad(estimate.square().sum(), list(network.parameters()), allow_unused=True)
    for (name, _), gradient in zip(network.named_parameters(), gradients, strict=True):
        stage = 0 if name.startswith("start") else int(name.split(".")[1]) + 1
        if stage > turn:
            assert gradient is None, f"the estimate of turn {turn} uses {name}"
        else:
            assert gradient is not None, f"the estimate of turn {turn} does not use {name}"
            assert gradient.norm() > 0, f"the estimate of turn {turn} does not use {name}"


def test_states_carry_what_the_algorithm_remembers() -> None:
    first, *rest = states(scattered(STAGES), 16)
    assert first.split is None
    assert first.multiplier is None
    for state in rest:
        assert state.split.shape == state.multiplier.shape == (1, 8, 16, 16)
        assert state.estimate.shape == state.zero_filled.shape == (1, 1, 16, 16)
        assert torch.equal(state.zero_filled, first.zero_filled)


def test_a_physics_of_deepinverse_drops_in() -> None:
    """Only ``A`` and ``A_adjoint``, no closed form: the same images, by conjugate gradients, and gradients pass through."""
    physics, _, y = problem(16)
    network, stand_in = ADMMNet(0).double(), StandIn(physics.mask)
    found = network(y, stand_in)
    torch.testing.assert_close(found, network(y, physics), rtol=0, atol=1e-4)
    assert stand_in.calls > 0
    found.square().sum().backward()
    assert network.start.reconstruction.penalty.grad.norm() > 0


def test_each_image_of_a_batch_is_its_own() -> None:
    physics, _, y = problem(24, batch=3)
    network = scattered(1)
    together = network(y, physics)
    for b in range(3):
        torch.testing.assert_close(together[b : b + 1], network(y[b : b + 1], physics), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("shape", [(32, 32), (31, 32), (32, 27), (9, 16)])
def test_any_image_size_will_do(shape: tuple[int, int]) -> None:
    mask = torch.zeros(shape)
    mask[:3] = mask[-2:] = 1
    physics = MaskedFourier(mask)
    assert ADMMNet(0)(physics.A(torch.rand(1, 1, *shape)), physics).shape == (1, 1, *shape)


def test_a_measurement_with_nan_is_refused_by_name() -> None:
    physics, _, y = problem(16)
    y[0, 0, 2, 3] = float("nan")
    with pytest.raises(ValueError, match="the measurement holds NaN or infinity"):
        ADMMNet(0)(y, physics)


def test_a_measurement_of_another_size_is_named() -> None:
    physics, _, _ = problem(16)
    with pytest.raises(ValueError, match=r"the measurement has the shape \(1, 1, 8, 8\)"):
        ADMMNet(0)(torch.zeros(1, 1, 8, 8, dtype=torch.complex64), physics)
