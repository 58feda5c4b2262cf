"""Collections, training and scoring, on a few drawn bodies: no shape that is searched teaches; a training resumes bit for bit."""

from __future__ import annotations

import itertools
import statistics
from pathlib import Path

import numpy as np
import pytest
import torch

import mddl_lib
from mddl_lib import catalogue
from mddl_lib.results.tables import ResultTable
from mddl_lib.shapes import retrieval
from mddl_lib.shapes.collections import Collection, divided
from mddl_lib.shapes.evaluation import METRICS, by_network, distances, score, tuned_power
from mddl_lib.shapes.learned.st_net import STNet
from mddl_lib.shapes.plans import KINDS, PLANS, plan, weights_name
from mddl_lib.shapes.problems import MetricObjective
from mddl_lib.shapes.rows import COLUMNS, LEARNED, cells
from mddl_lib.training.loop import train
from mddl_lib.training.recipe import Recipe


@pytest.fixture(scope="module")
def crowd(tmp_path_factory) -> Collection:
    """Three people in five poses."""
    return Collection("phantom_bodies_300", splits=2, classes=3, members=5, folder=tmp_path_factory.mktemp("spectra"))


def test_splits_take_forty_percent_of_each_class_and_differ(crowd: Collection) -> None:
    assert len(crowd.labels) == 15
    for number in (1, 2):
        taught, searched = crowd.split(number)
        assert not set(taught) & set(searched)
        assert sorted([*taught, *searched]) == list(range(15))
        assert [int((crowd.labels[taught] == kind).sum()) for kind in np.unique(crowd.labels)] == [2, 2, 2]
        for part in crowd.validation(number):
            assert set(part) <= set(taught)
    assert not np.array_equal(crowd.split(1)[0], crowd.split(2)[0])
    with pytest.raises(ValueError, match="number is 3: expected a split from 1 to 2"):
        crowd.split(3)


@pytest.mark.parametrize(
    ("name", "classes", "size", "searched"),
    [("faust_5k", 10, 10, 60), ("phantom_bodies_300", 15, 20, 180), ("mcgill", 10, None, None)],
)
def test_collections_have_the_protocols_classes(
    name: str, classes: int, size: int | None, searched: int | None
) -> None:
    pytest.importorskip("data_fetch")
    from data_fetch import available

    if not available(name):
        pytest.skip(f"{name} is not here")
    collection = Collection(name)
    sizes = np.unique(collection.labels, return_counts=True)[1]
    assert len(sizes) == classes
    if size:
        assert (sizes == size).all()
        assert len(collection.split(1)[1]) == searched
        assert len(collection) == 5


def test_a_share_is_drawn_from_each_class() -> None:
    labels = np.array([0] * 7 + [1] * 3)
    first, rest = divided(np.arange(10) + 100, labels, 0.4, 3)
    assert [int((labels[first - 100] == kind).sum()) for kind in (0, 1)] == [3, 2]
    assert sorted([*first, *rest]) == list(range(100, 110))
    with pytest.raises(ValueError, match=r"share is 1\.5"):
        divided(np.arange(10), labels, 1.5, 0)


@pytest.mark.parametrize("kind", ["st_net", "surf_ml_net", "csdlmnn", "shape_chebnet"])
def test_the_loss_falls(kind: str, crowd: Collection) -> None:
    made = plan(kind, crowd)
    network = made.network()
    recipe = Recipe(25, learning_rate=made.recipe.learning_rate, batch=4 if "cheb" in kind else 100, clip=1.0, seed=1)
    run = train(network, made.problem.objective(network, recipe), recipe, progress=False, device="cpu")
    assert statistics.mean(run.losses[-5:]) < 0.9 * statistics.mean(run.losses[:5])


