"""The optimizees: closed-form gradients against autograd, disguises, data."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from mddl_lib.optimizers.optimizees.convolutional import Convolutional
from mddl_lib.optimizers.optimizees.digits import Digits
from mddl_lib.optimizers.optimizees.disguise import Disguise
from mddl_lib.optimizers.optimizees.perceptron import ACTIVATIONS, Perceptron


def small(activation: str = "tanh", layers: int = 1) -> Perceptron:
    return Perceptron(Digits.random().to(torch.float64), activation, layers, width=5, batch=16)


def seeded(number: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(number)


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_gradient_is_autograds(activation: str, layers: int) -> None:
    problem = small(activation, layers)
    x = (5 * problem.start(3, seeded())).requires_grad_()
    (chosen,) = problem.draw(1, 3, seeded(1))
    values = problem.value(x, chosen)
    (expected,) = torch.autograd.grad(values.sum(), x)
    found, gradients = problem.value_and_gradient(x, chosen)
    assert torch.equal(found, values.detach())
    assert expected.abs().max() > 0.01
    assert (gradients - expected).abs().max() < 1e-15


@pytest.mark.parametrize("scaling", [False, True])
@pytest.mark.parametrize("convex", [False, True])
def test_a_disguise_is_the_function_it_says(scaling: bool, convex: bool) -> None:
    problem = small()
    disguise = Disguise(problem, 3, seeded(), scaling, convex)
    assert disguise.start.shape == (3, problem.size + 20 * convex)
    (chosen,) = problem.draw(1, 3, seeded(1))
    y = (disguise.start * 1.5).requires_grad_()
    x = y if disguise.units is None else y * disguise.units
    values = problem.value(x[:, : problem.size], chosen)
    if convex:
        values = values + (x[:, problem.size :] - disguise.target).square().clamp(0, 10).mean(-1)
    (expected,) = torch.autograd.grad(values.sum(), y)
    found, gradients = disguise.value_and_gradient(y.detach(), chosen)
    assert (found - values.detach()).abs().max() < 1e-14
    assert (gradients - expected).abs().max() < 1e-13


def test_units_lie_in_their_bounds_and_leave_the_start_where_it_was() -> None:
    problem = small()
    plain, disguise = Disguise(problem, 40, seeded(), False, True), Disguise(problem, 40, seeded(), True, True)
    large, companion = disguise.units[:, : problem.size].log().abs(), disguise.units[:, problem.size :].log().abs()
    assert 2.9 < large.max() <= 3
    assert 0.95 < companion.max() <= 1
    assert torch.allclose((disguise.start * disguise.units)[:, : problem.size], plain.start[:, : problem.size])


def test_a_clipped_companion_has_no_slope() -> None:
    disguise = Disguise(small(), 1, seeded(), False, True)
    far = disguise.start + 10
    _, gradients = disguise.value_and_gradient(far, disguise.optimizee.draw(1, 1, seeded())[0])
    assert not gradients[:, -20:].any()


def test_the_papers_perceptron_has_15910_parameters() -> None:
    digits = Digits.from_arrays(np.zeros((10, 28, 28), np.uint8), np.arange(10), "zeros")
    assert Perceptron(digits).size == 15910
    assert Perceptron(digits.pooled(4)).size == 49 * 20 + 20 + 210


def test_bad_data_and_sizes_are_named() -> None:
    with pytest.raises(ValueError, match="images are float64"):
        Digits.from_arrays(np.zeros((2, 4)), np.zeros(2), "x")
    with pytest.raises(ValueError, match="labels run from 0 to 11"):
        Digits.from_arrays(np.zeros((2, 4), np.uint8), np.array([0, 11]), "x")
    with pytest.raises(ValueError, match="cannot be pooled by 3"):
        Digits.random().pooled(3)
    with pytest.raises(ValueError, match="activation is 'step'"):
        Perceptron(Digits.random(), "step")
    with pytest.raises(ValueError, match="expected 1 or more"):
        Perceptron(Digits.random(), layers=0)
    with pytest.raises(ValueError, match=r"expected \(B, 145\)"):
        small().value_and_gradient(torch.zeros(1, 3), torch.zeros(1, 16, dtype=torch.long))


@pytest.mark.parametrize("name", ["cnn1", "cnn2"])
def test_the_talks_convolutional_networks(name: str) -> None:
    problem = Convolutional(Digits.random(pixels=64).to(torch.float64), name, batch=4)
    x = problem.start(2, seeded()).requires_grad_()
    (chosen,) = problem.draw(1, 2, seeded(1))
    images, labels = problem.digits.images[chosen], problem.digits.labels[chosen]
    expected = [nn.functional.cross_entropy(_cnn(name, row, problem)(images[i]), labels[i]) for i, row in enumerate(x)]
    values, gradients = problem.value_and_gradient(x.detach(), chosen)
    assert torch.allclose(values, torch.stack(expected).detach(), rtol=1e-12)
    assert torch.allclose(problem.value(x.detach(), chosen), values, rtol=1e-12)
    assert gradients.shape == x.shape
    assert (gradients.abs() > 0).double().mean() > 0.5
    scores = problem.scores(x[0].detach(), problem.digits)
    assert 0 < scores["top1"] <= scores["top2"] <= 1


def _cnn(name: str, row: torch.Tensor, problem: Convolutional) -> nn.Module:
    """The same network from torch's modules, filled by hand."""
    pieces = {
        "cnn1": lambda: [nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(),
                         nn.MaxPool2d(2), nn.Flatten(), nn.Linear(256, 10)],
        "cnn2": lambda: [nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(),
                         nn.MaxPool2d(2), nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 32, 3, padding=1),
                         nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)],
    }  # fmt: skip
    network = nn.Sequential(nn.Unflatten(-1, (1, 8, 8)), *pieces[name]()).double()
    position = 0
    with torch.no_grad():
        for parameter in network.parameters():
            values = row[position : position + parameter.numel()]
            full = parameter.ndim == 2  # stored inputs first
            parameter.copy_(values.view(parameter.shape[::-1]).T if full else values.view(parameter.shape))
            position += parameter.numel()
    assert position == problem.size
    return network


def test_sizes_of_the_convolutional_networks() -> None:
    digits = Digits.random(number=10, pixels=784)
    assert [Convolutional(digits, name).size for name in ("cnn1", "cnn2")] == [33_850, 117_434]
    with pytest.raises(ValueError, match="name is 'cnn3'"):
        Convolutional(digits, "cnn3")
    with pytest.raises(ValueError, match="expected a square"):
        Convolutional(Digits.random(pixels=12))
