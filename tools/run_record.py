"""NAME.timing.json: what ran, when, how long, on what. The status page reads these files."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import platform
import shutil
import subprocess
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tools.book_files import read_notebook

PACKAGES = ("torch", "numpy", "scipy", "scikit-image", "matplotlib", "jupyter-book", "papermill")


@functools.cache
def machine() -> dict[str, str | int]:
    """Processor, number of cores this process may use, and the accelerator's name when there is one."""
    names = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    models = [line.partition(":")[2].strip() for line in names if line.startswith("model name")]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    found: dict[str, str | int] = {"processor": models[0] if models else platform.machine(), "cores": cores}
    if shutil.which("nvidia-smi"):
        query = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
        answer = subprocess.run(query, capture_output=True, text=True, timeout=30, check=False)
        if answer.returncode == 0 and answer.stdout.strip():
            found["accelerator"] = answer.stdout.strip().splitlines()[0]
    return found


def versions() -> dict[str, str]:
    """Version of Python and of the packages that a number could depend on; absent packages are left out."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def code_sha256(notebook: Path) -> str:
    """One hash over the code cells: prose and captions may change after a run, and it is still a run of this notebook."""
    cells = read_notebook(notebook)["cells"]
    return hashlib.sha256(
        "\0".join(cell["source"] for cell in cells if cell["cell_type"] == "code").encode()
    ).hexdigest()


def write_record(path: Path, source: Path, name: str, profile: str, started: datetime, seconds: float) -> None:
    """Write the record of one finished run; `started` is in UTC, the hash is that of the notebook's code."""
    record = {
        "notebook": name,
        "profile": profile,
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(seconds, 1),
        "code_sha256": code_sha256(source),
        "machine": machine(),
        "versions": versions(),
    }
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n")
    unfinished.replace(path)
