"""What the networks are trained on, how they are scored, and that both refuse what they cannot take."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from mddl_lib.core.unrolled import estimates
from mddl_lib.results.cells import fill
from mddl_lib.results.tables import ResultTable
from mddl_lib.sparse_coding.coupled import CoupledLISTA
from mddl_lib.sparse_coding.lista import LISTA
from mddl_lib.sparse_coding.objectives import LayerErrors, SparseVectors
from mddl_lib.sparse_coding.plans import PLANS
from mddl_lib.sparse_coding.pursuit import fista, ista
from mddl_lib.sparse_coding.scoring import TITLES, WEIGHTS, Sets, cells, column, layer_errors, score, tuned_penalty
from mddl_lib.sparse_coding.setting import Setting, nmse_db
from mddl_lib.training.loop import train
from mddl_lib.training.recipe import Recipe

SETTING = Setting(16, 32, 0.1)
RECIPE = Recipe(60, learning_rate=3e-2, batch=32, clip=0.0, symmetries=False, seed=1)


def network() -> CoupledLISTA:
    return CoupledLISTA(16, 32, 4, analytic=True).from_algorithm(SETTING.physics, 0.2)


def test_the_loss_is_the_mean_of_the_layers_errors_in_decibels_and_in_the_end_the_last_ones() -> None:
    vectors = SETTING.draw(100, 0)
    objective = LayerErrors(SETTING, vectors, dataclasses.replace(RECIPE, batch=5000))
    net = LISTA(16, 32, 3).from_algorithm(SETTING.physics, 0.2)
    found = [nmse_db(x, vectors.codes) for x in estimates(net, vectors.signals, SETTING.physics)][1:]
    with torch.no_grad():
        # a large batch stands for all
        assert float(objective(net, 35)) == pytest.approx(sum(found) / 3, abs=0.2)
        assert float(objective(net, 36)) == pytest.approx(found[-1], abs=0.2)
        assert abs(found[-1] - sum(found) / 3) > 0.5


def test_layers_join_one_after_the_other() -> None:
    objective = LayerErrors(SETTING, SETTING.draw(10, 0), dataclasses.replace(RECIPE, iterations=100))
    counts = [objective.layers(iteration, 4) for iteration in range(100)]
    assert (counts[0], counts[14], counts[15], counts[60], counts[99]) == (1, 1, 2, 4, 4)
    assert counts == sorted(counts)


def test_training_helps_and_resumes_bit_for_bit(tmp_path) -> None:
    before = layer_errors(network(), SETTING, 256)[-1]
    whole, part = network(), network()
    objective = SparseVectors(SETTING, 2000).objective(whole, RECIPE)
    train(whole, objective, RECIPE, device="cpu", progress=False)
    assert layer_errors(whole, SETTING, 256)[-1] < before - 2
    train(part, objective, RECIPE, device="cpu", progress=False, checkpoint=tmp_path / "c", minutes=0)

    class Stop(Exception):
        pass

    def stop(iteration: int, loss: float) -> None:
        if iteration == 25:
            raise Stop

    with pytest.raises(Stop):
        train(
            part,
            objective,
            RECIPE,
            device="cpu",
            progress=False,
            checkpoint=tmp_path / "c",
            checkpoint_every=10,
            watch=stop,
        )
    again = network()
    run = train(again, objective, RECIPE, device="cpu", progress=False, checkpoint=tmp_path / "c")
    assert run.resumed_at == 20
    assert all(torch.equal(a, b) for a, b in zip(whole.parameters(), again.parameters(), strict=True))


def test_scores_are_the_errors_of_sets() -> None:
    sets = Sets(SETTING, 3, 20)
    scores = score(network(), sets, 2, images=2)
    expected = []
    for seed in range(2):
        drawn = SETTING.draw(20, seed, "test")
        expected.append(nmse_db(estimates(network(), drawn.signals, SETTING.physics)[2], drawn.codes))
    assert scores.nmse == pytest.approx(expected)
    assert scores.names == ["set 1", "set 2"]


def test_what_cannot_be_scored_is_named() -> None:
    with pytest.raises(IndexError, match="layers is 5: expected at most 4"):
        score(network(), Sets(SETTING), 5)
    with pytest.raises(TypeError, match="sets is a Setting: expected Sets"):
        score(network(), SETTING, 1)
    with pytest.raises(TypeError, match="network is a str"):
        layer_errors("lista", SETTING)
    with pytest.raises(KeyError, match="expected one of"):
        column("30 dB", 4)
    with pytest.raises(KeyError, match="expected one of"):
        tuned_penalty("LISTA", SETTING, 4)
    with pytest.raises(TypeError, match="expected an Unrolled"):
        LayerErrors(SETTING, SETTING.draw(5, 0), RECIPE)(torch.nn.Linear(2, 2), 0)


def test_the_penalty_is_the_best_of_those_tried() -> None:
    best = tuned_penalty("FISTA", SETTING, 8)
    errors = {
        p: layer_errors(fista(SETTING.physics, p, 8), SETTING, 256, 0, "train")[-1] for p in (0.02, 0.05, 0.1, 0.2, 0.4)
    }
    assert errors[best] == min(errors.values())


def test_the_cells_are_the_tables_and_fill_it(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("MDDL_RESULTS", str(tmp_path))
    table = ResultTable.load("lista", "smoke")
    every = {name: (lambda: LISTA()) for name in PLANS}
    found = [cell for title in TITLES for cell in cells(every, title)]
    known = {(cell.row, cell.column) for cell in found}
    assert {(row, c) for row in table.announced() for c in table.columns} <= known
    assert {row for row in WEIGHTS} <= set(table.announced())
    ours = [cell for cell in cells({}, "noiseless") if cell.column == "4, noiseless"]
    fill(table, ours, Sets(TITLES["noiseless"], 1, 16), images=1, score=score)
    assert table.entry("ISTA", "4, noiseless")["units"] == ["set 1"]


def test_every_plan_starts_from_ista() -> None:
    plan = PLANS["lista_noiseless"]
    setting = plan.problem.setting
    drawn = setting.draw(8, 0, "test")
    made = plan.network()(drawn.signals, setting.physics)
    assert torch.allclose(made, ista(setting.physics, 0.4, 16)(drawn.signals, setting.physics), atol=1e-5)