def test_a_stopped_training_goes_on_bit_for_bit(crowd: Collection, tmp_path: Path) -> None:
    made, recipe = plan("st_net", crowd), Recipe(20, learning_rate=0.1, batch=4, seed=5)
    whole, halves, again = made.network(), made.network(), made.network()
    objective = made.problem.objective(whole, recipe)
    train(whole, objective, recipe, progress=False, device="cpu")

    class StopError(Exception):
        pass

    def stop(done: int, _: float) -> None:
        if done == 12:
            raise StopError

    path = tmp_path / "net.safetensors"
    with pytest.raises(StopError):
        train(halves, objective, recipe, checkpoint=path, checkpoint_every=10, watch=stop, progress=False, device="cpu")
    run = train(again, objective, recipe, checkpoint=path, progress=False, device="cpu")
    assert run.resumed_at == 10
    for one, two in zip(whole.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, two)


def test_plans_are_the_same_each_time_and_each_split_has_its_seed(crowd: Collection) -> None:
    one, two, other = (plan("st_net", crowd, split).network().metric.weight for split in (1, 1, 2))
    assert torch.equal(one, two)
    assert not torch.equal(one, other)
    assert {weights_name(k, c, s) for k in KINDS for c in COLUMNS for s in range(1, 6)} == set(PLANS)


def test_batches_hold_pairs(crowd: Collection) -> None:
    objective = MetricObjective([torch.zeros(2)] * 15, crowd.labels, "pair hinge", Recipe(5, batch=4, seed=1))
    drawn = [objective._draw(iteration) for iteration in range(4)]
    assert len({tuple(places) for places in drawn}) > 1
    for places in drawn:
        kinds = crowd.labels[places]
        assert len(places) == len(set(places)) == 4
        assert (np.unique(kinds, return_counts=True)[1] == 2).all()
    with pytest.raises(ValueError, match="loss is 'none'"):
        MetricObjective([torch.zeros(2)], np.array([0]), "none", Recipe(1))
    with pytest.raises(ValueError, match="2 shapes and 1 labels"):
        MetricObjective([torch.zeros(2)] * 2, np.array([0]), "pair hinge", Recipe(1))


def test_scores_have_a_value_a_split_the_mean_over_its_searches(crowd: Collection) -> None:
    network = STNet.from_algorithm()
    found = score(by_network(lambda split: network), crowd, progress=False)
    assert found.names == ["split 1", "split 2"]
    for split in (1, 2):
        searched = crowd.split(split)[1]
        expected = retrieval.scores(distances(network, crowd, searched), crowd.labels[searched])
        for metric in METRICS:
            assert found.values[metric][split - 1] == pytest.approx(np.mean(expected[metric]))


def test_a_check_computes_the_first_split_alone(crowd: Collection) -> None:
    asked = []

    def network(split: int) -> STNet:
        asked.append(split)
        return STNet.from_algorithm()

    found = score(by_network(network), crowd, images=1, progress=False)
    assert asked == [1]
    assert found.names == ["split 1"]


def test_the_tuned_power_looks_at_taught_shapes_only(crowd: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    from mddl_lib.shapes import evaluation

    looked: list[np.ndarray] = []
    real = retrieval.scores

    def spy(found: np.ndarray, labels: np.ndarray):
        looked.append(labels)
        return real(found, labels)

    monkeypatch.setattr(evaluation.retrieval, "scores", spy)
    tuned_power(STNet.from_algorithm())(crowd, 1)
    assert len(looked) == len(evaluation.POWERS)
    assert all(np.array_equal(labels, crowd.labels[crowd.split(1)[0]]) for labels in looked)


def test_cells_are_the_rows_that_the_table_announces() -> None:
    table = ResultTable.load("st_net", "smoke")
    for name, column in COLUMNS.items():
        assert [cell.row for cell in cells(name)] == [row for row in table.announced() if table.expects(row, column)]
    with pytest.raises(KeyError, match="collection is 'nothing'"):
        cells("nothing")


SHIPPED = [name for name in catalogue.weights_files() if name in PLANS]


def test_the_first_split_ships_where_learning_takes_more_than_seconds_and_all_is_small() -> None:
    pairs = itertools.product(LEARNED.values(), COLUMNS)
    shipped = {weights_name(kind, name, 1) for kind, name in pairs if name != "bodies" or kind == "shape_chebnet"}
    assert shipped == set(SHIPPED)
    assert sum(catalogue.weights_files()[name].stat().st_size for name in SHIPPED) <= 300_000
    for name in SHIPPED:
        assert mddl_lib.load(name).header["split"] == 1
