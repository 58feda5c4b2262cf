"""as_torch steps like torch.optim, for any module."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from mddl_lib.optimizers import Adam, HyperAdam, as_torch


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(18, 3)).double()


IMAGES = torch.randn(8, 1, 5, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def fit(module: nn.Module, optimizer: torch.optim.Optimizer, steps: int) -> float:
    for _ in range(steps):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(module(IMAGES), torch.arange(8) % 3)
        loss.backward()
        optimizer.step()
    return loss.item()


def test_adam_as_torch_is_torch() -> None:
    ours, theirs = network(), network()
    fit(ours, as_torch(Adam(0.01), ours.parameters()), 50)
    fit(theirs, torch.optim.Adam(theirs.parameters(), 0.01), 50)
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert (one - other).abs().max() < 1e-11


def test_hyperadam_as_adam_trains_a_module_and_takes_its_type() -> None:
    module = network()
    optimizer = as_torch(HyperAdam().from_algorithm(), module.parameters())
    first = fit(module, optimizer, 1)
    assert fit(module, optimizer, 40) < 0.7 * first
    assert all(value.grad is None for value in optimizer.optimizer.parameters())


def test_a_state_dict_goes_on_where_it_was_made() -> None:
    one = network()
    first = as_torch(HyperAdam().from_algorithm(), one.parameters())
    fit(one, first, 5)
    other = copy.deepcopy(one)
    second = as_torch(HyperAdam().from_algorithm(), other.parameters())
    second.load_state_dict(first.state_dict())
    fit(one, first, 5)
    fit(other, second, 5)
    for here, there in zip(one.parameters(), other.parameters(), strict=True):
        assert torch.equal(here, there)


def test_a_closure_is_called_and_a_frozen_parameter_stays() -> None:
    module = network()
    module[0].weight.requires_grad_(False)
    before = module[0].weight.clone()
    optimizer = as_torch(Adam(), module.parameters())

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = module(IMAGES).square().mean()
        loss.backward()
        return loss

    assert optimizer.step(closure).item() > 0
    assert torch.equal(module[0].weight, before)


def test_a_nan_ends_with_a_message_and_changes_nothing() -> None:
    module = network()
    optimizer = as_torch(Adam(), module.parameters())
    module(IMAGES).sum().backward()
    module[3].bias.grad[1] = float("nan")
    before = copy.deepcopy(module.state_dict())
    with pytest.raises(ValueError, match=r"1 of 3 gradients of parameter 3, shape \(3,\), are NaN or infinite"):
        optimizer.step()
    assert all(torch.equal(value, module.state_dict()[key]) for key, value in before.items())


def test_parameters_that_make_no_vector_are_refused() -> None:
    with pytest.raises(ValueError, match="empty parameter list"):
        as_torch(Adam(), [])
    with pytest.raises(ValueError, match="expected one device and one type"):
        as_torch(Adam(), [torch.zeros(2, requires_grad=True), torch.zeros(2, dtype=torch.float64, requires_grad=True)])
    with pytest.raises(ValueError, match="parameter groups"):
        as_torch(Adam(), [{"params": [torch.zeros(1)]}, {"params": [torch.ones(1)]}])
