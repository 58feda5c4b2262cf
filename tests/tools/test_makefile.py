"""make runs what changed and nothing else; a failed, refused or interrupted run leaves no target."""

from __future__ import annotations

import json
import os
import signal
import time

import pytest

from .conftest import Project

CHAPTERS = {"models/fast_mri", "recent/shapes", "how_to_read"}
COLLECTORS = {"index", "scoreboard", "status"}


def test_chapters_come_first_and_status_last(graph: Project) -> None:
    ran = graph.ran()
    assert set(ran[:3]) == CHAPTERS
    assert set(ran[3:5]) == {"index", "scoreboard"}
    assert ran[5:] == ["status"]


def test_what_a_change_reruns(graph: Project) -> None:
    """One walk through many edits, each of which reruns what it must, and nothing else."""
    graph.ran()
    assert graph.ran() == []
    for path, expected in CHANGES.items():
        before = (graph.folder / path).read_text() if (graph.folder / path).exists() else ""
        graph.write(path, before + "\n# changed\n")
        assert set(graph.ran()) == expected | (COLLECTORS if expected & CHAPTERS else set()), path
        assert graph.ran() == [], path


CHANGES = {
    "mddl_lib/mri/admm_net.py": {"models/fast_mri"},
    "mddl_lib/core/wavelets.py": {
        "models/fast_mri"
    },  # imported inside a function of a network that the catalogue makes
    "mddl_lib/shapes/networks.py": {"recent/shapes"},
    "mddl_lib/shapes/weights/st_net_faust.safetensors": {"recent/shapes"},
    "mddl_lib/mri/weights/admm_net15_brain_30.safetensors": {"models/fast_mri"},
    "mddl_lib/mri/weights/admm_net15_brain_40.safetensors": {"models/fast_mri"},  # new, and meant by the f-string
    "mddl_lib/mri/weights/admm_net15_chest_20.safetensors": set(),  # of the same field, and loaded by nobody
    "mddl_lib/dehazing/networks.py": set(),
    "mddl_lib/pages/figure.css": {"recent/shapes"},
    "mddl_lib/mri/tuned/TV.json": {"how_to_read"},
    "mddl_lib/mri/plans.py": set(),
    "mddl_lib/training/loop.py": set(),  # passed on by the package, and used by no notebook
    "mddl_lib/__init__.py": set(),
    "data_fetch/__init__.py": {"models/fast_mri", "recent/shapes"},  # it runs code of its own, here
    "data_fetch/registry/files/brain_mr_test.json": {"models/fast_mri"},
    "data_fetch/registry/cards/brain_mr_test.yaml": {"models/fast_mri"},
    "data_fetch/registry/files/siat_brain.json": set(),  # a new set
    "data_fetch/decoders/mesh.py": {"recent/shapes"},  # named by the set's card
    "data_fetch/embedded/heads.py": {"models/fast_mri"},  # makes what stands in for the set
    "data_fetch/errors.py": {"models/fast_mri"},
    "book/tables/st_net.yaml": {"recent/shapes"},
    "book/tables/synthesis.yaml": {"index", "scoreboard", "status"},
    "book/results/paper/st_net.json": {"recent/shapes"},
    "book/_toc.yml": {"index", "scoreboard", "status"},
    "tools/running/tidy_notebook.py": CHAPTERS,
}


def test_times_alone_rerun_nothing(graph: Project) -> None:
    """A clone, a checkout of another branch and back, a folder in which a file came and went."""
    graph.ran()
    for path in (*graph.folder.glob("book/**/*"), *graph.folder.glob("mddl_lib/**/*"), graph.folder / "book"):
        os.utime(path)
    assert graph.ran() == []


def test_prose_captions_and_alt_texts_rerun_nothing(graph: Project) -> None:
    graph.ran()
    path = graph.folder / "book/models/fast_mri.ipynb"
    book = json.loads(path.read_text())
    book["cells"][0]["source"] = "# Another title"
    book["cells"][2]["metadata"] = {"mystnb": {"image": {"alt": "what is to be seen"}}, "tags": ["hide-input"]}
    path.write_text(json.dumps(book))
    assert graph.ran() == []
    book["cells"][2]["source"] += "\nanother = 1"
    path.write_text(json.dumps(book))
    assert set(graph.ran()) == {"models/fast_mri"} | COLLECTORS


def test_a_changed_parameter_reruns_its_notebook(graph: Project) -> None:
    graph.ran()
    graph.card("models/fast_mri", turns=5)
    assert set(graph.ran()) == {"models/fast_mri"} | COLLECTORS


def test_what_an_edit_reruns_is_told_with_its_reason(graph: Project) -> None:
    graph.ran()
    graph.write("mddl_lib/core/masks.py", "x = 1")
    assert "[smoke] models/fast_mri: changed mddl_lib/core/masks.py\n" in graph.run("executed")[1]


def test_data_that_arrives_reruns_the_chapters_that_fetch_it(graph: Project) -> None:
    graph.write("data_fetch/__init__.py", "import os\n\n\ndef available(name):\n    return os.path.exists(name)\n")
    graph.write("data_fetch/__main__.py", "raise SystemExit('no network')\n")
    status, printed = graph.run("executed")
    assert status == 0
    assert "[data] not here: brain_mr_test, faust" in printed
    assert graph.ran() == []
    (graph.folder / "faust").touch()
    assert set(graph.ran()) == {"recent/shapes"} | COLLECTORS


def test_a_run_writes_its_parameters_and_its_record(project: Project) -> None:
    project.card("models/fast_mri", turns=5)
    assert set(project.ran()) == {"models/fast_mri", "how_to_read"}
    assert "turns = 5" in project.target("models/fast_mri").read_text()
    record = json.loads(project.target("models/fast_mri").with_name("fast_mri.timing.json").read_text())
    assert record["notebook"] == "models/fast_mri"
    assert record["seconds"] > 0
    assert record["versions"]["python"]


def test_a_misspelt_parameter_fails_the_run_before_anything_ran(project: Project) -> None:
    project.card("models/fast_mri", trun=5)
    status, printed = project.run("executed")
    assert status != 0
    assert "models/fast_mri: the profile gives `trun`" in printed
    assert "did you mean `turns`" in printed
    assert not project.target("models/fast_mri").exists()


def test_a_failed_notebook_leaves_no_target_and_says_which_line(project: Project) -> None:
    project.card("models/fast_mri", fails=True)
    status, printed = project.run("executed")
    assert status != 0
    assert "RuntimeError: asked to fail" in printed
    assert leftovers(project, "fast_mri") == []
    assert project.run("executed")[0] != 0, "the second call took the failure for done"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_run_leaves_no_target_and_resumes(project: Project, how: signal.Signals) -> None:
    project.card("models/fast_mri", seconds_asleep=300.0)
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
    project.card("models/fast_mri", seconds_asleep=0.0)
    assert "how_to_read" not in project.ran()
    assert other.stat().st_mtime_ns == kept


def test_an_unknown_profile_is_refused(project: Project) -> None:
    status, printed = project.run("executed", "PROFILE=fast")
    assert status != 0
    assert "PROFILE=fast is none of smoke, read, paper" in printed


def leftovers(project: Project, stem: str) -> list[str]:
    """Files of one notebook under _build/executed."""
    return [str(path) for path in (project.folder / "_build/executed").rglob(f"*{stem}*")]
