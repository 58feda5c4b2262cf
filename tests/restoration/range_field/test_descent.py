"""Set to its algorithm's constants, learned descent is gradient descent on the energy it states."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from mddl_lib.core.filters import dct_basis
from mddl_lib.core.unrolled import estimates
from mddl_lib.restoration.physics import Denoising, Inpainting
from mddl_lib.restoration.range_field.descent import LearnedDescent, grow_across
from mddl_lib.restoration.range_field.matching import nearest
from tests.restoration.pieces import KINDS, draw, network, picture, scattered

Array = np.ndarray
WEIGHT, STRENGTH, STEEPNESS, STEP = 0.8, 0.15, 1.3, 0.3


def naive_descent(y: Array, mask: Array, filters: Array, sigma: float, turns: int) -> list[Array]:
    """Gradient descent on λ/2‖m∘x − y‖² + Σ σ² a log(1 + (b f·x/σ)²/2), pixel by pixel."""
    size, (height, width) = filters.shape[-1], y.shape
    place = np.pad(np.arange(y.size).reshape(y.shape), size // 2, mode="symmetric")
    x, found = y.copy(), [y.copy()]
    for _ in range(turns):
        gradient = WEIGHT * mask * (mask * x - y)
        for row in range(height):
            for column in range(width):
                pixels = place[row : row + size, column : column + size]
                for f in filters:
                    t = (f * x.flat[pixels]).sum()
                    push = STRENGTH * STEEPNESS**2 * t / (1 + (STEEPNESS * t / sigma) ** 2 / 2)
                    np.add.at(gradient.reshape(-1), pixels, push * f)
        x = x - STEP * gradient
        found.append(x)
    return found


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("missing", [False, True])
def test_the_network_is_naive_gradient_descent_at_every_turn(tied: bool, missing: bool) -> None:
    truth = picture(8, 7)
    physics = Inpainting((draw(8, 7, seed=3) > -0.5).float()) if missing else Denoising(0.1)
    y = physics.A(truth + 0.1 * draw(1, 1, 8, 7, seed=1))
    mask = physics.mask.double().numpy() if missing else np.ones((8, 7))
    net = scattered(network("student_t", 4, tied=tied)).from_algorithm(WEIGHT, STRENGTH, STEEPNESS, STEP)
    filters = dct_basis(3, torch.float64)[:7].numpy()
    expected = naive_descent(y[0, 0].numpy(), mask, filters, 25 / 255, 4)
    for a, b in zip(estimates(net, y, physics), expected, strict=True):
        np.testing.assert_allclose(a[0, 0], b, rtol=0, atol=1e-6)  # the basis is kept in single precision
    assert np.linalg.norm(expected[-1] - expected[0]) > 0.1 * np.linalg.norm(expected[0] - expected[0].mean())


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_was_learned_each_turn_is_a_step_down_the_energy_it_states(kind: str) -> None:
    net, physics = scattered(network(kind)), Denoising(0.1)
    y = physics.measure(picture(batch=2))
    states = list(net.iterates(y, physics))
    for turn in range(1, net.turns + 1):
        stage, x = net.stage(turn), states[turn - 1].estimate.detach().requires_grad_()
        value = stage.energy.value(x, y, physics, states[turn].matches).sum()
        (gradient,) = torch.autograd.grad(value, x)
        torch.testing.assert_close(states[turn].estimate, x - stage.step * gradient, rtol=1e-10, atol=1e-11)


def test_untied_with_one_energy_is_tied() -> None:
    y, physics = picture(), Denoising(0.1)
    tied = network("radial_basis", tied=True).double().from_algorithm(WEIGHT, STRENGTH, STEEPNESS, STEP)
    untied = scattered(network("radial_basis")).from_algorithm(WEIGHT, STRENGTH, STEEPNESS, STEP)
    torch.testing.assert_close(tied(y, physics), untied(y, physics), rtol=0, atol=1e-7)
    assert tied.is_tied
    assert not untied.is_tied


@pytest.mark.parametrize("kind", ["student_t", "radial_basis", "separable", "non_local"])
def test_the_energy_falls_when_tied_and_the_step_is_short_and_not_when_it_is_long(kind: str) -> None:
    options = {"match_after": 0} if kind == "non_local" else {}
    net, physics = scattered(network(kind, 40, tied=True, **options)), Denoising(0.1)
    y = physics.measure(picture())
    stage = net.stages[0]
    with torch.no_grad():
        stage.energy.weight.fill_(1.0)
        matches = net.start(y, physics).matches
        longest = 2 / stage.energy.curvature(y, physics, matches, iterations=1000)

        def energies(step: float) -> Tensor:
            stage.step.fill_(step)
            return torch.cat([stage.energy.value(s.estimate, y, physics, s.matches) for s in net.iterates(y, physics)])

        for share in (0.1, 0.5, 0.95):
            falls = energies(share * longest).diff()
            assert (falls <= 1e-12).all(), f"the step is {share} of the longest one"
            assert falls[0] < -1e-3
        assert (energies(4.0).diff() > 0).any()  # λ alone asks for a step below 2


@pytest.mark.parametrize("kind", KINDS)
def test_an_estimate_depends_on_every_entry_of_its_own_stage_and_on_no_later_one(kind: str) -> None:
    net, physics = scattered(network(kind)), Denoising(0.1)
    y = 0.6 * draw(1, 1, 40, 40)  # strong noise, so that responses reach every knot
    states = list(net.iterates(y, physics))
    assert not list(net.start.parameters())
    for turn in range(1, net.turns + 1):
        estimate = states[turn].estimate
        score = (estimate * draw(*estimate.shape, seed=turn)).sum()
        names, parameters = zip(*net.named_parameters(), strict=True)
        gradients = torch.autograd.grad(score, parameters, allow_unused=True, retain_graph=True)
        for name, gradient in zip(names, gradients, strict=True):
            owner = int(name.split(".")[1]) + 1
            if owner == turn:
                assert gradient is not None, name
                assert not (gradient == 0).any(), f"{name} at turn {turn} has entries without influence"
            elif owner < turn:
                assert float(gradient.norm()) > 0, name
            else:
                assert gradient is None, f"the estimate of turn {turn} uses {name}"


def test_matches_are_looked_for_once_and_stay() -> None:
    net, physics = scattered(network("non_local", 4)), Denoising(0.1)
    y = physics.measure(picture(batch=2))
    states = list(net.iterates(y, physics))
    assert states[0].matches is None
    assert states[1].matches is None
    assert torch.equal(states[2].matches, nearest(states[1].estimate, 3))
    assert states[2].matches is states[3].matches is states[4].matches
    first = network("non_local", 2, match_after=0).double()
    assert torch.equal(next(first.iterates(y, physics)).matches, nearest(y, 3))


def test_a_grown_network_gives_the_smaller_ones_images_before_it_is_trained() -> None:
    y, physics = picture(20, 18, batch=2), Denoising(0.1)
    local, across = scattered(network("radial_basis"), size=0.3), network("non_local", across=9).double()
    apart = across(y, physics)
    grow_across(across, local.state_dict())
    torch.testing.assert_close(across(y, physics), local(y, physics), rtol=0, atol=1e-6)
    assert (apart - across(y, physics)).norm() > 0.01
    across(y, physics).square().sum().backward()
    curve = across.stages[-1].energy.potentials.curve.values.grad
    assert (curve[7:].abs().amax(1) > 0).all()  # what is new can be learned


def test_each_image_of_a_batch_is_its_own() -> None:
    net, y, physics = scattered(network("non_local")), picture(batch=3), Denoising(0.1)
    together = net(y, physics)
    for b in range(3):
        torch.testing.assert_close(together[b : b + 1], net(y[b : b + 1], physics), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"turns": 0}, "turns is 0"),
        ({"turns": 2.5}, r"turns is 2\.5"),
        ({"turns": 2, "matches": 0}, "matches is 0"),
        ({"turns": 2, "matches": 3, "separable": True}, "separable filters are local"),
        ({"turns": 2, "matches": 3, "tied": True}, "match_after=0"),
        ({"turns": 3, "matches": 3, "across": 26}, "across is 26: expected at most 25"),
    ],
)
def test_numbers_that_make_no_network_are_named(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LearnedDescent(sigma=25, **options)


def test_bad_measurements_are_named() -> None:
    net, y = network("radial_basis"), picture().float()
    with pytest.raises(ValueError, match=r"shape \(1, 3, 14, 12\)"):
        net(y.expand(-1, 3, -1, -1), Denoising(0.1))
    y[0, 0, 3, 4] = float("nan")
    with pytest.raises(ValueError, match="the measurement holds NaN or infinity"):
        net(y, Denoising(0.1))
