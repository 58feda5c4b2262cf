"""What the status page reads: a record that is cut is named, with how to get it back, and the others are shown."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mddl_lib.environment import CHECKOUT
from mddl_lib.pages import run_report
from mddl_lib.results.provenance import hardware
from tools.running.run_record import write_record


@pytest.fixture
def records(tmp_path: Path) -> Path:
    for name in ("data", "index"):
        source = CHECKOUT / "book" / f"{name}.ipynb"
        write_record(tmp_path / f"{name}.timing.json", source, name, "smoke", datetime.now(UTC), 1.5)
    return tmp_path


def test_a_record_says_what_ran_on_what(records: Path) -> None:
    runs = run_report.notebook_runs(records)
    assert [(run["notebook"], run["state"]) for run in runs] == [("data", "current"), ("index", "current")]
    assert runs[0]["machine"] == hardware()
    assert {"python", "torch", "papermill"} <= runs[0]["versions"].keys()


@pytest.mark.parametrize(
    "content", ['{"notebook": "data", "pro', "", "[1, 2]", '{"notebook": "data"}', '{"seconds": NaN}']
)
def test_a_record_that_is_cut_is_named_and_left_out(records: Path, content: str) -> None:
    (records / "data.timing.json").write_text(content)
    with pytest.warns(
        UserWarning, match=r"data\.timing\.json is left out: .*Delete .*data\.ipynb and make runs"
    ) as caught:
        runs = run_report.notebook_runs(records)
    assert [run["notebook"] for run in runs] == ["index"]
    assert "git" not in str(caught[0].message)
    assert json.loads((records / "index.timing.json").read_text())["seconds"] == 1.5
