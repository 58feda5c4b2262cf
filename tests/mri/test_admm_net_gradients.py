"""The slides' gradients, written by hand for each layer, against autograd."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from mddl_lib.core.filters import analyse
from mddl_lib.core.metrics import nmse
from mddl_lib.mri import admm_net_gradients as gradients
from mddl_lib.mri.admm_net import DCTFilters, Reconstruction
from tests.problems import problem, scattered


def draw(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def assert_close(found: Tensor, expected: Tensor, name: str = "") -> None:
    assert expected.norm() > 0, name
    assert (found - expected).norm() <= 1e-6 * expected.norm(), name


def test_the_whole_network() -> None:
    physics, truth, y = problem(24)
    network = scattered(1)
    loss, by_hand = gradients.backpropagate(network, y, physics, truth)
    expected = nmse(network(y, physics), truth).mean()
    torch.testing.assert_close(loss, expected.detach())
    expected.backward()
    assert set(by_hand) == {name for name, _ in network.named_parameters()}
    for name, parameter in network.named_parameters():
        assert_close(by_hand[name], parameter.grad, name)


@pytest.mark.parametrize("start", [True, False])
def test_layer_x(start: bool) -> None:
    physics, _, y = problem(16)
    layer = Reconstruction().double()
    with torch.no_grad():
        layer.filters.coefficients += 0.2 * draw(8, 8)
        layer.penalty += 0.05 * draw(8, seed=1)
    target = None if start else draw(1, 8, 16, 16, seed=2).requires_grad_()
    x, g = layer(physics.A_adjoint(y), target, physics), draw(1, 1, 16, 16, seed=3)
    wanted = [layer.penalty, layer.filters.coefficients] + ([] if start else [target])
    expected = torch.autograd.grad((x * g).sum(), wanted)
    found = gradients.reconstruction(layer, physics, x.detach(), target, g)
    assert_close(found.penalty, expected[0])
    assert_close(found.coefficients, expected[1])
    if not start:
        assert_close(found.target, expected[2])


def test_layer_c() -> None:
    layer, x, g = DCTFilters().double(), draw(1, 1, 12, 12).requires_grad_(), draw(1, 8, 12, 12, seed=1)
    expected = torch.autograd.grad((analyse(x, layer()) * g).sum(), [x, layer.coefficients])
    for a, b in zip(gradients.convolution(layer, x.detach(), g), expected, strict=True):
        assert_close(a, b)


def test_layer_z() -> None:
    layer = scattered(0).stages[0].shrinkage
    a, g = draw(1, 8, 12, 12).requires_grad_(), draw(1, 8, 12, 12, seed=1)
    expected = torch.autograd.grad((layer(a) * g).sum(), [a, layer.values])
    for found, wanted in zip(gradients.shrinkage(layer, a.detach(), g), expected, strict=True):
        assert_close(found, wanted)


def test_layer_m() -> None:
    rate, c, z = (
        draw(8).requires_grad_(),
        draw(1, 8, 6, 6, seed=1).requires_grad_(),
        draw(1, 8, 6, 6, seed=2).requires_grad_(),
    )
    g = draw(1, 8, 6, 6, seed=3)
    expected = torch.autograd.grad((rate[:, None, None] * (c - z) * g).sum(), [c, z, rate])
    for found, wanted in zip(gradients.multiplier(rate, c, z, g), expected, strict=True):
        assert_close(found, wanted)


def test_a_batch_is_refused() -> None:
    physics, truth, y = problem(16, batch=2)
    with pytest.raises(ValueError, match="take one image at a time"):
        gradients.backpropagate(scattered(0), y, physics, truth)
