"""The talk's gradients by hand, and the three ways to differentiate an arg min, against autograd and finite differences."""

from __future__ import annotations

import pytest
import torch

from mddl_lib.restoration.physics import Denoising, Inpainting
from mddl_lib.restoration.range_field.by_hand import backpropagate, hessian_times
from mddl_lib.restoration.range_field.descent import LearnedDescent
from mddl_lib.restoration.range_field.three_gradients import implicit, minimise, one_step, parameters, truncated
from tests.restoration.pieces import draw, network, picture, scattered


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("tied", [False, True])
def test_the_slides_formulas_are_autograds_gradients(tied: bool, missing: bool) -> None:
    net = scattered(network("student_t", turns=4, tied=tied))
    truth = picture(batch=2)
    physics = Inpainting((draw(14, 12) > -0.3).float()) if missing else Denoising(0.1)
    y = physics.A(truth + 0.1 * draw(*truth.shape, seed=3))
    loss, found, deltas = backpropagate(net, y, physics, truth)
    by_autograd = (net(y, physics) - truth).square().sum() / 2
    by_autograd.backward()
    assert loss == pytest.approx(float(by_autograd.detach()), rel=1e-12)
    assert len(deltas) == 5
    for name, parameter in net.named_parameters():
        torch.testing.assert_close(found[name], parameter.grad, rtol=1e-9, atol=1e-11, msg=name)


def test_and_finite_differences() -> None:
    net = scattered(network("student_t", turns=3, tied=True))
    truth, physics = picture(), Denoising(0.1)
    y = truth + 0.1 * draw(*truth.shape, seed=3)
    _, found, _ = backpropagate(net, y, physics, truth)

    def loss() -> float:
        with torch.no_grad():
            return float((net(y, physics) - truth).square().sum() / 2)

    for name, parameter in net.named_parameters():
        for entry in {0, parameter.numel() - 1}:
            values = []
            for sign in (1, -1):
                with torch.no_grad():
                    parameter.view(-1)[entry] += sign * 1e-5
                    values.append(loss())
                    parameter.view(-1)[entry] -= sign * 1e-5
            numeric = (values[0] - values[1]) / 2e-5
            assert float(found[name].view(-1)[entry]) == pytest.approx(numeric, rel=2e-5, abs=1e-8), name


def test_the_hessian_is_the_derivative_of_the_gradient() -> None:
    net = scattered(network("student_t", turns=1))
    x, v, physics = picture(), draw(1, 1, 14, 12), Denoising(0.1)
    stage = net.stages[0]
    _, expected = torch.autograd.functional.jvp(lambda u: stage.energy.gradient(u, x, physics), x, v)
    torch.testing.assert_close(hessian_times(stage, x, v, physics), expected)


def test_other_networks_are_refused() -> None:
    with pytest.raises(ValueError, match="expected a LearnedDescent with"):
        backpropagate(network("radial_basis"), picture(), Denoising(0.1), picture())


def convex() -> tuple[LearnedDescent, torch.Tensor, Denoising, torch.Tensor]:
    """A data weight so large that the energy is convex where descent goes: its minimum is one, and strict."""
    net = network("student_t", turns=1, tied=True).double().from_algorithm(1.0, 0.01, 4.0, 0.5)
    truth = picture()
    return net, truth + 0.1 * draw(*truth.shape, seed=3), Denoising(0.1), truth


def test_the_implicit_gradient_is_the_limit_of_the_truncated_one() -> None:
    net, y, physics, truth = convex()
    stage = net.stages[0]
    minimum = minimise(stage, y, y, physics, 400)
    assert stage.energy.gradient(minimum, y, physics).abs().max() < 1e-13
    limit = implicit(stage, minimum, y, physics, truth)
    errors, saved = [], []
    for turns in (2, 10, 100):
        found = truncated(stage, y, physics, truth, turns)
        errors.append(float((found.gradient - limit.gradient).norm() / limit.gradient.norm()))
        saved.append(found.saved)
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 1e-9
    assert saved[2] > 8 * saved[1]
    assert limit.saved < saved[0]


def test_one_step_is_the_implicit_gradient_with_the_step_for_the_inverse_hessian() -> None:
    net, y, physics, truth = convex()
    stage = net.stages[0]
    minimum = minimise(stage, y, y, physics, 400)
    found = one_step(stage, minimum, y, physics, truth)
    slope = stage.energy.gradient(minimum, y, physics)
    expected = torch.autograd.grad(slope, parameters(stage), -stage.step.detach() * (minimum - truth))
    torch.testing.assert_close(found.gradient, torch.cat([e.flatten() for e in expected]))
    limit = implicit(stage, minimum, y, physics, truth).gradient
    assert 0.5 < float(torch.nn.functional.cosine_similarity(found.gradient, limit, dim=0)) < 1


def test_no_strict_minimum_is_named() -> None:
    net, y, physics, truth = convex()
    net.from_algorithm(0.01, 0.5, 4.0, 0.1)
    with pytest.raises(ValueError, match="expected a strict minimum"):
        implicit(net.stages[0], y, y, physics, truth)
