"""The table's rows: each announced cell has a method, its constants are the best that were tried, bad input."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from data_fetch import available, load
from mddl_lib.restoration.plug_and_play import demosaicking, rows, tuning
from mddl_lib.restoration.plug_and_play.deblurring import SETTINGS
from mddl_lib.restoration.plug_and_play.mosaic import Mosaic
from mddl_lib.results.tables import ResultTable

NAMES = ("denoiser", "monotone_frame")
here = pytest.mark.skipif(not available("blur_kernels"), reason="blur_kernels is not at hand")


def denoisers(name: str) -> object:
    return lambda image, sigma: image


@here
def test_every_announced_cell_has_a_method() -> None:
    table = ResultTable.load("learned_prox", "smoke")
    cells = [cell for letter in SETTINGS for cell in rows.deblurring_cells(letter, denoisers, NAMES)]
    cells += rows.mosaic_cells(denoisers, NAMES)
    made = {(cell.row, cell.column) for cell in cells}
    ours = [place for place in table.columns if "11" not in place]
    announced = {(row, place) for row in table.announced() for place in ours if table.expects(row, place)}
    assert made == announced
    assert all(callable(cell.make()) for cell in cells if cell.column != rows.column("e"))


def test_a_network_that_is_not_at_hand_has_no_row() -> None:
    assert {cell.row for cell in rows.deblurring_cells("a", denoisers, ())} == {"Blurred", "Total variation"}
    assert {cell.row for cell in rows.mosaic_cells(denoisers, ())} == {"Bilinear", "Malvar", "Total variation"}


@pytest.mark.parametrize("letter", SETTINGS)
def test_the_constants_are_the_best_of_the_whole_grid(letter: str) -> None:
    import json

    stored = json.loads(tuning.STORED.read_text(encoding="utf-8"))[letter]
    for named, method, _, _ in rows.DEBLURRING.values():
        trials = stored[named]
        assert len(trials) == np.prod([len(values) for values in tuning.GRIDS[method].values()])
        assert tuning.tuned(named, letter) == {
            name: value for name, value in max(trials, key=lambda trial: trial["psnr"]).items() if name != "psnr"
        }


def test_tuning_finds_the_better_constant() -> None:
    class Two(list):
        name, sha256, embedded = "two", "", True

    picture = np.full((40, 40), 0.2, dtype=np.float32)
    picture[10:30, 15:] = 0.8
    data = Two([SimpleNamespace(name="box", array=picture)])
    trials = tuning.tune("Total variation", "a", denoisers(""), data)
    assert [trial["psnr"] for trial in trials] == sorted((trial["psnr"] for trial in trials), reverse=True)
    assert len(trials) == len(tuning.GRIDS["Total variation"]["weight"])


def test_mosaics_constants_belong_to_the_grid() -> None:
    for _, constants in demosaicking.COLOUR_TUNED.values():
        assert all(value in demosaicking.COLOUR_GRID[name] for name, value in constants.items())


def test_the_mosaics_search_holds_the_others_and_starts_where_it_says() -> None:
    trials = demosaicking.tune(lambda image, sigma: image, demosaicking.ColourCrops(16), rounds=1)
    grid = demosaicking.COLOUR_GRID
    assert len(trials) == sum(len(values) - 1 for values in grid.values()) + 1
    assert [trial["psnr"] for trial in trials] == sorted((trial["psnr"] for trial in trials), reverse=True)
    assert demosaicking.COLOUR_START in [{name: trial[name] for name in trial if name != "psnr"} for trial in trials]
    with pytest.raises(ValueError, match="rounds is 0"):
        demosaicking.tune(lambda image, sigma: image, rounds=0)


def test_squares_of_the_motorcycle_are_colour_images() -> None:
    squares = demosaicking.ColourCrops(16)
    assert all(square.array.shape == (3, 16, 16) and square.array.min() >= 0 for square in squares)
    x = torch.from_numpy(squares[0].array)[None]
    constants = demosaicking.COLOUR_TUNED["DnCNN, annealed"][1]
    assert demosaicking.restored(denoisers(""), constants)(Mosaic().A(x), Mosaic()).shape == x.shape


def test_bad_input_is_named() -> None:
    with pytest.raises(KeyError, match="row is 'Wiener': expected one of"):
        rows.deblurring("Wiener", "a", None)
    with pytest.raises(KeyError, match="was not tuned on blur 'f'"):
        tuning.tuned("DnCNN", "f")
    with pytest.raises(KeyError, match="method is 'Wiener'"):
        tuning.tune("Wiener", "a", denoisers(""), [])
    with pytest.raises(KeyError, match="method is 'Wiener'"):
        tuning.make("Wiener", 0.1, denoisers(""))
    with pytest.raises(ValueError, match="expected \\['01'"):
        rows.EightOfEleven(load("shipped_pictures"))
    with pytest.raises(TypeError, match="denoise is 3"):
        demosaicking.tune(3)
