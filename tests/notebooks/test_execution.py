"""Every notebook runs in the smoke profile, and two runs give the same page. How long each takes, the status page says."""

from __future__ import annotations

import difflib
from pathlib import Path

import nbformat
import pytest

from .conftest import Executions, notebook_names

pytestmark = pytest.mark.notebooks
NAMES = notebook_names()


@pytest.mark.parametrize("name", NAMES)
def test_runs_in_the_smoke_profile(name: str, executions: Executions) -> None:
    for execution in executions.of(name):
        if execution.status != 0:
            pytest.fail(execution.printed, pytrace=False)
        assert execution.target.is_file()


@pytest.mark.parametrize("name", NAMES)
def test_two_executions_are_byte_identical(name: str, executions: Executions) -> None:
    """Cells tagged `seconds` show measured times: their outputs are left out, everything else is compared."""
    if any(execution.status for execution in executions.of(name)):
        pytest.skip("did not run")
    first, second = (comparable_text(execution.target) for execution in executions.of(name))
    if first != second:
        lines = difflib.unified_diff(first.splitlines(), second.splitlines(), "first", "second", n=3, lineterm="")
        shown = "\n".join(line[:300] for line in list(lines)[:40])
        pytest.fail(f"{name}: two executions differ (a clock, an address, an unseeded draw?)\n{shown}", pytrace=False)


@pytest.mark.parametrize("name", NAMES)
def test_no_cell_prints_a_warning(name: str, executions: Executions) -> None:
    """A reader would find it on the page."""
    if executions.of(name)[0].status:
        pytest.skip("did not run")
    notebook = nbformat.read(executions.of(name)[0].target, as_version=4)
    outputs = [(cell.id, one) for cell in notebook.cells if cell.cell_type == "code" for one in cell.outputs]
    said = [f"{cell}: {one.text[:200]}" for cell, one in outputs if one.get("name") == "stderr"]
    assert not said


def comparable_text(path: Path) -> str:
    """The tidied file; only where a cell is tagged `seconds`, without the outputs of those cells."""
    notebook = nbformat.read(path, as_version=4)
    timed = [cell for cell in notebook.cells if "seconds" in cell.metadata.get("tags", [])]
    for cell in timed:
        cell.outputs = []
    return nbformat.writes(notebook) if timed else path.read_text()
