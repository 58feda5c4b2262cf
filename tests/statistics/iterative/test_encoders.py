"""Inference in turns: set to the algorithm it is gradient ascent; what the gradient is shown as; what it learns from."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from torch import Tensor

from mddl_lib.statistics.iterative.autoencoders import IterativeAutoencoder, IterativeEncoder, OneStepAutoencoder
from mddl_lib.statistics.iterative.encoders import (
    GradientAscent,
    InferenceState,
    IterativeStep,
    adam_ascent,
    encode_gradient,
    iterative,
)
from mddl_lib.statistics.iterative.latent_model import Belief, Bound, LatentModel
from mddl_lib.statistics.iterative.objective import BoundObjective, binary, inference_alone, onto_decoder
from mddl_lib.statistics.iterative.scoring import TURNS, cells, infer, row_name
from mddl_lib.statistics.iterative.tuning import tuned
from mddl_lib.training.recipe import Recipe


def setting(seed: int = 0) -> tuple[LatentModel, Tensor, Bound]:
    torch.manual_seed(seed)
    model = LatentModel(12, 3, 7).double()
    x = (torch.rand(4, 12, dtype=torch.float64) > 0.5).double()
    return model, x, Bound(model, torch.randn(6, 4, 3, dtype=torch.float64))


def test_an_inference_network_that_returns_belief_and_gradient_is_gradient_ascent() -> None:
    """The network, set to the algorithm, beside torch's own ascent on the bound: every turn, to the last digit."""
    _, x, bound = setting()
    network = iterative(IterativeStep(3, 5).double().from_algorithm(0.05), 8)
    numbers = torch.zeros(4, 6, dtype=torch.float64, requires_grad=True)
    ascent = torch.optim.SGD([numbers], 0.05, maximize=True)
    for turn, state in enumerate(network.iterates(x, bound)):
        if turn:
            ascent.zero_grad()
            bound.value(x, Belief(*numbers.chunk(2, 1))).sum().backward()
            ascent.step()
        torch.testing.assert_close(state.estimate.detach(), numbers.detach(), atol=1e-13, rtol=0)


def test_the_classical_stage_is_the_same() -> None:
    _, x, bound = setting()
    pair = [
        iterative(step, 5)(x, bound)
        for step in (GradientAscent(0.05), IterativeStep(3, 5).double().from_algorithm(0.05))
    ]
    torch.testing.assert_close(pair[0], pair[1].detach(), atol=1e-13, rtol=0)


def test_small_steps_raise_the_bound_and_adam_finds_where_it_is_flat() -> None:
    _, x, bound = setting()
    values = [
        float(bound.value(x, state.belief).sum().detach())
        for state in iterative(GradientAscent(0.02), 40).iterates(x, bound)
    ]
    assert all(b >= a for a, b in itertools.pairwise(values))
    *_, last = adam_ascent(x, bound, 0.02, 800)
    assert float(bound.gradient(x, last.belief).abs().max()) < 1e-2
    assert float(bound.value(x, last.belief).sum().detach()) > values[-1]


def test_a_gradient_is_shown_by_size_and_sign() -> None:
    gradient = torch.tensor([[1.0, -1.0, 0.0, np.exp(-5), 1e-6]], dtype=torch.float64)
    shown = encode_gradient(gradient)[0]
    expected = [0.0, 0.0, -1.0, -0.5, -1.0, 1.0, -1.0, 0.0, 1.0, 1e-6 * np.exp(10)]
    torch.testing.assert_close(shown, torch.tensor(expected, dtype=torch.float64), atol=1e-12, rtol=1e-9)


def test_no_gradient_flows_through_the_gradient_and_every_parameter_matters() -> None:
    _, x, bound = setting()
    torch.manual_seed(1)
    step = IterativeStep(3, 5).double()
    with torch.no_grad():
        step.keep.fill_(0.3)
        step.climb.fill_(0.01)
    _, *states = iterative(step, 3).iterates(x, bound)
    (-torch.stack([bound.value(x, state.belief).mean() for state in states]).mean()).backward()
    assert all(p.grad is not None and bool(p.grad.any()) for p in step.parameters())
    assert not bound.gradient(x, states[0].belief).requires_grad


@pytest.mark.parametrize("make", [OneStepAutoencoder, IterativeAutoencoder])
def test_an_objective_draws_from_seed_and_iteration_alone(make: type) -> None:
    from mddl_lib.training.loop import train

    grey = torch.rand(20, 12, generator=torch.Generator().manual_seed(0))
    ends = []
    for _ in range(2):
        torch.manual_seed(3)
        network = make(12, 3, 5)
        train(
            network,
            BoundObjective(grey, "numbers", 2, Recipe(3, batch=4)),
            Recipe(3, batch=4),
            progress=False,
            device="cpu",
        )
        ends.append(torch.cat([p.detach().flatten() for p in network.parameters()]))
    assert torch.equal(*ends)


def test_an_encoder_for_a_decoder_leaves_the_decoder_as_it_is() -> None:
    torch.manual_seed(0)
    first, network = OneStepAutoencoder(12, 3, 5), IterativeAutoencoder(12, 3, 5)
    onto_decoder(network, first.state_dict())
    assert not any(p.requires_grad for p in network.model.parameters())
    for key, value in network.model.state_dict().items():
        assert torch.equal(value, first.model.state_dict()[key])
    alone = inference_alone(network)
    assert isinstance(alone, IterativeEncoder)
    assert alone.config == {"size": 3, "hidden": 5, "turns": 5}
    bound = Bound(network.model, torch.randn(2, 1, 3))
    x = torch.ones(1, 12)
    torch.testing.assert_close(alone(x, bound).mean, network(x, bound).mean)


def test_binary_pictures_have_the_grey_mean() -> None:
    grey = torch.tensor([[0.0, 1.0, 0.25]]).expand(4000, -1)
    found = binary(grey, 1)
    torch.testing.assert_close(found.mean(0), torch.tensor([0.0, 1.0, 0.25]), atol=0.03, rtol=0)
    assert set(found.unique().tolist()) == {0.0, 1.0}
    with pytest.raises(ValueError, match="expected 0 to 1"):
        binary(torch.tensor([[2.0]]))


def test_every_cell_has_a_name_and_a_step() -> None:
    made = cells(lambda name: pytest.fail(f"{name} was loaded"), lambda name, seed: name)
    assert len({(cell.row, cell.column) for cell in made}) == len(made)
    assert row_name("Iterative", 1) == "Iterative, 1 turn"
    for method in ("Gradient ascent", "Adam"):
        assert all(tuned(method, turns) > 0 for turns in TURNS[method])
    with pytest.raises(ValueError, match="expected 'One step'"):
        infer("guessing", 1, OneStepAutoencoder(12, 3, 5), torch.ones(1, 12))


def test_what_is_refused() -> None:
    _, x, bound = setting()
    with pytest.raises(ValueError, match="positive"):
        GradientAscent(0.0)
    with pytest.raises(ValueError, match="NaN"):
        encode_gradient(torch.tensor([[torch.nan]]))
    with pytest.raises(ValueError, match=r"expected \(N, 12\)"):
        iterative(GradientAscent(), 1)(x[:, :5], bound)
    with pytest.raises(ValueError, match="0 or more"):
        list(adam_ascent(x, bound, turns=-1))
    assert InferenceState(torch.zeros(2, 6)).belief.mean.shape == (2, 3)
