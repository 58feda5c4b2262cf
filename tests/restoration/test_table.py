"""The table of denoisers: classical rows, tuned constants, its cells and its ranking."""

from __future__ import annotations

import pytest
import torch

from mddl_lib.catalogue import network_cell, weights_files
from mddl_lib.restoration import classical
from mddl_lib.restoration.evaluation import noisy, score
from mddl_lib.restoration.physics import Denoising
from mddl_lib.restoration.rows import LEVELS, NETWORKS, SETS, cells, column, ranking
from mddl_lib.results.tables import ResultTable
from tests.restoration.pieces import picture


@pytest.mark.parametrize("name", classical.METHODS)
def test_each_classical_method_takes_noise_away_image_by_image(name: str) -> None:
    truth = picture(40, 40, batch=2).float()
    y = torch.cat([noisy(image[0].numpy(), 25, 0, index) for index, image in enumerate(truth)])
    model = classical.tuned(name, 25)
    found = model(y, Denoising(25 / 255))
    assert found.shape == y.shape
    assert found.dtype == y.dtype
    assert (found - truth).norm() < 0.7 * (y - truth).norm()
    torch.testing.assert_close(found[1:], model(y[1:], Denoising(25 / 255)))


def test_what_was_not_tuned_is_named() -> None:
    with pytest.raises(KeyError, match="Total variation at noise 30 was not tuned"):
        classical.tuned("Total variation", 30)
    assert {(name, level) for name in classical.METHODS for level in LEVELS} == set(classical.TUNED)
    assert all(constant in classical.TRIED[name] for (name, _), constant in classical.TUNED.items())


def test_by_hand_the_energy_falls() -> None:
    options, _ = classical.BY_HAND["Experts by hand, 15 turns"]
    net, y = classical.experts_by_hand(**options), picture(30, 30).float()
    stage, physics = net.stages[0], Denoising(25 / 255)
    assert float(stage.step.detach()) < 2 / stage.energy.curvature(y, physics)


def test_every_cell_has_its_place_and_every_weights_file_its_row() -> None:
    table = ResultTable.load("denoising_bsd68", "smoke")
    found = [cell for words in SETS for cell in cells(words, network_cell, weights_files())]
    for cell in found:
        assert cell.row in table.announced()
        assert cell.column in table.columns
        assert table.expects(cell.row, cell.column)
    assert len({(cell.row, cell.column) for cell in found}) == len(found)
    names = {cell.origin["name"] for cell in found if "name" in cell.origin}
    assert names == {p.format(sigma=s) for p in NETWORKS.values() for s in LEVELS} & set(weights_files())
    with pytest.raises(ValueError, match="expected one of"):
        cells("Kodak", network_cell, weights_files())


def test_the_ranking_is_sorted_and_holds_both_kinds_of_rows() -> None:
    table = ResultTable.load("denoising_bsd68", "smoke")
    place = column("BSD68", 25)
    table.rows = {}
    table.add("Total variation", place, score(classical.noisy_image, [("a", picture()[0, 0].float().numpy())], 25))
    head, body = ranking(table, ["Total variation"])
    assert head[1:3] == ["BSD68 15", "BSD68 25"]
    assert body[0][0] == "**Total variation** (stale)"
    assert [line[2] for line in body] == sorted(line[2] for line in body)
    assert "DnCNN-S" in {line[0] for line in body}
    with pytest.raises(KeyError, match="has no column"):
        ranking(table, by="Kodak")
