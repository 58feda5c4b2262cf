"""Neural EM: set to the closed form it is EM; what it takes, and what it refuses."""

from __future__ import annotations

import pytest
import torch

from mddl_lib.statistics.neural_em.m_steps import ClosedForm, RecurrentStep
from mddl_lib.statistics.neural_em.network import CELLS, NeuralEM, groups
from mddl_lib.statistics.neural_em.objective import ShapesProblem, grouping_loss
from mddl_lib.statistics.neural_em.pixel_mixture import PixelLikelihood, first_responsibilities
from mddl_lib.training.recipe import Recipe


def test_with_the_closed_form_for_the_recurrent_network_it_is_em() -> None:
    """EM in a few lines, pixel by pixel and component by component, beside the network with another M step."""
    torch.manual_seed(0)
    x, gamma = torch.rand(1, 30, dtype=torch.float64), first_responsibilities(1, 3, 30, 4).double()
    grid = torch.linspace(-1, 1, 30, dtype=torch.float64)
    basis, spread = torch.stack([torch.ones_like(grid), grid], 1), 0.2
    network = NeuralEM.of("recurrent", 30, 8, 6).double()
    network.m_step, network.likelihood = ClosedForm(basis, 0.0), PixelLikelihood("gaussian", spread)
    _, *states = network.iterates(x, gamma)
    shares = gamma[0].clone()
    for state in states:
        means = []
        for k in range(3):
            weight = torch.diag(shares[k])
            theta = torch.linalg.inv(basis.T @ weight @ basis) @ basis.T @ weight @ x[0]
            means.append(basis @ theta)
        density = torch.stack([torch.exp(-((x[0] - mean) ** 2) / (2 * spread**2)) for mean in means])
        shares = density / density.sum(0)
        torch.testing.assert_close(state.estimate[0], shares, atol=1e-10, rtol=1e-8)


def test_a_recurrent_step_is_its_formula() -> None:
    torch.manual_seed(0)
    step = RecurrentStep(10, 4)
    x, gamma, theta = (torch.rand(2, 10) > 0.5).float(), first_responsibilities(2, 3, 10, 0), torch.rand(2, 3, 4)
    natural = step.draw(theta)
    error = gamma * (x[:, None] - natural.sigmoid())
    u, r, c = step.encoder.weight, step.recurrent.weight, step.recurrent.bias
    torch.testing.assert_close(step(theta, x, natural, gamma), torch.sigmoid(theta @ r.T + error @ u.T + c))


@pytest.mark.parametrize("cell", CELLS)
def test_components_are_exchangeable_and_every_parameter_matters(cell: str) -> None:
    torch.manual_seed(0)
    network = NeuralEM.of(cell, 784, 6, 3)
    x, gamma = (torch.rand(2, 784) > 0.7).float(), first_responsibilities(2, 4, 784, 1)
    *_, state = network.iterates(x, gamma)
    *_, turned = network.iterates(x, gamma.roll(1, 1))
    torch.testing.assert_close(turned.estimate, state.estimate.roll(1, 1), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(state.estimate.sum(1), torch.ones(2, 784))
    grouping_loss(x, state.natural, state.estimate).sum().backward()
    still = [name for name, p in network.named_parameters() if p.grad is None or not bool(p.grad.any())]
    assert not still


def test_of_a_film_the_e_step_sees_the_next_frame() -> None:
    torch.manual_seed(0)
    network = NeuralEM.of("recurrent", 20, 5, 3)
    film, gamma = (torch.rand(1, 4, 20) > 0.5).float(), first_responsibilities(1, 2, 20, 1)
    *_, last = network.iterates(film, gamma)
    other = film.clone()
    other[:, 3] = 1 - other[:, 3]
    *_, changed = network.iterates(other, gamma)
    torch.testing.assert_close(changed.natural, last.natural)  # the last frame was not seen by the M step
    assert not torch.equal(changed.estimate, last.estimate)


def test_no_gradient_goes_through_responsibilities_that_are_held() -> None:
    torch.manual_seed(0)
    network, gamma = NeuralEM.of("recurrent", 20, 5, 2), first_responsibilities(1, 2, 20, 1).requires_grad_()
    x = (torch.rand(1, 20) > 0.5).float()
    *_, state = network.iterates(x, gamma, stop_gradient=True)
    state.natural.sum().backward()
    assert gamma.grad is None


def test_the_loss_is_cross_entropy_and_divergence() -> None:
    torch.manual_seed(0)
    x, a, gamma = (torch.rand(3, 8) > 0.5).float(), torch.randn(3, 2, 8), first_responsibilities(3, 2, 8, 0)
    psi = a.sigmoid()
    entropy = -(x[:, None] * psi.log() + (1 - x[:, None]) * (1 - psi).log())
    expected = (gamma * entropy - (1 - gamma) * (1 - psi).log()).sum((1, 2))
    torch.testing.assert_close(grouping_loss(x, a, gamma), expected, atol=1e-4, rtol=1e-5)


@pytest.mark.parametrize("kind", ["static", "flying"])
def test_an_objective_draws_from_seed_and_iteration_alone(kind: str) -> None:
    network = NeuralEM.of("recurrent", 784, 4, 2)
    objective = ShapesProblem(kind, 2, 3).objective(network, Recipe(5, batch=2, seed=3))
    values = []
    for iteration in (1, 0, 1):
        torch.manual_seed(iteration)
        values.append(float(objective(network, iteration).detach()))
    assert values[0] == values[2] != values[1]


def test_what_is_refused() -> None:
    network, gamma = NeuralEM.of("recurrent", 20, 5, 3), first_responsibilities(1, 2, 20, 1)
    with pytest.raises(ValueError, match="expected one of gradient, recurrent, convolutional"):
        NeuralEM.of("lstm")
    with pytest.raises(ValueError, match="NaN"):
        list(network.iterates(torch.full((1, 20), torch.nan), gamma))
    with pytest.raises(ValueError, match="more than 3 frames"):
        list(network.iterates(torch.zeros(1, 3, 20), gamma))
    with pytest.raises(ValueError, match=r"expected \(B, P\), \(B, K, P\)"):
        list(network.iterates(torch.zeros(2, 20), gamma))
    with pytest.raises(TypeError, match="start"):
        NeuralEM(torch.nn.Linear(2, 2))
    with pytest.raises(ValueError, match=r"expected \(B, K, P\)"):
        groups(torch.zeros(2, 2))


def test_a_picture_of_another_size_is_named() -> None:
    with pytest.raises(ValueError, match="x has 12 pixels: expected 9"):
        NeuralEM.of("recurrent", 9, 4, 2)(torch.zeros(1, 12), components=2)
