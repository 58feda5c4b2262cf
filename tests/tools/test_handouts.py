"""A teacher's files: the pages offline, without solutions where that is asked, and each figure with its caption."""

from __future__ import annotations

import base64
import io
import zipfile
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image

from tools.building.figure_slides import Picture, slides
from tools.building.handouts import main, pictures, without_solutions, write_book

CONTENT = io.BytesIO()
Image.fromarray(np.full((30, 40, 3), 200, np.uint8)).save(CONTENT, "PNG")
DRAWN = CONTENT.getvalue()
PAGE = """<html><body><div class="exercise admonition"><p>Show it.</p></div>
<div class="solution dropdown admonition"><p>Like this.</p><div class="cell"><pre>print(1)</pre></div></div>
<p>After.</p></body></html>"""


def small(tmp_path: Path) -> tuple[Path, Path]:
    """An executed notebook with one figure, and a site of two pages."""
    executed, html = tmp_path / "executed", tmp_path / "html"
    (executed / "models").mkdir(parents=True)
    (html / "_sources").mkdir(parents=True)
    picture = base64.b64encode(DRAWN).decode()
    outputs = [new_output("display_data", {"image/png": picture}), new_output("stream", text="words")]
    shown = {
        "mystnb": {"figure": {"caption": "A curve falls.", "name": "fig-curve"}, "image": {"alt": "A falling curve."}}
    }
    cells = [
        new_code_cell("plot()", outputs=outputs, metadata=shown),
        new_code_cell("other()", outputs=outputs),  # without a caption it is no figure
    ]
    nbformat.write(new_notebook(cells=cells), executed / "models" / "one.ipynb")
    (html / "index.html").write_text(PAGE, encoding="utf-8")
    (html / "searchindex.js").write_text("like this", encoding="utf-8")
    (html / "_sources" / "one.ipynb").write_text("like this", encoding="utf-8")
    return executed, html


def test_the_three_files(tmp_path: Path) -> None:
    executed, html = small(tmp_path)
    main(executed, html, tmp_path / "out")
    with zipfile.ZipFile(tmp_path / "out" / "figures.zip") as file:
        names = ["fig-curve.png", "captions.md", "slides.pdf"]
        assert file.namelist() == [f"figures/models/one/{name}" for name in names]
        assert file.read("figures/models/one/fig-curve.png") == DRAWN
        assert file.read("figures/models/one/slides.pdf").startswith(b"%PDF")
        captions = file.read("figures/models/one/captions.md").decode()
        assert "A curve falls." in captions
        assert "A falling curve." in captions
    with zipfile.ZipFile(tmp_path / "out" / "book.zip") as file:
        assert len(file.namelist()) == 3
        assert b"Like this." in file.read("model-driven-deep-learning/index.html")
    with zipfile.ZipFile(tmp_path / "out" / "book_without_solutions.zip") as file:
        assert file.namelist() == ["model-driven-deep-learning/index.html"]
        page = file.read("model-driven-deep-learning/index.html").decode()
        assert "Like this." not in page
        assert "print(1)" not in page
        assert "Show it." in page
        assert "After." in page


def test_twice_the_same_bytes(tmp_path: Path) -> None:
    executed, html = small(tmp_path)
    for name in ("a", "b"):
        main(executed, html, tmp_path / name)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_no_pages_and_a_strange_solution_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="make book"):
        write_book(tmp_path, tmp_path / "book.zip")
    with pytest.raises(ValueError, match="a solution is left"):
        without_solutions('<section class="solution">Like this.</section>')


def test_a_figure_of_two_pictures_gives_two_files(tmp_path: Path) -> None:
    picture = base64.b64encode(b"x").decode()
    outputs = [new_output("display_data", {"image/jpeg": picture}) for _ in range(2)]
    shown = {"mystnb": {"figure": {"caption": "Two.", "name": "fig-two"}}}
    nbformat.write(new_notebook(cells=[new_code_cell("", outputs=outputs, metadata=shown)]), tmp_path / "two.ipynb")
    assert [one.name for one in pictures(tmp_path / "two.ipynb")] == ["fig-two.jpg", "fig-two-2.jpg"]


def test_slides_have_a_page_a_figure_and_refuse_what_is_none() -> None:
    long = "A caption of $many words, which runs over more than one line of a slide. " * 4
    made = slides("A chapter", [Picture(f"{n}.png", DRAWN, long, "A grey square.") for n in range(3)])
    assert made.count(b"/Type /Page /") == 3
    with pytest.raises(ValueError, match="no picture"):
        slides("A chapter", [])
    with pytest.raises(ValueError, match=r"x\.png cannot be read"):
        slides("A chapter", [Picture("x.png", b"nothing", "", "")])
