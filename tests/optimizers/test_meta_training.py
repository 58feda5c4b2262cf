"""Meta-training: it learns, resumes bit for bit, refuses another training's checkpoint, ends when all is lost."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from mddl_lib.core import weights
from mddl_lib.optimizers.evaluation import minibatch_mean, train, train_losses, tuned_adam
from mddl_lib.optimizers.meta_training import main, meta_train
from mddl_lib.optimizers.networks import NETWORKS
from mddl_lib.optimizers.optimizees.digits import Digits
from mddl_lib.optimizers.optimizees.perceptron import Perceptron
from mddl_lib.optimizers.plans import PLANS

PROBLEM = Perceptron(Digits.random(), width=4, batch=16)


def short(name: str = "hyperadam", **options: Any) -> Any:
    return meta_train(name, PROBLEM, **{"seed": 1, "iterations": 12, **options})


@pytest.mark.parametrize("name", sorted(PLANS))
def test_a_resumed_training_is_the_uninterrupted_one_bit_for_bit(name: str, tmp_path: Path) -> None:
    whole = short(name)
    path = tmp_path / "checkpoint.safetensors"
    training = short(name, checkpoint=path, minutes=0.0)  # stops at once, and writes
    assert training.losses == []
    for iteration in range(7):  # in the middle of a run
        training.step(iteration / 12)
    training.save(path)
    resumed = short(name, checkpoint=path, output=tmp_path / "w.safetensors")
    assert resumed.losses == whole.losses
    for key, value in whole.network.state_dict().items():
        assert torch.equal(value, resumed.network.state_dict()[key]), key
    tensors, header = weights.read(tmp_path / "w.safetensors")
    assert header["finished"]
    assert header["iterations"] == 12
    assert header["seed"] == 1
    assert header["objective"]["data_sha256"] == PROBLEM.digits.sha256
    weights.fill(NETWORKS[header["network"]](**header["config"]), tensors, "w")


def test_a_checkpoint_of_another_training_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.safetensors"
    short(checkpoint=path, minutes=0.0)
    for other in (
        {"seed": 2},
        {"runs": 3},
        {"iterations": 13},
        {"plan": dataclasses.replace(PLANS["hyperadam"], clip=2)},
    ):
        with pytest.raises(ValueError, match="checkpoint of another training"):
            short(**{"checkpoint": path, **other})


def test_it_learns() -> None:
    """Faster than untrained, after some forty unrolls of a tiny problem."""
    plan = dataclasses.replace(PLANS["hyperadam"], learning_rate=0.01)
    training = short(iterations=40, runs=4, plan=plan)
    torch.manual_seed(training.objective.seed)
    untrained = NETWORKS["hyperadam"]()
    before, after = (train_losses(net, PROBLEM, runs=20)[:, -1].mean() for net in (untrained, training.network))
    assert after < before - 0.1


def test_a_training_that_is_lost_ends() -> None:
    training = short(iterations=1)
    with torch.no_grad():
        training.network.weight_cell.linear.bias.fill_(float("nan"))

    def lose() -> None:
        for _ in range(60):
            training.step(0.0)

    with pytest.raises(RuntimeError, match="51 unrolls in a row without a finite gradient"):
        lose()


def test_without_an_end_it_does_not_begin() -> None:
    with pytest.raises(ValueError, match="neither iterations nor minutes"):
        meta_train("hyperadam", PROBLEM)


def test_a_run_does_not_depend_on_its_neighbours() -> None:
    ours = train(tuned_adam(), PROBLEM, runs=5, together=5)
    apart = train(tuned_adam(), PROBLEM, runs=5, together=2)
    assert torch.allclose(ours.losses, apart.losses, atol=1e-5)
    short_run = train_losses(tuned_adam(), PROBLEM, steps=30, runs=5)
    assert torch.allclose(short_run, ours.losses[:, :30], atol=1e-5)
    assert ours.losses[:, -1].mean() < 0.7 * ours.losses[:, 0].mean()


def test_the_minibatch_mean_is_over_the_runs_own_minibatches() -> None:
    """For an optimizer that never moves, it is the mean of the losses themselves."""
    still = dataclasses.replace(tuned_adam(), learning_rate=0.0)
    runs = train(still, PROBLEM, runs=3)
    assert torch.allclose(minibatch_mean(PROBLEM, runs.parameters), runs.losses.mean(-1), atol=1e-6)


def test_the_command_line_trains(tmp_path: Path) -> None:
    digits = np.random.default_rng(0).integers(256, size=(60, 16), dtype=np.uint8)
    np.savez(tmp_path / "d.npz", train_images=digits, train_labels=np.arange(60) % 10)
    main(["rnnprop", "--data", str(tmp_path / "d.npz"), "--out", str(tmp_path), "--iterations", "5", "--seed", "4"])
    _, header = weights.read(tmp_path / "rnnprop_seed4.safetensors")
    assert header["finished"]
    assert header["schedule"] == {"iterations": 5}
