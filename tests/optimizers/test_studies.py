"""The studies' cells are the cells of their tables, and their scores what the trainings gave."""

from __future__ import annotations

import pytest

from mddl_lib.optimizers import Adam, HyperAdam
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
from mddl_lib.optimizers.studies.long_training import smoothed_end, train_long
from mddl_lib.results.cells import fill
from mddl_lib.results.tables import ResultTable

DIGITS = Digits.random(64, 16)
PROBLEM = Perceptron(DIGITS, width=3, batch=8)
NETWORK = Convolutional(DIGITS, batch=4)
DATA = Trainings(DIGITS.name, DIGITS.sha256, 3, embedded=True)


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
