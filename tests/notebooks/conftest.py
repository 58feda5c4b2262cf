"""Every notebook of the book, executed in the smoke profile: twice, side by side, into two results folders.

The first execution is what the pages of the site tests are built from; the second one is there to be compared with it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"
SMOKE = ROOT / "_build" / "smoke"
COLLECTORS = ("index", "scoreboard", "status")  # they read what the chapters before them measured: last, in this order


def notebook_names() -> list[str]:
    """Names of all notebooks of the book, such as models/fast_mri, in the order in which they can run."""
    names = [
        str(path.relative_to(BOOK).with_suffix(""))
        for path in BOOK.rglob("*.ipynb")
        if ".ipynb_checkpoints" not in path.parts
    ]
    return sorted(names, key=lambda name: (COLLECTORS.index(name) if name in COLLECTORS else -1, name))


@dataclass
class Execution:
    """One finished run: its exit status, what it printed, the notebook that it left (or not)."""

    status: int
    printed: str
    target: Path


class Executions:
    """Runs a notebook on first demand and keeps the outcome."""

    def __init__(self) -> None:
        self.folders = (SMOKE / "executed", SMOKE / "again")
        self.results = (SMOKE / "results", SMOKE / "results_again")
        self.timings = SMOKE / "timings"
        for folder in (*self.folders, *self.results, self.timings):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        self.finished: dict[str, tuple[Execution, Execution]] = {}

    def of(self, name: str) -> tuple[Execution, Execution]:
        """Both executions of a notebook."""
        if name not in self.finished:
            if name in COLLECTORS:
                self._share_seconds_and_dates()
            pair = [self._start(name, which) for which in (0, 1)]
            self.finished[name] = tuple(self._finish(name, which, pair[which]) for which in (0, 1))
        return self.finished[name]

    def _start(self, name: str, which: int) -> subprocess.Popen:
        command = [sys.executable, "-m", "tools.execute_notebook", name, "--profile", "smoke"]
        command += ["--target", str(self.folders[which] / f"{name}.ipynb"), "--results", str(self.results[which])]
        command += ["--timings", str(self.timings)]
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _finish(self, name: str, which: int, process: subprocess.Popen) -> Execution:
        printed, _ = process.communicate()
        return Execution(process.returncode, printed, self.folders[which] / f"{name}.ipynb")

    def _share_seconds_and_dates(self) -> None:
        """Pages about the runs show seconds and dates, and those may differ: both executions read the same ones."""
        records = (
            (self.results[0], "provenance.json", self.results[1]),
            (self.folders[0], "*.timing.json", self.timings),
        )
        for source, pattern, target in records:
            for record in source.rglob(pattern):
                copy = target / record.relative_to(source)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(record, copy)


@pytest.fixture(scope="session")
def executions() -> Executions:
    return Executions()
