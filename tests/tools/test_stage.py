"""Staging writes what changed and nothing else: outputs from the run, prose and captions from the source."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tools.book.book_files import BookError
from tools.building.refresh_notebook import refreshed
from tools.building.stage_book import stage

from .small_book import notebook

OUTPUT = {"output_type": "stream", "name": "stdout", "text": ["measured\n"]}


def run_of(bare: dict, injected: bool = True) -> dict:
    """The notebook as a run leaves it: outputs, and the cell with the profile's parameters behind that of the defaults."""
    ran = json.loads(json.dumps(bare))
    for number, cell in enumerate(code(ran), 1):
        cell |= {"outputs": [OUTPUT], "execution_count": number}
    if injected:
        cell = {**ran["cells"][1], "id": "injected-parameters", "metadata": {"tags": ["injected-parameters"]}}
        ran["cells"].insert(2, {**cell, "source": "turns = 5", "outputs": []})
    return ran


def code(book: dict) -> list[dict]:
    return [cell for cell in book["cells"] if cell["cell_type"] == "code"]


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path, Path]:
    book, done, target = (tmp_path / name for name in ("book", "executed", "source"))
    for path in ("_toc.yml", "models/fast_mri.yaml", "tables/t.yaml", "results/read/t.json", "assets/style.css"):
        (book / path).parent.mkdir(parents=True, exist_ok=True)
        (book / path).write_text(f"bare {path}")
    (done / "models").mkdir(parents=True)
    bare = notebook("work()")
    (book / "models/fast_mri.ipynb").write_text(json.dumps(bare))
    (done / "models/fast_mri.ipynb").write_text(json.dumps(run_of(bare)))
    return book, done, target


def test_staged_folder_holds_executed_notebooks_and_what_pages_are_made_of(folders: tuple[Path, Path, Path]) -> None:
    book, done, target = folders
    assert stage(book, done, target) == (3, 0)
    found = sorted(str(path.relative_to(target)) for path in target.rglob("*") if path.is_file())
    assert found == ["_toc.yml", "assets/style.css", "models/fast_mri.ipynb"]
    assert "measured" in (target / "models/fast_mri.ipynb").read_text()


def test_only_what_changed_is_written_and_what_left_is_removed(folders: tuple[Path, Path, Path]) -> None:
    book, done, target = folders
    stage(book, done, target)
    old = (target / "_toc.yml").stat().st_mtime_ns
    os.utime(book / "_toc.yml")
    assert stage(book, done, target) == (0, 0)
    assert (target / "_toc.yml").stat().st_mtime_ns == old
    (book / "_toc.yml").write_text("other")
    (book / "assets/style.css").unlink()
    assert stage(book, done, target) == (1, 1)
    assert not (target / "assets/style.css").exists()


def test_a_notebook_that_was_not_executed_is_named(folders: tuple[Path, Path, Path]) -> None:
    book, done, target = folders
    (done / "models/fast_mri.ipynb").unlink()
    with pytest.raises(BookError, match=r"models/fast_mri\.ipynb was not executed"):
        stage(book, done, target)


def test_edited_prose_and_alt_texts_stand_beside_the_outputs_of_the_run(folders: tuple[Path, Path, Path]) -> None:
    book, done, _ = folders
    source, executed = book / "models/fast_mri.ipynb", done / "models/fast_mri.ipynb"
    now = json.loads(source.read_text())
    now["cells"][0]["source"] = "# Another title"
    now["cells"][2]["metadata"] = {"mystnb": {"image": {"alt": "what is to be seen"}}}
    now["cells"].append({"cell_type": "markdown", "id": "end", "metadata": {}, "source": "The end."})
    source.write_text(json.dumps(now))
    shown = json.loads(refreshed(source, executed))["cells"]
    assert ["".join(cell["source"]).split("\n")[0] for cell in shown] == [
        "# Another title", 'profile = "read"', "turns = 5", "work()", "The end.",
    ]  # fmt: skip
    assert shown[3]["outputs"] == [OUTPUT]
    assert shown[3]["metadata"] == {"mystnb": {"image": {"alt": "what is to be seen"}}}


def test_a_run_without_an_injected_cell_is_refreshed_too(folders: tuple[Path, Path, Path]) -> None:
    book, done, _ = folders
    bare = json.loads((book / "models/fast_mri.ipynb").read_text())
    (done / "models/fast_mri.ipynb").write_text(json.dumps(run_of(bare, injected=False)))
    shown = json.loads(refreshed(book / "models/fast_mri.ipynb", done / "models/fast_mri.ipynb"))["cells"]
    assert [cell["id"] for cell in shown] == ["title", "cell0", "cell1"]


def test_outputs_of_other_code_are_refused(folders: tuple[Path, Path, Path]) -> None:
    book, done, target = folders
    (book / "models/fast_mri.ipynb").write_text(json.dumps(notebook("work(2)")))
    with pytest.raises(BookError, match="ran other code than"):
        stage(book, done, target)
