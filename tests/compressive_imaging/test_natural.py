"""Crops measured by operators drawn anew; the mean apart; the pixels and cells of the table of natural images."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from mddl_lib.compressive_imaging import natural, natural_ratios
from mddl_lib.compressive_imaging.general_admm_csnet import GeneralADMMCSNet
from mddl_lib.compressive_imaging.measured_crops import MeasuredCrops, MeasuredPhotographs, physics
from mddl_lib.compressive_imaging.natural_images import Middles, Zebra
from mddl_lib.compressive_imaging.operators.hadamard import ScrambledHadamard
from mddl_lib.compressive_imaging.operators.random_rows import DenseRows
from mddl_lib.compressive_imaging.plans import PLANS
from mddl_lib.compressive_imaging.rivals.mean_apart import MeanApart, around_zero
from mddl_lib.results.cells import Cell
from mddl_lib.results.tables import ResultTable
from mddl_lib.training.crops import random_crops
from mddl_lib.training.recipe import Recipe

IMAGES = torch.rand(5, 1, 40, 44, generator=torch.Generator().manual_seed(0))


def crops(**changes) -> MeasuredCrops:
    options = {"operator": "Walsh-Hadamard", "percent": 30, "size": 16, **changes}
    return MeasuredCrops(IMAGES, Recipe(10, batch=3, seed=2), **options)


@pytest.mark.parametrize("operator", ["Walsh-Hadamard", "coded diffraction", "Gaussian"])
def test_the_loss_is_that_of_the_network_on_fresh_measurements(operator: str) -> None:
    objective, network = crops(operator=operator), GeneralADMMCSNet(1, 4, 3)
    truth = random_crops(IMAGES, 16, 3, (2, 7))
    at = objective.physics(7)
    expected = ((network(at.A(truth), at) - truth).flatten(1).norm(dim=1) / truth.flatten(1).norm(dim=1)).mean()
    torch.testing.assert_close(objective(network, 7), expected)


def test_every_iteration_draws_another_operator_and_a_fixed_one_does_not() -> None:
    rows = [crops().physics(k).rows for k in (0, 1, 0)]
    assert torch.equal(rows[0], rows[2])
    assert not torch.equal(rows[0], rows[1])
    fixed = crops(operator="Gaussian", fixed=True)
    assert torch.equal(fixed.physics(0).matrix, fixed.physics(5).matrix)


def test_crops_lie_in_the_images_and_depend_on_seed_and_iteration_alone() -> None:
    first, again, other = (random_crops(IMAGES, 16, 4, (1, k)) for k in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    plain = random_crops(IMAGES, 16, 1, (1, 3), symmetries=False)[0, 0]
    windows = IMAGES.unfold(2, 16, 1).unfold(3, 16, 1)
    assert bool((windows == plain).flatten(-2).all(-1).any())
    with pytest.raises(ValueError, match="size is 41"):
        random_crops(IMAGES, 41, 1, (0, 0))


@pytest.mark.parametrize(
    ("changes", "match"),
    [({"operator": "Radon"}, "operator is 'Radon'"), ({"percent": 0}, "percent"), ({"size": 0}, "size")],
)
def test_bad_plans_are_refused(changes: dict, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        crops(**changes)


def test_images_of_whole_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="expected floats"):
        MeasuredCrops((255 * IMAGES).byte(), Recipe(1), "Gaussian", 25, 16)


def test_a_problem_says_what_it_is() -> None:
    assert str(MeasuredPhotographs("Gaussian", 25, 33, fixed=True)) == (
        "Gaussian 25 %, one draw, crops of 33 x 33 from bsd400"
    )


def test_the_mean_apart_is_the_method_on_the_rest() -> None:
    """With the adjoint as method, the result is Aᴴy; the method sees images around zero and one row less."""
    seen = []

    def method(y, at):
        seen.append((y, at))
        return at.A_adjoint(y)

    at = ScrambledHadamard((16, 16), 80, seed=3)
    truth = torch.rand(2, 1, 16, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    y = at.A(truth)
    torch.testing.assert_close(MeanApart(method)(y, at), at.A_adjoint(y))
    inner_y, inner = seen[0]
    assert len(inner.rows) == 79
    torch.testing.assert_close(inner.A(truth), inner_y)


def test_an_operator_without_the_mean_is_refused() -> None:
    at = ScrambledHadamard((16, 16), 80, keep_mean=False)
    with pytest.raises(ValueError, match="does not measure the mean"):
        MeanApart(lambda y, at: at.A_adjoint(y))(at.A(torch.rand(1, 1, 16, 16)), at)


def test_a_denoiser_around_zero_sees_the_image_itself() -> None:
    v = torch.rand(1, 1, 4, 4) - 0.5
    torch.testing.assert_close(around_zero(lambda image, sigma: image * sigma)(v, 2.0), 2 * v + 0.5)


def photographs(*shapes: tuple[int, int]) -> SimpleNamespace:
    samples = [SimpleNamespace(name=f"p{k}", array=np.random.default_rng(k).random(s)) for k, s in enumerate(shapes)]

    class Data(list):
        name, sha256, embedded = "made", "0", False

    return Data(samples)


def test_the_middle_is_the_middle() -> None:
    data = photographs((10, 12), (8, 8))
    middles = Middles(data, side=8)
    assert [one.array.shape for one in middles] == [(8, 8), (8, 8)]
    np.testing.assert_array_equal(middles[0].array, data[0].array[1:9, 2:10])
    with pytest.raises(ValueError, match="p1 has the shape"):
        Middles(data, side=9)[1]


def test_a_set_without_the_zebra_is_refused() -> None:
    with pytest.raises(KeyError, match="no photograph 'test051'"):
        Zebra(photographs((8, 8)))


KNOWN = [
    *(natural.network_name(*place) for place in natural_ratios.COLUMNS.values()),
    *natural.RIVAL_NETWORKS.values(),
    natural.BLOCK_NETWORK,
    "admm_csnet10_hadamard_30_authors",
]


def network_cell(row, column, name, at, slow):
    return Cell(row, column, lambda: None, at, {"weights": name}, slow)


def announced(table: ResultTable) -> set[tuple[str, str]]:
    return {(row, column) for row in table.announced() for column in table.columns if table.expects(row, column)}


def test_every_share_is_a_plan_and_every_name_a_network() -> None:
    assert set(KNOWN[:-1]) <= set(PLANS)
    with pytest.raises(KeyError, match="operator is 'Radon'"):
        natural.network_name("Radon", 30)


def test_cells_of_all_shares_fit_their_table() -> None:
    """With the mean apart where the operator measures it, and never both."""
    found = [
        cell
        for words in natural.SETS
        for cell in natural_ratios.cells(words, network_cell, KNOWN, lambda v, sigma: v, lambda v, sigma: v)
    ]
    places = [(cell.row, cell.column) for cell in found]
    assert len(set(places)) == len(places)
    assert announced(ResultTable.load("admm_csnet_ratios", "smoke")) <= set(places)
    assert ("BM3D-AMP", "Walsh-Hadamard 30%") not in places
    for cell in found:
        _, percent = natural_ratios.COLUMNS[cell.column]
        assert cell.mask.ratio == pytest.approx(percent / 100, abs=1e-4)
        if "weights" in cell.origin:
            assert cell.origin["weights"].endswith(f"_{percent}")
    with pytest.raises(KeyError, match="words is 'Set5'"):
        natural_ratios.row("TVAL3", "Set5")


def test_cells_fit_the_table() -> None:
    table, known = ResultTable.load("admm_csnet_natural", "smoke"), KNOWN
    found = natural.zebra_cells(network_cell, known) + natural.block_cells(network_cell, known)
    for words in natural.SETS:
        found += natural.cells(
            words, network_cell, known, lambda v, sigma: v, list(natural.COLUMNS), lambda v, sigma: v
        )
    places = {(cell.row, cell.column) for cell in found}
    assert announced(table) <= places
    with pytest.raises(KeyError, match="words is 'Set5'"):
        natural.cells("Set5", network_cell, known, lambda v, sigma: v, [])


def test_operators_have_the_share_that_is_asked() -> None:
    assert len(physics("Walsh-Hadamard", (16, 16), 30).rows) == 76
    assert isinstance(physics("Gaussian", (33, 33), 25), DenseRows)
    assert physics("coded diffraction", (16, 16), 20).ratio == pytest.approx(51 / 256)


def test_the_blocks_have_the_matrix_that_their_network_was_trained_for() -> None:
    """One matrix, drawn once: another draw would be another problem."""
    plan = PLANS[natural.BLOCK_NETWORK]
    assert plan.problem.fixed
    objective = MeasuredCrops(IMAGES, plan.recipe, plan.problem.operator, plan.problem.percent, plan.problem.size, True)
    cell = natural.block_cells(lambda *place, slow: Cell(*place[:2], lambda: None, place[3]), [])[0]
    assert torch.equal(cell.mask.matrix, objective.physics(3).matrix)
