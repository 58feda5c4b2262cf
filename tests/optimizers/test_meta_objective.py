"""The objective of meta-training: its gradient, what it carries, what it draws from."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch
from torch import nn

from mddl_lib.optimizers.meta_objective import MetaObjective
from mddl_lib.optimizers.networks import NETWORKS
from mddl_lib.optimizers.optimizees.digits import Digits
from mddl_lib.optimizers.optimizees.perceptron import Perceptron


def objective(**options: Any) -> MetaObjective:
    problem = Perceptron(Digits.random().to(torch.float64), "tanh", width=3, batch=8)
    return MetaObjective(problem, **{"seed": 3, "runs": 2, "unroll": 4, "horizon": 12, **options})


def network(family: str) -> nn.Module:
    torch.manual_seed(1)
    return NETWORKS[family]({}).double()


@pytest.mark.parametrize("loss", ["mean", "last"])
@pytest.mark.parametrize("family", sorted(NETWORKS))
def test_the_meta_gradient_is_a_finite_difference(family: str, loss: str) -> None:
    """Of an unroll in which the inner gradients are held fixed, as the stop-gradient says, and the losses are not."""
    goal, learner = objective(loss=loss), network(family)
    value = goal(learner, 0)
    value.backward()
    problem, steps = goal._problem_of(0), list(goal.optimizee.draw(4, 2, goal._generator(0, 1)))

    fixed, x, state = [], problem.start, learner.init(problem.start)
    with torch.no_grad():
        for chosen in steps:
            fixed.append(problem.value_and_gradient(x, chosen)[1])
            updates, state = learner.update(fixed[-1], state, x)
            x = x + updates

    @torch.no_grad()
    def unroll() -> float:
        losses, x, state = [], problem.start, learner.init(problem.start)
        for chosen, gradients in zip(steps, fixed, strict=True):
            losses.append(problem.value_and_gradient(x, chosen)[0])
            updates, state = learner.update(gradients, state, x)
            x = x + updates
        return (torch.stack(losses) if loss == "mean" else losses[-1]).mean().item()

    assert unroll() == pytest.approx(value.item(), abs=1e-14)
    generator, step = torch.Generator().manual_seed(0), 1e-7
    directions = [torch.randn(p.shape, generator=generator, dtype=p.dtype) for p in learner.parameters()]
    expected = sum((p.grad * d).sum().item() for p, d in zip(learner.parameters(), directions, strict=True))
    ends = []
    for sign in (1, -1):
        with torch.no_grad():
            for p, d in zip(learner.parameters(), directions, strict=True):
                p.add_(sign * step * d)
            ends.append(unroll())
            for p, d in zip(learner.parameters(), directions, strict=True):
                p.sub_(sign * step * d)
    assert abs(expected) > 1e-5
    assert (ends[0] - ends[1]) / (2 * step) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("family", sorted(NETWORKS))
def test_a_run_is_carried_over_its_unrolls(family: str) -> None:
    """Three unrolls of four steps are one of twelve, apart from the minibatches' seeds."""
    goal, learner = objective(), network(family)
    for iteration in range(3):
        goal(learner, iteration)
        carried = goal.state_dict()
        assert int(carried["next"]) == iteration + 1
        assert (len(carried) > 1) == (iteration < 2), "a finished run leaves nothing"
        assert not any(value.requires_grad for value in carried.values())
    again = objective()
    problem, x = again._problem_of(0), again._problem_of(0).start
    state = learner.init(x)
    for iteration in range(2):
        for chosen in again.optimizee.draw(4, 2, again._generator(iteration, 1)):
            updates, state = learner.update(problem.value_and_gradient(x, chosen)[1], state, x)
            x = x + updates
    goal(learner, 0), goal(learner, 1)
    assert torch.equal(goal.state_dict()["carried.0"], x.detach())


def test_a_loaded_state_goes_on_bit_for_bit() -> None:
    learner, whole, part = network("hyperadam"), objective(), objective()
    values = [whole(learner, iteration).item() for iteration in range(5)]
    part(learner, 0), part(learner, 1)
    other = objective()
    other.load_state_dict(part.state_dict())
    assert [other(learner, iteration).item() for iteration in range(2, 5)] == values[2:]


def test_a_run_whose_state_is_missing_is_refused() -> None:
    with pytest.raises(ValueError, match=r"iteration 4 continues run 1, .* begin at a multiple of 3"):
        objective()(network("rnnprop"), 4)
    fresh = objective()
    assert fresh(network("rnnprop"), 3).isfinite()


def test_draws_depend_on_seed_and_iteration_alone() -> None:
    learner = network("hyperadam")
    first = objective()(learner, 3).item()
    torch.manual_seed(99)
    warm = objective()
    warm(learner, 0)
    assert warm(learner, 3).item() == first
    assert objective(seed=4)(learner, 3).item() != first
    assert objective()(learner, 0).item() != first


def test_its_description_is_json_and_holds_every_constant() -> None:
    described = objective(loss="last", scaling=False).description()
    assert json.loads(json.dumps(described)) == described
    assert described["loss"] == "last"
    assert described["scaling"] is False
    assert len(described["data_sha256"]) == 64


def test_bad_constants_are_named() -> None:
    with pytest.raises(ValueError, match="loss is 'first'"):
        objective(loss="first")
    with pytest.raises(ValueError, match="horizon 10, unroll 4"):
        objective(horizon=10)
