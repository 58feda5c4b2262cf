"""The learned optimizers: what they are at their special settings, and what leaves them unchanged."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from mddl_lib.optimizers import Adam, DMoptimizer, HyperAdam, RNNprop
from mddl_lib.optimizers.networks import NETWORKS

FAMILIES = sorted(NETWORKS)


def gradients(steps: int = 30, n: int = 12, seed: int = 0) -> Tensor:
    """Of sizes that differ by orders of magnitude between the coordinates."""
    draw = torch.randn(steps, n, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    return draw * torch.logspace(-4, 1, n, dtype=torch.float64)


def follow(optimizer: Any, given: Tensor) -> Tensor:
    """All updates that a sequence of gradients (steps, …) brings, (steps, …)."""
    x = torch.zeros_like(given[0])
    state, made = optimizer.init(x), []
    for gradient in given:
        updates, state = optimizer.update(gradient, state, x)
        made.append(updates)
        x = x + updates
    return torch.stack(made).detach()


def make(family: str, seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    return NETWORKS[family]({}).double()


@pytest.mark.parametrize("candidate", [0, 7])
def test_hyperadam_with_constant_rates_and_a_one_hot_weight_field_is_adam(candidate: int) -> None:
    torch.manual_seed(0)
    network = HyperAdam(learning_rate=0.01, epsilon=0).double().from_algorithm(0.9, 0.999, candidate)
    ours, theirs = follow(network, gradients(100)), follow(Adam(0.01, epsilon=0), gradients(100))
    assert theirs.abs().max() > 0.005
    assert (ours - theirs).abs().max() < 1e-12


def test_the_distance_to_adam_with_its_usual_epsilon_is_small_and_not_zero() -> None:
    network = HyperAdam(learning_rate=0.01).double().from_algorithm()
    distance = (follow(network, gradients(100)) - follow(Adam(0.01), gradients(100))).abs().max().item() / 0.01
    assert 1e-6 < distance < 1e-3, "ε = 1e-8 outside the root against 1e-24 inside it, in units of a step"


@pytest.mark.parametrize("rate", [0.0, 1.0, 1.5])
def test_a_decay_rate_outside_0_to_1_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match=f"a decay rate is {rate}"):
        HyperAdam().from_algorithm(mean_decay=rate)


@pytest.mark.parametrize("network", [DMoptimizer(), RNNprop()])
def test_zero_output_changes_nothing(network: nn.Module) -> None:
    nn.init.zeros_(network.readout.weight)
    assert not follow(network.double(), gradients()).any()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_batch_is_its_rows(family: str) -> None:
    network = make(family)
    given = torch.stack([gradients(seed=seed) for seed in range(3)], 1)
    together = follow(network, given)
    alone = torch.stack([follow(network, given[:, row]) for row in range(3)], 1)
    assert together.shape == given.shape
    assert (together - alone).abs().max() < 1e-14


@pytest.mark.parametrize(("family", "invariant"), [("hyperadam", True), ("rnnprop", True), ("dmoptimizer", False)])
def test_who_sees_the_scale_of_the_loss(family: str, invariant: bool) -> None:
    network = make(family)
    difference = (follow(network, gradients()) - follow(network, 50 * gradients())).abs().max().item()
    assert difference < 1e-12 if invariant else difference > 1e-5


def test_hyperadam_without_preprocessing_sees_the_scale() -> None:
    torch.manual_seed(0)
    network = HyperAdam(preprocessing=False).double()
    assert (follow(network, gradients()) - follow(network, 50 * gradients())).abs().max() > 1e-5


def test_hyperadam_without_lstm_keeps_the_rest() -> None:
    torch.manual_seed(0)
    network = HyperAdam(lstm=False)
    assert not [key for key in network.state_dict() if "memory" in key]
    assert follow(network, gradients().float()).isfinite().all()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_coordinate_without_gradient_stays_and_harms_no_meta_gradient(family: str) -> None:
    network = make(family).float()
    given = gradients().float()
    given[:, ::2] = 0
    x = torch.zeros(12)
    state = network.init(x)
    for gradient in given:
        updates, state = network.update(gradient, state, x)
        x = x + updates
    assert x.isfinite().all()
    if family != "dmoptimizer":  # its bias moves every coordinate
        assert family == "rnnprop" or not x[::2].any()
    x.square().sum().backward()
    assert all(bool(p.grad.isfinite().all()) for p in network.parameters() if p.grad is not None)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_parameter_matters(family: str) -> None:
    network = make(family)
    x = torch.zeros(12, dtype=torch.float64)
    state = network.init(x)
    for gradient in gradients(3):
        updates, state = network.update(gradient, state, x)
        x = x + updates
    x.square().sum().backward()
    silent = [name for name, value in network.named_parameters() if value.grad is None or not value.grad.any()]
    assert silent == []


@pytest.mark.parametrize("family", FAMILIES)
def test_shapes_that_do_not_fit_are_named(family: str) -> None:
    network = make(family)
    with pytest.raises(ValueError, match=r"parameters have the shape \(2, 3, 4\)"):
        network.init(torch.zeros(2, 3, 4))
    x = torch.zeros(4)
    with pytest.raises(ValueError, match=r"gradients have the shape \(5,\), parameters \(4,\)"):
        network.update(torch.zeros(5), network.init(x), x)


def test_sizes() -> None:
    sizes = {family: sum(p.numel() for p in make(family).parameters()) for family in FAMILIES}
    assert sizes["hyperadam"] == 40 + (80 * 40 + 160) + (40 * 40 + 40) + (20 * 20 + 20)
    assert sum(sizes.values()) * 4 < 100_000
