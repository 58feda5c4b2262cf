"""make's commands on consoles that know few signs: nothing dies of a character."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(encoding: str, *command: str) -> subprocess.CompletedProcess:
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)


@pytest.mark.parametrize("encoding", ["ascii", "cp437", "latin-1"])
def test_a_command_says_what_it_can(encoding: str) -> None:
    said = run(
        encoding,
        sys.executable,
        "-m",
        "tools.running.execute_notebook",
        "no/such",
        "--profile",
        "smoke",
        "--target",
        "x",
    )
    assert said.returncode == 1, said.stderr
    assert b"no/such" in said.stderr
    assert b"Traceback" not in said.stderr
    assert b"[smoke] no/such " in said.stdout  # an ellipsis follows, or its number


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
@pytest.mark.parametrize("module", ["tools.running.execute_notebook", "mddl_lib", "data_fetch"])
def test_help_is_printed(encoding: str, module: str) -> None:
    said = run(encoding, sys.executable, "-m", module, "--help")
    assert said.returncode == 0, said.stderr
    assert b"usage" in said.stdout
