"""A small book of its own with this project's Makefile and tools, so that make's decisions can be watched."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from .small_book import CARD, FILES, NOTEBOOKS, notebook

ROOT = Path(__file__).resolve().parents[2]
TINY = Path(__file__).parent / "fixtures" / "tiny.ipynb"


def _heed_interrupts() -> None:
    """A shell starts what it puts in the background with SIGINT ignored, and its children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Project:
    """A folder in which `make executed` runs; the environment that runs the tests stands in for its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("Makefile", "pyproject.toml"):
            shutil.copy(ROOT / name, folder)
        shutil.copytree(ROOT / "tools", folder / "tools", ignore=shutil.ignore_patterns("__pycache__"))
        self.write("data_fetch/__init__.py", "def available(name):\n    return True\n")
        (folder / ".venv").symlink_to(sys.prefix)  # a relative name, for the folder's own may hold a space

    def write(self, path: str, text: str) -> None:
        """Write a file of the project, with the folders that it needs."""
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text, encoding="utf-8")

    def notebook(self, name: str, *code: str, prose: str = "# Title", **smoke: object) -> None:
        """Write a notebook of these code cells with its card; the keywords are what it gets in `smoke`."""
        self.write(f"book/{name}.ipynb", json.dumps(notebook(*code, prose=prose)))
        self.card(name, **smoke)

    def card(self, name: str, **smoke: object) -> None:
        """Write a card; the keywords are the notebook's parameters in `smoke`."""
        self.write(f"book/{name}.yaml", CARD.format(json.dumps(smoke)))

    def target(self, name: str) -> Path:
        return self.folder / f"_build/executed/smoke/{name}.ipynb"

    def make(self, *arguments: str) -> subprocess.Popen:
        """Start make in a session of its own, as a terminal would, without the settings of an outer make."""
        outer = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")
        command = ["make", "PROFILE=smoke", *arguments, "VENV=.venv", "-o", ".venv/.installed"]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env={name: value for name, value in os.environ.items() if name not in outer},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=_heed_interrupts,
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        """Exit status and what was printed."""
        process = self.make(*arguments)
        printed, _ = process.communicate(timeout=300)
        return process.returncode, printed

    def ran(self) -> list[str]:
        """Names of the notebooks that `make executed` just ran, in the order in which they finished."""
        status, printed = self.run("executed")
        assert status == 0, printed
        return [line.split()[1] for line in printed.splitlines() if " done in " in line]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """One chapter of two parts, run for real."""
    small = Project(tmp_path)
    small.write("book/_toc.yml", "root: how_to_read\nchapters: [{file: models/fast_mri}]\n")
    for name in ("models/fast_mri", "how_to_read"):
        small.write(f"book/{name}.ipynb", TINY.read_text())
        small.card(name)
    return small


STAND_IN = """
import shutil, sys
name, target = sys.argv[1], sys.argv[-1]
__import__("pathlib").Path(target).parent.mkdir(parents=True, exist_ok=True)
shutil.copyfile(f"book/{name}.ipynb", target)
sys.stdout.write(f"[smoke] {name} done in 0.0 s\\n")
"""


@pytest.fixture
def graph(tmp_path: Path) -> Project:
    """A whole book whose notebooks are copied where they would be run: for what make decides, not for what runs."""
    whole = Project(tmp_path)
    whole.write("tools/running/execute_notebook.py", STAND_IN)
    for path, text in FILES.items():
        whole.write(path, text)
    for name, code in NOTEBOOKS.items():
        whole.notebook(name, code)
    return whole
