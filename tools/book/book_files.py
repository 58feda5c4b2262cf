"""The files of the book as make's tools read them: whole, or refused in a line that says which file and what it should be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

MARKERS = ("<<<<<<< ", "=======\n", ">>>>>>> ")


class BookError(ValueError):
    """A file of the book that is not what it should be; the message is what a reader needs to see."""


def notebook_names(book: Path) -> list[str]:
    """Every notebook below the folder, without its ending; Jupyter's checkpoints are none."""
    paths = [path for path in book.rglob("*.ipynb") if ".ipynb_checkpoints" not in path.parts]
    return sorted(path.relative_to(book).with_suffix("").as_posix() for path in paths)


def read_text(path: Path, wanted: str) -> str:
    """The text of a file; raises BookError when there is none, or a merge has left its marks in it."""
    if not path.is_file():
        raise BookError(f"{path} is not there; expected {wanted}")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise _refused(path, f"is no UTF-8 text ({error.reason} at byte {error.start})", wanted) from None
    if not text.strip():
        raise _refused(path, "is empty", wanted)
    if all(f"\n{mark}" in f"\n{text}" for mark in MARKERS):
        raise _refused(path, "holds the marks of an unfinished merge (<<<<<<<)", wanted)
    return text


def read_json(path: Path, wanted: str) -> Any:
    """The content of a JSON file; raises BookError when it is cut, or no JSON."""
    text = read_text(path, wanted)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        what = "is cut" if text.lstrip()[0] in "{[" and text.rstrip()[-1] not in "}]" else "is no JSON"
        raise _refused(path, f"{what} (line {error.lineno}: {error.msg})", wanted) from None


def read_notebook(path: Path) -> dict[str, Any]:
    """A notebook as plain JSON, each cell's source as one text; raises BookError on any other file."""
    wanted = "a Jupyter notebook of format 4"
    notebook = read_json(path, wanted)
    if not isinstance(notebook, dict) or "nbformat" not in notebook:
        raise _refused(path, "is JSON, but no notebook", wanted)
    if notebook["nbformat"] != 4:
        raise _refused(path, f"is a notebook of format {notebook['nbformat']}", wanted)
    cells = notebook.get("cells")
    if not isinstance(cells, list) or not all(
        isinstance(c, dict) and {"cell_type", "source"} <= c.keys() for c in cells
    ):
        raise _refused(path, "has no list of cells with a type and a source each", wanted)
    for cell in cells:
        cell["source"] = "".join(cell["source"])
    return notebook


def read_yaml(path: Path, wanted: str) -> dict[str, Any]:
    """A YAML file that is a mapping; raises BookError on any other."""
    import yaml  # here: most calls read no card

    text = read_text(path, wanted)
    try:
        content = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        raise _refused(path, f"is no YAML ({where}{getattr(error, 'problem', error)})", wanted) from None
    if not isinstance(content, dict):
        raise _refused(path, f"is a {type(content).__name__}, no lines `key: value`", wanted)
    return content


def write_if_changed(path: Path, content: str) -> bool:
    """Write a file unless it says so already; True when it was written."""
    if path.is_file() and path.read_text(encoding="utf-8") == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return True


def _refused(path: Path, what: str, wanted: str) -> BookError:
    return BookError(f"{path} {what}; expected {wanted}. `git checkout -- {path}` brings back the committed one")
