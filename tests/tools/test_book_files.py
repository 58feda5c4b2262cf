"""A file that is not what it should be is refused in one line: which file, what it is, what was expected."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tools.book.book_files import BookError, read_notebook, read_yaml
from tools.book.cards import parameters_for, read_card, read_parameters

from .conftest import Project
from .small_book import NOTEBOOKS as NOTEBOOKS_OF_BOOK
from .small_book import notebook

MERGE = "<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> other\n"
NOTEBOOKS = {
    "is empty": "",
    "is cut": json.dumps(notebook("work()"))[:200],
    "is no JSON": "# a chapter\n",
    "unfinished merge": MERGE,
    "of format 3": json.dumps({"nbformat": 3, "worksheets": []}),
    "but no notebook": "{}",
    "no list of cells": json.dumps({"nbformat": 4, "cells": [{}]}),
}


@pytest.mark.parametrize("complaint", NOTEBOOKS)
def test_what_is_no_notebook_is_refused_with_the_way_back(tmp_path: Path, complaint: str) -> None:
    path = tmp_path / "chapter.ipynb"
    path.write_text(NOTEBOOKS[complaint])
    with pytest.raises(BookError, match=f"chapter.ipynb .*{complaint}.*expected a Jupyter notebook.*git checkout"):
        read_notebook(path)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "is empty"),
        ("a: [1", "is no YAML"),
        ("just words", "is a str"),
        (MERGE, "unfinished merge"),
        ("a: 1\n\tb: 2", "line 2"),
    ],
)
def test_what_is_no_yaml_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "card.yaml"
    path.write_text(text)
    with pytest.raises(BookError, match=f"card.yaml .*{complaint}.*expected a card"):
        read_yaml(path, "a card")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("topci: Fast MRI", "no card has `topci`; did you mean `topic`"),
        ("topic: 3", "topic is 3; expected words"),
        ("{topic: MRI, tables: admm_net}", "tables is 'admm_net'; expected a list"),
        ("{topic: MRI, row: third}", "row is 'third'"),
        ("network: LISTA", "no topic"),
    ],
)
def test_a_card_with_something_else_on_it_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "card.yaml"
    path.write_text(text)
    with pytest.raises(BookError, match=complaint):
        read_card(path)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("topic: MRI", "parameters are None; expected a mapping for each of smoke, read, paper"),
        ("parameters: {smoke: {}, read: {}}", "expected a mapping for each"),
        ("parameters: {smoke: 3, read: {}, paper: {}}", "no mapping"),
        ("parameters: {smoke: {x: [1, 2]}, read: {}, paper: {}}", "no scalar"),
        ("parameters: {smoke: {profile: paper}, read: {}, paper: {}}", "gets by itself"),
    ],
)
def test_malformed_parameters_are_refused(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "card.yaml"
    path.write_text(text)
    with pytest.raises(BookError, match=complaint):
        read_parameters(path)


def test_a_notebook_gets_its_cards_parameters_and_the_profiles_name(tmp_path: Path) -> None:
    (tmp_path / "chapter.yaml").write_text("parameters: {smoke: {turns: 3}, read: {}, paper: {}}")
    assert parameters_for(tmp_path, "smoke", "chapter") == {"turns": 3, "profile": "smoke"}
    assert parameters_for(tmp_path, "read", "chapter") == {"profile": "read"}


@pytest.mark.parametrize(
    ("path", "text", "complaint"),
    [
        ("book/models/fast_mri.ipynb", "", "fast_mri.ipynb is empty"),
        (
            "book/models/fast_mri.ipynb",
            json.dumps(notebook("a = = 1")),
            "fast_mri.ipynb, code cell 2, line 1: invalid syntax",
        ),
        ("book/models/fast_mri.yaml", "a: [", "fast_mri.yaml is no YAML"),
        ("mddl_lib/mri/admm_net.py", "def :", "admm_net.py, line 1: invalid syntax"),
        ("book/_toc.yml", "root: [", "_toc.yml is no YAML"),
        ("book/_toc.yml", "root: index\nchapters: [{file: status}, {file: status}]", "status stands there 2 times"),
        ("book/_toc.yml", "root: index\nchapters: [{file: dehazing}]", "no dehazing.ipynb and no dehazing.md"),
        ("book/_toc.yml", "root: index", "how_to_read is not listed"),
    ],
)
def test_make_says_so_in_a_line_and_runs_nothing(graph: Project, path: str, text: str, complaint: str) -> None:
    graph.write(path, text)
    status, printed = graph.run("executed")
    assert status != 0
    assert complaint in printed
    assert "Traceback" not in printed
    assert " done in " not in printed


def test_a_notebook_without_a_card_is_named(graph: Project) -> None:
    (graph.folder / "book/models/fast_mri.yaml").unlink()
    status, printed = graph.run("executed")
    assert status != 0
    assert "fast_mri.yaml is not there; expected a card" in printed


@pytest.mark.parametrize("command", ["executed", "book", "tables"])
def test_a_book_without_notebooks_is_never_done(graph: Project, command: str) -> None:
    for path in graph.folder.rglob("*.ipynb"):
        path.unlink()
    status, printed = graph.run(command)
    assert status != 0
    assert "no notebook lies in" in printed


@pytest.mark.parametrize("jobs", ["0", "two", "-1", "1.5", ""])
def test_jobs_that_are_no_number_are_refused(graph: Project, jobs: str) -> None:
    status, printed = graph.run("executed", f"JOBS={jobs}")
    assert status != 0
    assert f"JOBS={jobs} is no number of notebooks to run side by side" in printed


@pytest.mark.parametrize("name", ["a;touch stolen", "a$(touch stolen)", '"; touch stolen; "', "`touch stolen`"])
def test_a_name_is_never_run(graph: Project, name: str) -> None:
    graph.write("mddl_lib/__main__.py", "import sys\nprint('asked for', sys.argv[2:])\n")
    for path in ("mddl_lib/__init__.py", "mddl_lib/training/loop.py"):
        graph.write(path, "")
    graph.run("weights", f"NAME={name}")
    assert not (graph.folder / "stolen").exists()


def test_a_folder_with_a_space_is_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "my books"
    folder.mkdir()
    project = Project(folder)
    project.notebook("index", "print(turns)", turns=7)
    project.write("book/_toc.yml", "root: index\n")
    assert project.ran() == ["index"]
    assert "turns = 7" in project.target("index").read_text()


def test_make_asks_find_only_for_what_every_find_can(graph: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """macOS has no -printf; with it make saw no notebook there, and said that nothing was to be done."""
    real = shutil.which("find")
    graph.write(
        "bin/find", f'#!/bin/sh\ncase "$*" in *-printf*) echo "unknown primary" >&2; exit 1;; esac\nexec {real} "$@"\n'
    )
    (graph.folder / "bin/find").chmod(0o755)
    monkeypatch.setenv("PATH", f"{graph.folder / 'bin'}:{os.environ['PATH']}")
    assert len(graph.ran()) == len(NOTEBOOKS_OF_BOOK)


def test_a_page_made_from_prose_runs_again_when_prose_changes(tmp_path: Path) -> None:
    """And only such a page: prose is no reason for any other notebook."""
    from tools.tracing.prerequisites import ROOT, Book

    here = Book(ROOT, "read")
    assert "prose" in here.state_of("symbols")[0]
    assert "prose" not in here.state_of("data")[0]
    for name, prose in {"symbols": "# Symbols", "one": "# One"}.items():
        write_notebook(tmp_path / f"book/{name}.ipynb", prose)
    before = Book(tmp_path, "read").prose_state()
    assert Book(tmp_path, "read").prose_state() == before
    write_notebook(tmp_path / "book/one.ipynb", "# One\n\n- $x$: an image.")
    assert Book(tmp_path, "read").prose_state() != before


def write_notebook(path: Path, prose: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook(prose=prose)), encoding="utf-8")
