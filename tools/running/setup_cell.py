"""The setup cell that stands before the first code cell of every notebook: on Colab it installs the package.

    python -m tools.running.setup_cell             print it
    python -m tools.running.setup_cell --write     put it into every notebook of the book, or bring it up to date

The repository's address comes from _config.yml, its only place; a test holds every notebook to this text.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
import yaml

ROOT = Path(__file__).resolve().parents[2]
TAG = "setup"
TITLE = "Setup: install the package where it is missing"
# Folded everywhere: on the page, in JupyterLab, on Colab.
METADATA = {
    "tags": [TAG, "hide-input"],
    "mystnb": {"code_prompt_show": TITLE, "code_prompt_hide": TITLE},
    "jupyter": {"source_hidden": True},
    "cellView": "form",
}


def repository(config: Path = ROOT / "_config.yml") -> str:
    """The repository's address, without a slash at its end."""
    return yaml.safe_load(config.read_text(encoding="utf-8"))["repository"]["url"].rstrip("/")


def setup_cell(config: Path = ROOT / "_config.yml") -> str:
    """The text of the cell."""
    return (
        f"# @title {TITLE}\n"
        "try:\n"
        "    import mddl_lib  # noqa: F401\n"
        "except ImportError:\n"
        f'    %pip install --quiet "mddl @ git+{repository(config)}"'
    )


def is_setup(cell: nbformat.NotebookNode) -> bool:
    return cell.cell_type == "code" and TAG in cell.metadata.get("tags", [])


def with_setup(notebook: nbformat.NotebookNode, source: str) -> nbformat.NotebookNode:
    """The notebook with the setup cell before its first code cell (an older one is replaced)."""
    cells = [cell for cell in notebook.cells if not is_setup(cell)]
    first = next((index for index, cell in enumerate(cells) if cell.cell_type == "code"), len(cells))
    cell = nbformat.v4.new_code_cell(source, id=TAG, metadata=METADATA)
    return nbformat.from_dict({**notebook, "cells": [*cells[:first], cell, *cells[first:]]})


def notebooks(book: Path = ROOT / "book") -> list[Path]:
    """The book's notebooks, without Jupyter's checkpoints."""
    return [path for path in sorted(book.rglob("*.ipynb")) if ".ipynb_checkpoints" not in path.parts]


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        for path in notebooks():
            before = path.read_text(encoding="utf-8")
            after = nbformat.writes(with_setup(nbformat.reads(before, as_version=4), setup_cell())) + "\n"
            if after != before:
                path.write_text(after, encoding="utf-8")
                print(f"{path.relative_to(ROOT)}: setup cell written")
    elif not sys.argv[1:]:
        print(setup_cell())
    else:
        sys.exit(f"unknown arguments {sys.argv[1:]}; expected none or --write")
