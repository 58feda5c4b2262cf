"""Tidying leaves no trace of the run: two runs of one notebook are byte-identical after it."""

from __future__ import annotations

import tempfile

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from tools.running.tidy_notebook import ROOT, WIDGET_VIEW, tidy


def executed(*outputs: nbformat.NotebookNode, injected: str = "turns = 4") -> nbformat.NotebookNode:
    """What papermill leaves behind, with a clock time, a path and a random id in each place where it leaves them."""
    run = {"papermill": {"duration": 1.5, "start_time": "2026-01-01T10:00:00"}, "execution": {"iopub": "10:00:00"}}
    cells = [
        new_code_cell("turns = 3", metadata={"tags": ["parameters"], **run}),
        new_code_cell(injected, metadata={"tags": ["injected-parameters"], **run}),
        new_code_cell("work()", outputs=list(outputs), metadata=dict(run)),
    ]
    metadata = {"papermill": {"input_path": f"{ROOT}/book/a.ipynb"}, "widgets": {"state": {"8f3a": {}}}}
    return new_notebook(cells=cells, metadata=metadata)


def test_metadata_of_the_run_is_gone() -> None:
    text = nbformat.writes(tidy(executed()))
    for trace in ("papermill", "10:00:00", "duration", "8f3a", str(ROOT)):
        assert trace not in text


def test_two_runs_with_other_ids_and_times_give_the_same_bytes() -> None:
    first, second = executed(), executed()
    for cell, other in zip(first.cells, second.cells, strict=True):
        if "injected-parameters" not in cell.metadata.get("tags", []):
            other.id = cell.id  # the source's ids are kept by papermill; the injected cell's is random
    second.cells[1].metadata["papermill"]["duration"] = 7.0
    assert first.cells[1].id != second.cells[1].id
    assert nbformat.writes(tidy(first)) == nbformat.writes(tidy(second))


def test_injected_cell_that_repeats_the_defaults_is_dropped_and_another_kept() -> None:
    assert len(tidy(executed(injected="# Parameters\nturns = 3")).cells) == 2
    assert [cell.source for cell in tidy(executed(injected="turns = 4")).cells][1] == "turns = 4"


def test_folders_of_this_machine_are_replaced_in_every_kind_of_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MDDL_DATA", "/somewhere/cache")
    text = f"{ROOT}/mddl_lib/core/masks.py and /somewhere/cache/x.png and {tempfile.gettempdir()}/ipykernel_77/1234.py:3: UserWarning"
    wanted = "mddl_lib/core/masks.py and $MDDL_DATA/x.png and cell:3: UserWarning"
    outputs = tidy(
        executed(
            new_output("stream", name="stderr", text=text),
            new_output("display_data", data={"text/html": text, "image/png": "aGVsbG8="}),
            new_output("error", ename="E", evalue="e", traceback=[text]),
        )
    ).cells[2]["outputs"]
    assert [outputs[0].text, outputs[1].data["text/html"], outputs[2].traceback[0]] == [wanted] * 3
    assert outputs[1].data["image/png"] == "aGVsbG8="


def test_streams_are_joined_and_widgets_dropped() -> None:
    outputs = tidy(
        executed(
            new_output("stream", name="stdout", text="a\n"),
            new_output("stream", name="stdout", text="b\n"),
            new_output("display_data", data={WIDGET_VIEW: {"model_id": "8f3a"}, "text/plain": "0%|"}),
            new_output("stream", name="stderr", text="c\n"),
        )
    ).cells[2]["outputs"]
    assert [(output.name, output.text) for output in outputs] == [("stdout", "a\nb\n"), ("stderr", "c\n")]


@pytest.mark.timeout(20)
def test_a_megabyte_of_base64_is_tidied_at_once() -> None:
    """Sliders put their frames into the page; a search that is quadratic in a word's length took minutes here."""
    frames = "data:image/webp;base64," + "UklGRi/" * 300_000
    html = f"<img src='{frames}'> {tempfile.gettempdir()}/ipykernel_77/1234.py:3"
    outputs = tidy(executed(new_output("display_data", data={"text/html": html}))).cells[2]["outputs"]
    assert outputs[0].data["text/html"] == f"<img src='{frames}'> cell:3"
