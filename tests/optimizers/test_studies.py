"""Long trainings go on where they stopped, and the studies' cells are the cells of their tables."""

from __future__ import annotations

import shutil

import pytest
import torch

from mddl_lib.optimizers import Adam, HyperAdam, RNNprop
from mddl_lib.optimizers.evaluation import train
from mddl_lib.optimizers.optimizees.convolutional import Convolutional
from mddl_lib.optimizers.optimizees.digits import Digits
from mddl_lib.optimizers.optimizees.perceptron import Perceptron
from mddl_lib.optimizers.scoring import Trainings, score
from mddl_lib.optimizers.studies import ablation
from mddl_lib.optimizers.studies.ablation import VARIANTS, ablation_cells
from mddl_lib.optimizers.studies.depth import depth_cells
from mddl_lib.optimizers.studies.digits_networks import OnTestDigits, convolutional_cells
from mddl_lib.optimizers.studies.horizon import AfterSteps, horizon_cells
from mddl_lib.optimizers.studies.long_training import fingerprint, name_of, smoothed_end, train_long
from mddl_lib.results.cells import fill
from mddl_lib.results.tables import ResultTable
from mddl_lib.training.weights import WeightsError

DIGITS = Digits.random(64, 16)
PROBLEM = Perceptron(DIGITS, width=3, batch=8)
NETWORK = Convolutional(DIGITS, batch=4)
DATA = Trainings(DIGITS.name, DIGITS.sha256, 3, embedded=True)


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
    with pytest.raises(
        ValueError, match=r"optimizer is 'Adam\(learning_rate=0.01.*expected the same|Expected the same"
    ):
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
    from mddl_lib.training import weights

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
    assert smoothed_end(torch.tensor([1.0, float("inf")])) != smoothed_end(torch.tensor([1.0]))
    with pytest.raises(ValueError, match=r"shape \(2, 2\)"):
        smoothed_end(torch.zeros(2, 2))


def test_names_tell_optimizers_apart() -> None:
    names = {name_of(optimizer) for optimizer in (Adam(0.1), Adam(0.2), HyperAdam(3), HyperAdam(3))}
    assert len(names) == 4  # two networks of other weights are two
    assert fingerprint(Adam(0.1)) == fingerprint(Adam(0.1))


def test_scores_on_test_digits(tmp_path) -> None:
    scored = OnTestDigits(DIGITS, steps=7, folder=tmp_path)(Adam(0.01), DATA, NETWORK, images=2, progress=False)
    for run in range(2):
        expected = NETWORK.scores(train(Adam(0.01), NETWORK, 7, 2, together=1).parameters[run], DIGITS)
        assert scored.loss[run] == pytest.approx(expected["loss"], rel=1e-5)
        assert scored.top1[run] == pytest.approx(100 * expected["top1"])
        assert scored.top2[run] >= scored.top1[run]
    assert len(list(tmp_path.glob("*.safetensors"))) == 2
    assert scored.names == ["run 1", "run 2"]


def test_the_loss_on_the_way_is_read_from_one_training(tmp_path) -> None:
    score = AfterSteps(PROBLEM, tmp_path, last=130)
    kept = [score(Adam(0.01), DATA, steps, images=1, progress=False).loss[0] for steps in (60, 130)]
    losses = train_long(Adam(0.01), PROBLEM, 130).losses
    assert kept == [smoothed_end(losses[:60]), smoothed_end(losses)]
    with pytest.raises(ValueError, match="steps is 131: expected at most 130"):
        score(Adam(0.01), DATA, 131, images=1)


@pytest.mark.parametrize("name", ["hyperadam_cnn", "hyperadam_depth", "hyperadam_horizon", "hyperadam_ablation"])
def test_the_cells_are_the_tables(name: str) -> None:
    learned = ("DMoptimizer", "RNNprop", "HyperAdam")
    networks = dict.fromkeys(learned, HyperAdam)
    further = ("RNNprop, trained longer", "HyperAdam, trained longer", "HyperAdam, J = 10")
    longer = {**networks, **dict.fromkeys(further, HyperAdam)}

    def trained() -> HyperAdam:
        network = HyperAdam()
        network.header = {"tensors_sha256": "0"}
        return network

    cells = {
        "hyperadam_cnn": lambda: convolutional_cells(Digits.random(64, 784), longer),
        "hyperadam_depth": lambda: depth_cells(DIGITS, longer),
        "hyperadam_horizon": lambda: horizon_cells(longer),
        "hyperadam_ablation": lambda: ablation_cells(DIGITS, dict.fromkeys(VARIANTS, trained)),
    }[name]()
    table = ResultTable.load(name)
    expected = {(row, c) for row in table.announced() for c in table.columns if table.expects(row, c)}
    assert {(cell.row, cell.column) for cell in cells} == expected


def test_the_ablation_differs_in_one_part_a_row() -> None:
    whole = VARIANTS["whole"]
    assert whole.candidates == 20
    assert all((whole.lstm, whole.preprocessing, whole.convex, whole.scaling))
    recipes = {plan.recipe for plan in ablation.PLANS.values()}
    assert len(recipes) == 1
    assert {name for name in ablation.PLANS} == {ablation.weights_name(row) for row in VARIANTS}
    without = ablation.PLANS["hyperadam_study_without_lstm"].network()
    assert without.state_cell.memory is None
    assert without.config["preprocessing"]
    with pytest.raises(KeyError, match="expected one of"):
        ablation.weights_name("without anything")


def test_a_study_is_filled(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("MDDL_RESULTS", str(tmp_path))
    table = ResultTable.load("hyperadam_horizon", "smoke")
    cells = [cell for cell in horizon_cells({"HyperAdam": HyperAdam}) if cell.column == "100 steps"]
    fill(table, cells, DATA, images=1, score=AfterSteps(PROBLEM, tmp_path, last=100))
    assert {cell.row for cell in cells} == {row for row in table.announced() if table.entry(row, "100 steps")}
    deep = ResultTable.load("hyperadam_depth", "smoke")
    shallow = depth_cells(DIGITS, {"HyperAdam": HyperAdam}, (1,))
    fill(deep, shallow, DATA, images=1, score=lambda *given, **options: score(*given, **options, steps=3))
    assert deep.entry("Adam", "1")["origin"] != deep.entry("HyperAdam", "1")["origin"]


def test_the_convolutional_table_is_filled(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("MDDL_RESULTS", str(tmp_path))
    digits = Digits.random(64, 16)
    table = ResultTable.load("hyperadam_cnn", "smoke")
    cells = convolutional_cells(digits, {"HyperAdam": HyperAdam}, steps=3)
    fill(table, cells, DATA, images=1, score=OnTestDigits(digits, 3, tmp_path))
    assert table.entry("HyperAdam", "CNN 2")["origin"] == {"method": "HyperAdam", "steps": 3}
