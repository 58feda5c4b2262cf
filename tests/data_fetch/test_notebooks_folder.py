"""A relative MDDL_DATA is one place for the command that is typed and for the notebooks, which run in folders of their own."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from tools.running import fetch_data
from tools.running.execute_notebook import execute

CODE = """
import os, pathlib, data_fetch
pathlib.Path("seen.txt").write_text(f"{os.environ['MDDL_DATA']} {data_fetch.cache_folder()}")
"""


def test_the_kernel_gets_the_absolute_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parameters = nbformat.v4.new_code_cell("profile = 'read'", metadata={"tags": ["parameters"]})
    notebook = nbformat.v4.new_notebook(cells=[parameters, nbformat.v4.new_code_cell(CODE)])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    (tmp_path / "book").mkdir()
    nbformat.write(notebook, tmp_path / "book" / "one.ipynb")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MDDL_DATA", "data")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    execute("one", "smoke", {}, tmp_path / "out" / "one.ipynb", tmp_path / "book", tmp_path / "results", tmp_path)
    assert (tmp_path / "book" / "seen.txt").read_text().split() == [str(tmp_path / "data")] * 2
    assert not (tmp_path / "data").exists()


def test_make_says_in_one_line_what_is_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("words")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MDDL_DATA", "file")
    with pytest.raises(SystemExit, match=r"\[data\] MDDL_DATA is '.*/file', which is a file: expected a folder"):
        fetch_data.main(tmp_path / "state.txt", ["set11"])
    monkeypatch.setenv("MDDL_DATA", "new")
    monkeypatch.setattr(fetch_data.subprocess, "run", lambda *a, **k: None)
    fetch_data.main(tmp_path / "state.txt", ["set11"])
    assert (tmp_path / "state.txt").read_text() == "set11: missing\n"
