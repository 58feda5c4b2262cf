"""Make an executed notebook a function of its source, parameters and results: two runs are byte-identical after it.

Taken away: papermill's and the client's metadata (clock times, durations, absolute paths), widgets (random ids, and
scripts from elsewhere), the random id of the cell with the injected parameters, folder names of this machine. What an
output itself says stays: an object that prints its address wants a `__repr__`, and the determinism test finds it.

    python -m tools.running.tidy_notebook NOTEBOOK
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import nbformat

from tools.book.notebook_parameters import defaults, scalar_assignments

ROOT = Path(__file__).resolve().parents[2]
RUN_METADATA = ("papermill", "execution", "ExecuteTime", "widgets")
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
# Begins with literal text: a pattern that begins with "any word" takes minutes on a megabyte of base64.
KERNEL_CELL = re.compile(re.escape(tempfile.gettempdir()) + r"/ipykernel_\d+/\d+\.py")


def machine_folders() -> dict[str, str]:
    """Folder of this machine → what stands for it in a page; longest first, so that the most special one wins."""
    folders = {str(ROOT) + "/": "", str(ROOT): ".", str(Path.home()) + "/": "~/", tempfile.gettempdir() + "/": ""}
    for variable in ("MDDL_DATA", "MDDL_RESULTS", "MDDL_TIMINGS"):
        if os.environ.get(variable):
            folders[str(Path(os.environ[variable]).resolve())] = f"${variable}"
    return dict(sorted(folders.items(), key=lambda pair: -len(pair[0])))


def tidy(notebook: nbformat.NotebookNode, name: str = "notebook") -> nbformat.NotebookNode:
    """The notebook without traces of the run that made it; changed in place and returned."""
    folders = machine_folders()
    for key in RUN_METADATA:
        notebook.metadata.pop(key, None)
    notebook.cells = [cell for cell in notebook.cells if not _repeats_defaults(cell, notebook, name)]
    for cell in notebook.cells:
        for key in RUN_METADATA:
            cell.metadata.pop(key, None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.id = "injected-parameters"
        if cell.cell_type == "code":
            kept = [output for output in cell.outputs if WIDGET_VIEW not in output.get("data", {})]
            cell.outputs = [_tidy_output(output, folders) for output in _merge_streams(kept)]
    return notebook


def _repeats_defaults(cell: nbformat.NotebookNode, notebook: nbformat.NotebookNode, name: str) -> bool:
    """An injected cell that says what the parameters cell says already is noise on the page."""
    if "injected-parameters" not in cell.metadata.get("tags", []):
        return False
    known = defaults(notebook, name)
    injected = scalar_assignments(cell.source, name)
    return all(parameter in known and known[parameter] == value for parameter, value in injected.items())


def _merge_streams(outputs: list) -> list:
    """One stream output for neighbours of one name: where a kernel cuts its text depends on the clock."""
    merged: list = []
    for output in outputs:
        last = merged[-1] if merged else {}
        if output.output_type == "stream" and last.get("output_type") == "stream" and last["name"] == output.name:
            last["text"] += output.text
        else:
            merged.append(output)
    return merged


def _tidy_output(output: nbformat.NotebookNode, folders: Mapping[str, str]) -> nbformat.NotebookNode:
    if output.output_type == "stream":
        output.text = _without_folders(output.text, folders)
    elif output.output_type == "error":
        output.traceback = [_without_folders(line, folders) for line in output.traceback]
    else:
        for kind, content in output.data.items():
            if isinstance(content, str) and not (kind.startswith("image/") and kind != "image/svg+xml"):
                output.data[kind] = _without_folders(content, folders)
    return output


def _without_folders(text: str, folders: Mapping[str, str]) -> str:
    text = KERNEL_CELL.sub("cell", text)
    for folder, stand_in in folders.items():
        text = text.replace(folder, stand_in)
    return text


def tidy_file(path: Path) -> None:
    """Tidy a notebook file where it lies (nbformat writes sorted keys, so bytes follow from content)."""
    nbformat.write(tidy(nbformat.read(path, as_version=4), path.stem), path)


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        tidy_file(Path(argument))
