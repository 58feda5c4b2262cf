"""Every notebook of the book, executed in the smoke profile: twice, side by side, into two results folders.

The first execution is what the pages of the site tests are built from; the second one is there to be compared with it.
Workers that test side by side share them: whoever asks first for a notebook runs it, the others wait for the outcome.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from tools.book import book_files

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"
SMOKE = ROOT / "_build" / "smoke"
COLLECTORS = ("index", "scoreboard", "status")  # they read what the chapters before them measured: last, in this order


def notebook_names() -> list[str]:
    """Names of all notebooks of the book, such as models/fast_mri, in the order in which they can run."""
    names = book_files.notebook_names(BOOK)
    return sorted(names, key=lambda name: (COLLECTORS.index(name) if name in COLLECTORS else -1, name))


@dataclass
class Execution:
    """One finished run: its exit status, what it printed, the notebook that it left (or not)."""

    status: int
    printed: str
    target: Path


class Executions:
    """Runs a notebook on first demand and keeps the outcome, for all workers of one test run."""

    def __init__(self, run: str) -> None:
        self.folders = (SMOKE / "executed", SMOKE / "again")
        self.results = (SMOKE / "results", SMOKE / "results_again")
        self.timings, self.outcomes = SMOKE / "timings", SMOKE / "outcomes"
        with alone(SMOKE / ".start"):
            mark = SMOKE / "run"
            if not (mark.is_file() and mark.read_text() == run):
                for folder in (*self.folders, *self.results, self.timings, self.outcomes):
                    shutil.rmtree(folder, ignore_errors=True)
                    folder.mkdir(parents=True)
                mark.write_text(run)

    def of(self, name: str) -> tuple[Execution, Execution]:
        """Both executions of a notebook. A collector's wait for those of all notebooks before it, or make them."""
        if name in COLLECTORS:
            for earlier in notebook_names()[: notebook_names().index(name)]:
                self.of(earlier)
        outcome = self.outcomes / f"{name.replace('/', '.')}.json"
        with alone(outcome.with_suffix(".lock")):
            if not outcome.is_file():
                if name in COLLECTORS:
                    self._share_seconds_and_dates()
                started = [self._start(name, which) for which in (0, 1)]
                runs = [asdict(self._finish(name, which, started[which])) for which in (0, 1)]
                outcome.write_text(json.dumps(runs, default=str))
        first, second = (Execution(**{**run, "target": Path(run["target"])}) for run in json.loads(outcome.read_text()))
        return first, second

    def _start(self, name: str, which: int) -> subprocess.Popen:
        command = [sys.executable, "-m", "tools.running.execute_notebook", name, "--profile", "smoke"]
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


@contextlib.contextmanager
def alone(lock: Path) -> Iterator[None]:
    """One process at a time; a lock whose owner was killed is nobody's."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    while True:
        with contextlib.suppress(FileExistsError), lock.open("x") as mine:
            mine.write(str(os.getpid()))
            break
        with contextlib.suppress(OSError, ValueError):
            if not _runs(int(lock.read_text())):
                lock.unlink()
                continue
        time.sleep(0.2)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@pytest.fixture(scope="session")
def executions(testrun_uid: str) -> Executions:
    return Executions(testrun_uid)
