"""Scores of trainings: a run is a unit, the first runs of many are the runs of few, both readings, and the tables' cells."""

from __future__ import annotations

import pytest

from mddl_lib.optimizers import Adam, HyperAdam
from mddl_lib.optimizers.evaluation import minibatch_mean, train
from mddl_lib.optimizers.optimizees.digits import Digits
from mddl_lib.optimizers.optimizees.perceptron import Perceptron
from mddl_lib.optimizers.rows import LEARNED, SINES, activation_cells, sequence_cells
from mddl_lib.optimizers.scoring import Trainings, score
from mddl_lib.results.cells import fill
from mddl_lib.results.tables import ResultTable

DIGITS = Digits.random(64, 16)
PROBLEM = Perceptron(DIGITS, width=3, batch=8)
DATA = Trainings(DIGITS.name, DIGITS.sha256, 5, embedded=True)


def test_both_readings_of_a_final_loss() -> None:
    scores = score(Adam(0.01), DATA, PROBLEM, steps=6)
    runs = train(Adam(0.01), PROBLEM, 6, 5)
    assert scores.loss == runs.losses[:, -1].tolist()
    assert scores.after == minibatch_mean(PROBLEM, runs.parameters, 6).tolist()
    assert (scores.unit.many, scores.names[0], len(scores.seconds)) == ("runs", "run 1", 5)
    assert scores.embedded


@pytest.mark.parametrize("optimizer", [Adam(0.01), HyperAdam()], ids=["by hand", "learned"])
def test_fewer_runs_are_the_first_ones(optimizer) -> None:
    few, many = (score(optimizer, DATA, PROBLEM, images=count, steps=5) for count in (2, 5))
    assert few.names == many.names[:2]
    assert few.loss == pytest.approx(many.loss[:2], abs=1e-5)


def test_no_runs_are_refused() -> None:
    with pytest.raises(ValueError, match="images is 0"):
        score(Adam(), DATA, PROBLEM, images=0)


@pytest.mark.parametrize("name", ["hyperadam_activations", "hyperadam_sequence"])
def test_the_cells_are_the_tables(name: str) -> None:
    networks = dict.fromkeys(LEARNED, HyperAdam())
    cells = activation_cells(DIGITS, networks) if name == "hyperadam_activations" else sequence_cells(networks)
    table = ResultTable.load(name)
    assert {(cell.row, cell.column) for cell in cells} == {(r, c) for r in table.announced() for c in table.columns}


def test_a_table_is_filled() -> None:
    table = ResultTable.load("hyperadam_sequence", "smoke")
    cells = [cell for cell in sequence_cells({}) if (cell.row, cell.column) == ("Adam", "Baseline")]
    fill(table, cells, SINES, images=2, score=lambda *given, **options: score(*given, **options, steps=2))
    assert table.entry("Adam", "Baseline")["units"] == ["run 1", "run 2"]
