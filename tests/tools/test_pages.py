"""Pages: nothing is built when nothing changed, one edited page writes one page, and what is gone is gone."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tools.book.book_files import BookError
from tools.building.build_pages import build

from .conftest import Project
from .small_book import notebook


@pytest.fixture
def site(graph: Project) -> Project:
    """The whole book, with a stand-in for Sphinx: for what make decides."""
    graph.write("tools/building/build_pages.py", "")
    graph.write("book/references.md", "# References\n")
    graph.write("book/api/index.md", "# API\n")
    return graph


def built(site: Project) -> bool:
    status, printed = site.run("book")
    assert status == 0, printed
    return "[pages] building" in printed


def test_the_second_build_is_idle_whatever_happened_to_folders_and_times(site: Project) -> None:
    assert built(site)
    assert not built(site)
    for folder in ("mddl_lib/core/__pycache__", "book/models/.ipynb_checkpoints", "book/results/smoke"):
        site.write(f"{folder}/file.pyc", "")
    for path in site.folder.glob("book/**/*"):
        os.utime(path)
    assert not built(site)


@pytest.mark.parametrize(
    "path",
    ["book/references.md", "mddl_lib/training/loop.py", "_config.yml", "book/api/new.md", "book_extensions/a.py"],
)
def test_what_pages_are_made_of_builds_them_and_runs_no_notebook(site: Project, path: str) -> None:
    assert built(site)
    site.write(path, '"""Another docstring, or a sentence."""\n')
    status, printed = site.run("book")
    assert status == 0
    assert "[pages] building" in printed
    assert " done in " not in printed
    assert not built(site)


def test_edited_prose_builds_and_a_removed_page_too(site: Project) -> None:
    assert built(site)
    path = site.folder / "book/models/fast_mri.ipynb"
    path.write_text(path.read_text().replace("# Title", "# Another title"))
    assert built(site)
    (site.folder / "book/references.md").unlink()
    assert built(site)
    assert not built(site)


CONFIG = """
title: A small book
only_build_toc_files: true
execute: {execute_notebooks: "off"}
sphinx: {extra_extensions: [sphinx.ext.autodoc]}
"""
TOC = "format: jb-book\nroot: index\nchapters:\n  - file: one\n  - file: two\n"


class Real:
    """A book of three pages that Sphinx builds for real."""

    def __init__(self, root: Path) -> None:
        self.root, self.html = root, root / "_build/html"
        for path, text in {
            "_config.yml": CONFIG,
            "book/_toc.yml": TOC,
            "book/index.md": "# Start\n\nSee [](one.md).\n",
            "book/one.md": "# Page one\n\nText.\n",
            "book/two.ipynb": json.dumps(notebook("print(1)", prose="# Page two")),
            "_build/executed/two.ipynb": json.dumps(notebook("print(1)")),
        }.items():
            self.write(path, text)

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def build(self) -> set[str]:
        """Build, and tell which of the pages were written."""
        before = self.times()
        build(self.root, self.root / "_build/executed", self.root / "_build")
        return {name for name, time in self.times().items() if before.get(name) != time}

    def times(self) -> dict[str, int]:
        return {name: (self.html / name).stat().st_mtime_ns for name in self.pages()}

    def pages(self) -> set[str]:
        found = {path.name for path in self.html.glob("*.html")}
        return found - {"genindex.html", "search.html", "prf-prf.html"}


def test_sphinx_writes_what_changed_and_what_shows_it(tmp_path: Path) -> None:
    book = Real(tmp_path)
    assert book.build() == {"index.html", "one.html", "two.html"}
    book.write("book/one.md", "# Page one\n\nAnother text.\n")
    assert "one.html" in (written := book.build())
    assert "two.html" not in written
    assert "Another text" in (book.html / "one.html").read_text()
    book.write("book/one.md", "# Another name\n\nAnother text.\n")
    assert book.build() == {"index.html", "one.html", "two.html"}
    assert "Another name" in (book.html / "two.html").read_text(), "its sidebar shows the old title"
    book.write("book/_toc.yml", TOC.replace("  - file: one\n", ""))
    book.write("book/index.md", "# Start\n")
    book.build()
    assert book.pages() == {"index.html", "two.html"}
    book.write("book/index.md", "# Start\n\nSee [](nowhere.md).\n")
    with pytest.raises(BookError, match="a warning or an error stands above"):
        book.build()
    assert book.pages() == set(), "Sphinx would not repeat the warning for a page that it has read"
