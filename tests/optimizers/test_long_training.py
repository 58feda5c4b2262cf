"""A long training goes on where it stopped, bit for bit, and refuses what is not its own."""

from __future__ import annotations

import math
import shutil

import pytest
import torch

from mddl_lib.optimizers import Adam, HyperAdam, RNNprop
from mddl_lib.optimizers.evaluation import train
from mddl_lib.optimizers.optimizees.convolutional import Convolutional
from mddl_lib.optimizers.optimizees.digits import Digits
from mddl_lib.optimizers.optimizees.perceptron import Perceptron
from mddl_lib.optimizers.studies.long_training import fingerprint, name_of, smoothed_end, train_long
from mddl_lib.training import weights
from mddl_lib.training.weights import WeightsError

DIGITS = Digits.random(64, 16)
PROBLEM = Perceptron(DIGITS, width=3, batch=8)
NETWORK = Convolutional(DIGITS, batch=4)


@pytest.mark.parametrize("optimizer", [Adam(0.01), HyperAdam(4), RNNprop(4)], ids=["Adam", "HyperAdam", "RNNprop"])
@pytest.mark.parametrize("first", [40, 100, 130])
def test_an_interrupted_training_is_the_same_bit_for_bit(optimizer, first: int, tmp_path) -> None:
    whole = train_long(optimizer, PROBLEM, 230, 1)
    train_long(optimizer, PROBLEM, first, 1, checkpoint=tmp_path / "run.safetensors")
    resumed = train_long(optimizer, PROBLEM, 230, 1, checkpoint=tmp_path / "run.safetensors")
    assert torch.equal(whole.losses, resumed.losses)
    assert torch.equal(whole.parameters, resumed.parameters)


def test_it_is_killed_between_two_checkpoints(tmp_path, monkeypatch) -> None:
    path = tmp_path / "run.safetensors"
    whole = train_long(Adam(0.01), PROBLEM, 250)
    calls = []

    def dies(gradients, state, parameters):
        calls.append(1)
        if len(calls) > 170:
            raise KeyboardInterrupt
        return Adam(0.01).update(gradients, state, parameters)

    class Mortal(Adam):
        update = staticmethod(dies)

    monkeypatch.setattr("mddl_lib.optimizers.studies.long_training.fingerprint", lambda optimizer: "Adam")
    with pytest.raises(KeyboardInterrupt):
        train_long(Mortal(0.01), PROBLEM, 250, checkpoint=path, every=0)
    resumed = train_long(Adam(0.01), PROBLEM, 250, checkpoint=path)
    assert torch.equal(whole.losses, resumed.losses)


def test_its_first_steps_are_those_of_a_short_training() -> None:
    short = train(Adam(0.01), NETWORK, 6, 2, together=1)
    long = train_long(Adam(0.01), NETWORK, 110, 1)
    assert torch.equal(long.losses[:6], short.losses[1])


def test_a_file_of_another_training_is_refused(tmp_path) -> None:
    path = tmp_path / "run.safetensors"
    train_long(Adam(0.01), PROBLEM, 5, checkpoint=path)
    with pytest.raises(ValueError, match=r"optimizer is 'Adam\(learning_rate=0.01.* there and .*Expected the same"):
        train_long(Adam(0.02), PROBLEM, 5, checkpoint=path)
    with pytest.raises(ValueError, match="run is 0 there and 1 here"):
        train_long(Adam(0.01), PROBLEM, 5, 1, checkpoint=path)
    with pytest.raises(ValueError, match="holds 5 steps: expected 4 or fewer"):
        train_long(Adam(0.01), PROBLEM, 4, checkpoint=path)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"steps": 0}, "steps is 0"),
        ({"run": -1}, "run is -1"),
        ({"seed": 1.5}, "seed is 1.5"),
        ({"every": -1}, "every is -1"),
    ],
)
def test_bad_numbers_are_named(changed: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        train_long(Adam(0.01), PROBLEM, **changed)


def test_what_is_no_optimizer_is_named() -> None:
    with pytest.raises(TypeError, match="optimizer is 3: expected an object with init, update"):
        train_long(3, PROBLEM)
    with pytest.raises(TypeError, match="optimizee is None"):
        train_long(Adam(0.01), None)


def test_a_cut_file_is_refused_and_stays(tmp_path) -> None:
    path = tmp_path / "run.safetensors"
    train_long(Adam(0.01), PROBLEM, 5, checkpoint=path)
    content = path.read_bytes()[:-20]
    path.write_bytes(content)
    with pytest.raises(WeightsError):
        train_long(Adam(0.01), PROBLEM, 9, checkpoint=path)
    assert path.read_bytes() == content


def test_weights_are_no_long_training(tmp_path) -> None:
    weights.save(tmp_path / "w.safetensors", {"x": torch.zeros(1)}, {"kind": "weights"})
    with pytest.raises(WeightsError, match="no long training: it holds weights"):
        train_long(Adam(0.01), PROBLEM, 5, checkpoint=tmp_path / "w.safetensors")


@pytest.mark.skipif(not shutil.which("g++"), reason="torch.compile needs a C++ compiler")
def test_a_compiled_update_is_the_same_to_rounding() -> None:
    plain, compiled = (train_long(HyperAdam(4), PROBLEM, 12, compiled=flag) for flag in (False, True))
    assert plain.losses.tolist() == pytest.approx(compiled.losses.tolist(), rel=1e-4)


def test_one_network_alone_has_the_gradient_that_it_has_among_many() -> None:
    generator = torch.Generator().manual_seed(0)
    parameters, chosen = NETWORK.start(3, generator), NETWORK.draw(1, 3, generator)[0]
    values, gradients = NETWORK.value_and_gradient(parameters, chosen)
    for row in range(3):
        value, gradient = NETWORK.value_and_gradient(parameters[row : row + 1], chosen[row : row + 1])
        assert torch.allclose(value, values[row : row + 1], rtol=1e-5)
        assert torch.allclose(gradient, gradients[row : row + 1], rtol=1e-3, atol=1e-5)


def test_the_end_of_a_curve() -> None:
    assert smoothed_end(torch.arange(100.0), 10) == pytest.approx(94.5)
    assert math.isnan(smoothed_end(torch.tensor([1.0, float("inf")])))
    with pytest.raises(ValueError, match=r"shape \(2, 2\)"):
        smoothed_end(torch.zeros(2, 2))


def test_names_tell_optimizers_apart() -> None:
    names = {name_of(optimizer) for optimizer in (Adam(0.1), Adam(0.2), HyperAdam(3), HyperAdam(3))}
    assert len(names) == 4  # two networks of other weights are two
    assert fingerprint(Adam(0.1)) == fingerprint(Adam(0.1))
