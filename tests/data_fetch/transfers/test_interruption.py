"""A process that is stopped in the middle of a transfer: no half file, and the next one finishes the work."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

import data_fetch

from ..conftest import World

CHILD = """
import pathlib, sys
from data_fetch.registry import lookup
from data_fetch.__main__ import main
lookup.FOLDER = pathlib.Path(sys.argv[1])
sys.exit(main(["get", "heads"]))
"""
VICTIM = "train/2.png"


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_stopped_process_leaves_no_half_file(world: World, how: signal.Signals) -> None:
    world.server.behaviour[f"/{VICTIM}"] = "stall"
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(world.registry)], stderr=subprocess.PIPE, text=True,
        # a shell starts what it puts in the background with SIGINT ignored, and its children inherit that
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    assert world.server.stalled.wait(20)
    child.send_signal(how)
    world.server.closing.set()  # the stalled transfer ends as cut
    errors = child.communicate(timeout=20)[1]
    world.server.closing.clear()
    world.server.behaviour[f"/{VICTIM}"] = "ok"
    complete = {name for name in world.everything() if not name.startswith(".partial")}
    assert VICTIM not in complete
    assert all((world.folder / name).read_bytes() == world.files[name] for name in complete)
    if how == signal.SIGINT:
        assert child.returncode == 130
        assert "Traceback" not in errors
        assert complete == world.everything()
    data_fetch.fetch("heads")
    assert set(world.files) <= world.everything()


def test_two_processes_may_fetch_the_same_set(world: World) -> None:
    children = [
        subprocess.Popen([sys.executable, "-c", CHILD, str(world.registry)], stderr=subprocess.PIPE) for _ in range(2)
    ]
    assert [child.communicate(timeout=20) and child.returncode for child in children] == [0, 0]
    assert world.everything() == set(world.files)
