"""Shapes made by code, and how a grouping is scored."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import adjusted_mutual_info_score

from mddl_lib.statistics.neural_em.pictures import COLOURS, HATCHES, assignment, hatch
from mddl_lib.statistics.neural_em.rows import COLUMNS, cells, truth
from mddl_lib.statistics.neural_em.scoring import adjusted_mutual_information, by_hand, places
from mddl_lib.statistics.neural_em.shapes import SIDE, SIZE, flipped, flying, static, templates


def test_a_picture_is_what_its_owners_cover() -> None:
    shapes = static(40, 3, 5)
    assert torch.equal(shapes.pixels > 0, shapes.owners != 0)
    assert set(shapes.owners.unique().tolist()) == {-1, 0, 1, 2, 3}
    assert torch.equal(static(40, 3, 5).pixels, shapes.pixels)
    assert not torch.equal(static(40, 3, 6).pixels, shapes.pixels)


def test_a_shape_alone_is_a_template() -> None:
    shapes = static(30, 1, 0)
    stamps = [torch.from_numpy(stamp).sum() for stamp in templates()]
    assert {float(total) for total in shapes.pixels.sum(1)} == {float(total) for total in stamps}


def test_a_film_moves_a_pixel_or_less_a_frame_and_stays_inside() -> None:
    film = flying(20, 1, 30, 2)
    assert film.pixels.shape == (20, 30, SIDE * SIDE)
    rows = film.pixels.view(20, 30, SIDE, SIDE).amax(3).argmax(2)
    assert int((rows[:, 1:] - rows[:, :-1]).abs().max()) == 1
    assert int(rows.max()) <= SIDE - SIZE


def test_flipping_turns_over_a_share() -> None:
    pixels = torch.zeros(50, 784)
    assert float(flipped(pixels, 0.1, torch.Generator().manual_seed(0)).mean()) == pytest.approx(0.1, abs=0.01)
    assert torch.equal(flipped(pixels, 0.0), pixels)
    with pytest.raises(ValueError, match="0 to 1"):
        flipped(pixels, 1.5)


def test_the_score_is_scikit_learns_without_background_and_overlap() -> None:
    shapes = static(3, 3, 1)
    found = torch.randint(4, shapes.owners.shape, generator=torch.Generator().manual_seed(0))
    for score, owners, group in zip(
        adjusted_mutual_information(shapes.owners, found), shapes.owners, found, strict=True
    ):
        mine = owners > 0
        assert score == pytest.approx(adjusted_mutual_info_score(owners[mine].numpy(), group[mine].numpy()))
    assert adjusted_mutual_information(shapes.owners, shapes.owners) == pytest.approx([1.0] * 3)


def test_em_by_hand_tells_shapes_apart_that_lie_far_apart() -> None:
    pixels, owners = torch.zeros(1, 784), torch.zeros(1, 784, dtype=torch.long)
    for number, (row, column) in enumerate(((0, 0), (0, 18), (18, 9)), start=1):
        for y in range(9):
            pixels[0, (row + y) * 28 + column : (row + y) * 28 + column + 9] = 1
            owners[0, (row + y) * 28 + column : (row + y) * 28 + column + 9] = number
    found = by_hand(pixels, 3, 20, 5)
    assert adjusted_mutual_information(owners, found) == pytest.approx([1.0])
    assert bool((found[pixels == 0] == -1).all())
    assert places(pixels[0]).shape == (3 * 81, 2)


def test_every_cell_of_the_table_can_be_asked_for() -> None:
    made = cells(lambda name: pytest.fail(f"{name} was loaded"), lambda name, seed: name)
    assert {cell.column for cell in made} == set(COLUMNS)
    film = COLUMNS["flying, 3 shapes, K = 3"].shapes(2)
    assert torch.equal(truth(film, 20), film.owners[:, 20])


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing is left to score"):
        adjusted_mutual_information(torch.zeros(1, 4, dtype=torch.long), torch.zeros(1, 4, dtype=torch.long))
    with pytest.raises(ValueError, match="expected"):
        adjusted_mutual_information(torch.ones(1, 4), torch.ones(1, 5))
    with pytest.raises(ValueError, match=r"expected \(784,\)"):
        places(torch.zeros(28, 28))


def test_an_assignment_shows_who_has_a_pixel_by_colour_and_by_marks() -> None:
    """Two pixels: one surely the first component's, one dark; a third one torn between two."""
    gamma = torch.tensor([[1.0, 1.0, 0.5, 0.0], [0.0, 0.0, 0.5, 1.0]])
    pixels = torch.tensor([1.0, 0.0, 1.0, 1.0])
    picture = assignment(gamma, pixels, scale=10)
    assert picture.shape == (20, 20, 3)
    marked = hatch(0, 20, 20)[:10, :10]
    sure, dark, torn = picture[:10, :10], picture[:10, 10:], picture[10:, :10]
    np.testing.assert_allclose(sure[~marked], np.tile(COLOURS[0], (int((~marked).sum()), 1)))
    np.testing.assert_allclose(sure[marked], 1.0)  # white marks where it is sure
    np.testing.assert_allclose(dark, 0.12 * np.broadcast_to(COLOURS[0], dark.shape))
    np.testing.assert_allclose(torn[0, 0], (COLOURS[0] + COLOURS[1]) / 2)
    assert torn.max() < 1.0
    # no two components have the same marks, so that they are told apart without colour
    marks = [hatch(k, 60, 60) for k in range(len(HATCHES))]
    assert all((a != b).mean() > 0.05 for i, a in enumerate(marks) for b in marks[:i])


def test_pictures_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="P a square"):
        assignment(torch.ones(2, 8), torch.ones(8))
    with pytest.raises(ValueError, match="P a square"):
        assignment(torch.ones(2, 9), torch.ones(4))
