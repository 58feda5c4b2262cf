"""Meta-training through the book's one loop: it learns, resumes bit for bit, refuses another's checkpoint, ends when lost."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from mddl_lib.catalogue import networks
from mddl_lib.optimizers import problems
from mddl_lib.optimizers.evaluation import minibatch_mean, train_losses, tuned_adam
from mddl_lib.optimizers.evaluation import train as train_runs
from mddl_lib.optimizers.optimizees.digits import Digits
from mddl_lib.optimizers.optimizees.perceptron import Perceptron
from mddl_lib.optimizers.plans import PLANS
from mddl_lib.training import weights
from mddl_lib.training.loop import Run, TrainingDivergedError, train
from mddl_lib.training.plan import carry_out

DIGITS = Digits.random()
PROBLEM = Perceptron(DIGITS, width=4, batch=16)
FAMILIES = ("hyperadam", "rnnprop", "dmoptimizer")


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tiny perceptron on random patterns in the place of the papers' on MNIST."""
    monkeypatch.setattr(problems.Digits, "load", lambda name: DIGITS)
    monkeypatch.setattr(problems, "Perceptron", lambda digits: Perceptron(digits, width=4, batch=16))


def short(name: str = "hyperadam", **options: Any) -> tuple[nn.Module, Run]:
    plan = PLANS[name]
    recipe = dataclasses.replace(plan.recipe, **{"iterations": 12, "batch": 2, **options.pop("recipe", {})})
    network = plan.network()
    return network, train(network, plan.problem.objective(network, recipe), recipe, device="cpu", **options)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_resumed_training_is_the_uninterrupted_one_bit_for_bit(name: str, tmp_path: Path) -> None:
    def watch(now: int, loss: float) -> None:
        if now == 8:
            raise KeyboardInterrupt

    network, whole = short(name)
    path = tmp_path / "checkpoint.safetensors"
    with pytest.raises(KeyboardInterrupt):
        short(name, checkpoint=path, checkpoint_every=7, watch=watch)  # 7: in the middle of a run of five unrolls
    resumed, run = short(name, checkpoint=path)
    assert run.resumed_at == 7
    assert run.losses == whole.losses
    for key, value in network.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[key]), key


@pytest.mark.parametrize("change", [{"seed": 2}, {"batch": 3}, {"iterations": 13}, {"clip": 2.0}])
def test_a_checkpoint_of_another_training_is_refused(change: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "c.safetensors"
    short(checkpoint=path)
    with pytest.raises(ValueError, match=f"checkpoint of another training: recipe.{next(iter(change))} is"):
        short(checkpoint=path, recipe=change)


def test_a_plan_becomes_weights_that_its_network_takes(tmp_path: Path) -> None:
    plan = dataclasses.replace(PLANS["rnnprop"], recipe=dataclasses.replace(PLANS["rnnprop"].recipe, iterations=5))
    assert carry_out("rnnprop", {"rnnprop": plan}, tmp_path, runs=tmp_path / "runs", device="cpu").finished
    tensors, header = weights.read(tmp_path / "rnnprop.safetensors")
    assert header["data"] == {"mnist/train": DIGITS.sha256}
    assert (header["seed"], header["iterations"]) == (1, 5)
    weights.fill(networks()[header["network"]](header["config"]), tensors, "rnnprop")


def test_it_learns() -> None:
    """Faster than untrained, after some forty unrolls of a tiny problem."""
    network, _ = short(recipe={"iterations": 40, "batch": 4, "learning_rate": 0.01})
    untrained = PLANS["hyperadam"].network()
    before, after = (train_losses(net, PROBLEM, runs=20)[:, -1].mean() for net in (untrained, network))
    assert after < before - 0.1


def test_a_training_that_is_lost_ends() -> None:
    network = PLANS["hyperadam"].network()
    with torch.no_grad():
        network.weight_cell.linear.bias.fill_(float("nan"))
    recipe = dataclasses.replace(PLANS["hyperadam"].recipe, iterations=60, batch=1)
    with pytest.raises(TrainingDivergedError, match="as in the 50 steps before"):
        train(network, PLANS["hyperadam"].problem.objective(network, recipe), recipe, device="cpu")


def test_a_run_does_not_depend_on_its_neighbours() -> None:
    ours = train_runs(tuned_adam(), PROBLEM, runs=5, together=5)
    apart = train_runs(tuned_adam(), PROBLEM, runs=5, together=2)
    assert torch.allclose(ours.losses, apart.losses, atol=1e-5)
    short_run = train_losses(tuned_adam(), PROBLEM, steps=30, runs=5)
    assert torch.allclose(short_run, ours.losses[:, :30], atol=1e-5)
    assert ours.losses[:, -1].mean() < 0.7 * ours.losses[:, 0].mean()


def test_the_minibatch_mean_is_over_the_runs_own_minibatches() -> None:
    """For an optimizer that never moves, it is the mean of the losses themselves."""
    still = dataclasses.replace(tuned_adam(), learning_rate=0.0)
    runs = train_runs(still, PROBLEM, runs=3)
    assert torch.allclose(minibatch_mean(PROBLEM, runs.parameters), runs.losses.mean(-1), atol=1e-6)
