"""The page on data shows a card of every set, and one picture of each that holds any, with or without the data."""

from __future__ import annotations

import ast
from pathlib import Path

import nbformat
import numpy as np
import pytest

from data_fetch import registry
from data_fetch.page import gallery

from .conftest import World

PAGE = Path(__file__).parents[2] / "book" / "data.ipynb"


def test_every_set_has_its_card_once() -> None:
    code = [cell.source for cell in nbformat.read(PAGE, as_version=4).cells if cell.cell_type == "code"]
    cells = [source for source in code if "%pip" not in source]  # the setup cell is no plain Python
    calls = [node for source in cells for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    shown = [a.value for c in calls if getattr(c.func, "id", "") == "cards" for a in c.args]
    assert sorted(shown) == sorted(registry.names())


def test_without_data_the_gallery_shows_what_stands_in_and_says_so(world: World) -> None:
    world.change_card(shown="3")
    assert [picture.title for picture in gallery.pictures()] == ["heads\n3"]
    assert world.server.gets() == 1  # one picture, one file
    world.server.close()
    for path in world.folder.rglob("*.png"):
        path.unlink()
    (picture,) = gallery.pictures()
    assert picture.title == "heads is not here:\nphantom_brain, made by code"
    assert picture.values.shape == (256, 256)
    world.change_card(stand_in=None)
    assert gallery.pictures() == [("heads\nnot here", None)]


def test_a_set_that_may_not_be_passed_on_is_never_drawn(world: World) -> None:
    world.change_card(shown="3", redistributable=False)
    assert gallery.picture("heads") == ("heads\nmay not be shown", None)
    assert world.server.asked == []


@pytest.mark.data
def test_each_picture_is_real_and_in_range() -> None:
    for title, values in gallery.pictures():
        if values is not None:
            assert values.ndim == 2 or values.shape[2:] == (3,), title
            assert not np.iscomplexobj(values)
            assert values.min() >= 0
            assert values.max() <= 1 + 1e-6
