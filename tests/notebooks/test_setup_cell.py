"""Every notebook can be opened on Colab: its setup cell is the one that tools.running.setup_cell writes, with the one address."""

from __future__ import annotations

import re

import nbformat
import pytest
import yaml

from tools.running.setup_cell import ROOT, is_setup, notebooks, repository, setup_cell, with_setup

BOOK = ROOT / "book"
PATHS = [pytest.param(path, id=str(path.relative_to(BOOK).with_suffix(""))) for path in notebooks()]


@pytest.mark.parametrize("path", PATHS)
def test_the_first_code_cell_is_the_setup_cell(path) -> None:
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert is_setup(cells[0]), "run: python -m tools.running.setup_cell --write"
    assert cells[0].source == setup_cell(), "run: python -m tools.running.setup_cell --write"
    assert "hide-input" in cells[0].metadata.tags
    assert not any(is_setup(cell) for cell in cells[1:])


@pytest.mark.parametrize("path", PATHS)
def test_no_other_repository_address(path) -> None:
    address = re.compile(r"git\+\S+|https://(?:mybinder\.org|colab\.research\.google\.com)\S*")
    cells = nbformat.read(path, as_version=4).cells
    found = [match for cell in cells for match in address.findall(cell.source)]
    assert found == [f'git+{repository()}"'], "the address stands in _config.yml and comes from there"


def test_launch_buttons_point_at_files_that_exist() -> None:
    """The theme joins repository, branch, path_to_book and page: the same path must exist here."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    folder = ROOT / config["repository"]["path_to_book"]
    assert folder == BOOK
    contents = (BOOK / "_toc.yml").read_text(encoding="utf-8")
    pages = [*re.findall(r"file: (\S+)", contents), *re.findall(r"^root: (\S+)", contents, re.M)]
    missing = [p for p in pages if not any((folder / f"{p}{suffix}").is_file() for suffix in (".ipynb", ".md"))]
    assert missing == []
    assert (ROOT / "environment.yml").is_file(), "Binder installs from environment.yml"


def test_writing_twice_changes_nothing_and_keeps_the_rest() -> None:
    v4 = nbformat.v4
    cells = [v4.new_markdown_cell("# Title"), v4.new_code_cell("x = 1"), v4.new_markdown_cell("end")]
    once = with_setup(v4.new_notebook(cells=cells), "try: ...")
    assert [cell.source for cell in once.cells] == ["# Title", "try: ...", "x = 1", "end"]
    twice = with_setup(with_setup(once, "an older one"), "try: ...")
    assert twice == once
    nbformat.validate(once)
