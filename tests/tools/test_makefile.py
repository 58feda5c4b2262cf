"""make runs what changed and nothing else; a failed, refused or interrupted run leaves no target."""

from __future__ import annotations

import json
import os
import signal
import time

import pytest

from .conftest import Project

EVERYTHING = {"how_to_read", "models/fast_mri", "index", "scoreboard", "status"}
COLLECTORS = {"index", "scoreboard", "status"}


def test_chapters_come_first_and_status_last(graph: Project) -> None:
    ran = graph.ran()
    assert set(ran[:2]) == EVERYTHING - COLLECTORS
    assert set(ran[2:4]) == {"index", "scoreboard"}
    assert ran[4:] == ["status"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("book/how_to_read.ipynb", {"how_to_read"} | COLLECTORS),
        ("mddl_lib/mri/admm_net.py", {"models/fast_mri"} | COLLECTORS),
        ("mddl_lib/core/masks.py", EVERYTHING),
        ("data_fetch/__init__.py", EVERYTHING),
        ("book/scoreboard.ipynb", {"scoreboard", "status"}),
        ("book/profiles.yaml", set()),  # touched, and nothing in it changed
    ],
)
def test_what_a_change_reruns(graph: Project, path: str, expected: set[str]) -> None:
    graph.ran()
    assert graph.ran() == []
    time.sleep(0.01)
    os.utime(graph.folder / path)
    assert set(graph.ran()) == expected


def test_a_changed_parameter_reruns_its_notebook(graph: Project) -> None:
    graph.ran()
    graph.profiles(turns=5)
    assert set(graph.ran()) == {"models/fast_mri"} | COLLECTORS


def test_data_that_arrives_reruns_the_chapters(graph: Project) -> None:
    module = graph.folder / "data_fetch/__init__.py"
    module.write_text("import os\n\n\ndef available(name):\n    return os.path.exists('arrived')\n")
    (graph.folder / "data_fetch/__main__.py").write_text("raise SystemExit('no network')\n")
    status, printed = graph.run("executed")
    assert status == 0
    assert "[data] not here: brain_mr_test" in printed
    assert graph.ran() == []
    (graph.folder / "arrived").touch()
    assert set(graph.ran()) == EVERYTHING


def test_a_run_writes_its_parameters_and_its_record(project: Project) -> None:
    project.profiles(turns=5)
    assert set(project.ran()) == {"models/fast_mri", "how_to_read"}
    assert "turns = 5" in project.target("models/fast_mri").read_text()
    record = json.loads(project.target("models/fast_mri").with_name("fast_mri.timing.json").read_text())
    assert record["notebook"] == "models/fast_mri"
    assert record["seconds"] > 0
    assert record["versions"]["python"]


def test_a_misspelt_parameter_fails_the_run_before_anything_ran(project: Project) -> None:
    project.profiles(trun=5)
    status, printed = project.run("executed")
    assert status != 0
    assert "models/fast_mri: the profile gives `trun`" in printed
    assert "did you mean `turns`" in printed
    assert not project.target("models/fast_mri").exists()


def test_a_failed_notebook_leaves_no_target_and_says_which_line(project: Project) -> None:
    project.profiles(fails=True)
    status, printed = project.run("executed")
    assert status != 0
    assert "RuntimeError: asked to fail" in printed
    assert leftovers(project, "fast_mri") == []
    assert project.run("executed")[0] != 0, "the second call took the failure for done"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_run_leaves_no_target_and_resumes(project: Project, how: signal.Signals) -> None:
    project.profiles(seconds_asleep=300.0)
    process = project.make("executed")
    other = project.target("how_to_read")
    deadline = time.monotonic() + 240
    while not (other.exists() and list(project.folder.rglob(".fast_mri.*.unfinished.ipynb"))):
        assert time.monotonic() < deadline, "fast_mri did not start"
        time.sleep(0.1)
    os.killpg(process.pid, how)  # what Ctrl-C does: every process of the terminal gets it
    process.communicate(timeout=180)
    assert process.returncode != 0
    assert not project.target("models/fast_mri").exists()
    if how != signal.SIGKILL:  # a killed process cannot clean up; its file is hidden and is no target
        assert leftovers(project, "fast_mri") == []
    kept = other.stat().st_mtime_ns
    project.profiles(seconds_asleep=0.0)
    assert "how_to_read" not in project.ran()
    assert other.stat().st_mtime_ns == kept


def test_an_unknown_profile_is_refused(project: Project) -> None:
    status, printed = project.run("executed", "PROFILE=fast")
    assert status != 0
    assert "PROFILE=fast is none of smoke, read, paper" in printed


def leftovers(project: Project, stem: str) -> list[str]:
    """Files of one notebook under _build/executed."""
    return [str(path) for path in (project.folder / "_build/executed").rglob(f"*{stem}*")]
