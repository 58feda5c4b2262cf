"""One colour map for errors, one HTML table with or without groups, weights that are handed in, a unit's own word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from mddl_lib.pages import figures, run_report
from mddl_lib.pages.html_table import html_table
from mddl_lib.pages.proof import status_view


def test_the_error_map_is_the_books_one_colour_map_from_black_to_brightest() -> None:
    truth = np.zeros((2, 2))
    shown = figures.error_map(torch.tensor([[[[0.0, 0.05], [-0.1, 7.0]]]]), truth, 0.1)
    colour = plt.get_cmap(figures.ERROR_MAP)
    assert np.allclose(shown, [[colour(0.0)[:3], colour(0.5)[:3]], [colour(1.0)[:3]] * 2], atol=0.01)
    assert np.array_equal(figures.error_colours(np.array([0, 0.05]), 0.1), shown[0])


def test_a_gallery_draws_its_errors_with_the_same_map() -> None:
    figure = figures.gallery({"a": np.ones((4, 4))}, np.zeros((4, 4)))
    assert [image.get_cmap().name for axis in figure.axes[1:2] for image in axis.images] == [figures.ERROR_MAP]
    plt.close(figure)


@pytest.mark.parametrize("top", [0, -1.0, float("nan")])
def test_an_error_scale_that_shows_nothing_is_named(top: float) -> None:
    with pytest.raises(ValueError, match=r"shown as brightest is .*: expected a number above 0"):
        figures.error_map(np.zeros((2, 2)), np.zeros((2, 2)), top)


def test_groups_stand_above_the_head() -> None:
    text = html_table("C", ["Method", "paper", "ours"], [["TV", 1, 2]], groups=[("", 1), ("PSNR", 2)], frame="x")
    assert '<tr><td colspan="1"></td><th scope="colgroup" colspan="2">PSNR</th></tr><tr><th scope="col">' in text
    assert text.startswith('<div class="x" ')
    assert "colgroup" not in html_table("C", ["a"], [])
    with pytest.raises(ValueError, match="span 2 columns: expected 3"):
        html_table("C", ["Method", "paper", "ours"], [], groups=[("PSNR", 2)])


def test_weights_are_read_from_the_files_that_are_handed_in() -> None:
    def read(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
        return {"a": torch.zeros(3), "b": torch.zeros(2, 2)}, {"seed": 7, "name": "as trained", "file": path.name}

    found = run_report.weight_files({"b": Path("b.safetensors"), "a": Path("a.safetensors")}, read)
    assert [(one["file"], one["parameters"], one["seed"]) for one in found] == [
        ("a.safetensors", 7, 7), ("b.safetensors", 7, 7),
    ]  # fmt: skip


def test_the_status_page_says_what_seconds_are_of() -> None:
    record = {
        "date": "2026-11-26T21:51:43+00:00",
        "machine": {"processor": "P", "device": "cpu"},
        "seconds": {"A | B": 1},
    }
    text = status_view.result_tables({"paper": {"hyperadam_cnn": record, "st_net": record, "a table of old": record}})
    for word in ("One run", "One split", "One unit"):
        assert f'<th scope="col">{word}</th>' in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"panels": {}}, "there are no panels: expected one image or more"),
        ({"columns": 0}, "columns is 0: expected a whole number"),
        ({"columns": True}, "columns is True: expected a whole number"),
        ({"peak": float("nan")}, "peak is nan: expected a positive number"),
        ({"error": -0.1}, "error is -0.1: expected a positive number"),
    ],
)
def test_a_gallery_says_what_it_takes(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        figures.gallery(**{"panels": {"one": np.zeros((4, 4))}, **arguments})
