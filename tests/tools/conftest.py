"""A small book of its own with this project's Makefile and tools, so that make's decisions can be watched."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TINY = Path(__file__).parent / "fixtures" / "tiny.ipynb"


def _heed_interrupts() -> None:
    """A shell starts what it puts in the background with SIGINT ignored, and its children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Project:
    """A folder in which `make executed` runs; the environment that runs the tests stands in for its own."""

    def __init__(self, folder: Path, *notebooks: str) -> None:
        self.folder = folder
        for name in ("book/models", "mddl_lib/core", "mddl_lib/mri", "data_fetch"):
            (folder / name).mkdir(parents=True)
        for name in ("Makefile", "pyproject.toml"):
            shutil.copy(ROOT / name, folder)
        shutil.copytree(ROOT / "tools", folder / "tools", ignore=shutil.ignore_patterns("__pycache__"))
        for name in notebooks:
            shutil.copy(TINY, folder / "book" / f"{name}.ipynb")
        (folder / "mddl_lib/core/masks.py").touch()
        (folder / "mddl_lib/mri/admm_net.py").touch()
        (folder / "data_fetch/__init__.py").write_text("def available(name):\n    return True\n")
        self.profiles()

    def profiles(self, **parameters: object) -> None:
        """Write profiles.yaml; the keywords are what models/fast_mri gets in `smoke`."""
        entries = "".join(f"    {name}: {value}\n" for name, value in parameters.items())
        text = f"smoke:\n  models/fast_mri:\n    profile: smoke\n{entries}read: {{}}\npaper: {{}}\n"
        (self.folder / "book/profiles.yaml").write_text(text)

    def target(self, name: str) -> Path:
        return self.folder / f"_build/executed/smoke/{name}.ipynb"

    def make(self, *arguments: str) -> subprocess.Popen:
        """Start make in a session of its own, as a terminal would, without the settings of an outer make."""
        venv = sys.prefix
        outer = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES")
        command = ["make", "PROFILE=smoke", *arguments, f"VENV={venv}", "-o", f"{venv}/.installed"]
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
    return Project(tmp_path, "models/fast_mri", "how_to_read")


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
    whole = Project(tmp_path, "models/fast_mri", "how_to_read", "index", "scoreboard", "status")
    (tmp_path / "tools/execute_notebook.py").write_text(STAND_IN)
    return whole
