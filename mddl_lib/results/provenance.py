"""The one file of a profile that holds what differs from run to run: seconds, dates, machine and versions."""

from __future__ import annotations

import contextlib
import datetime
import fcntl
import importlib.metadata
import json
import os
import platform
from collections.abc import Iterator
from pathlib import Path

import torch

NAME = "provenance.json"
PACKAGES = ("torch", "numpy", "scipy", "scikit-image", "matplotlib")


def machine() -> dict[str, object]:
    """What the run was made on: processor, threads, Python and packages."""
    return {
        "device": "cuda" if torch.cuda.is_available() else "cpu",
        "processor": _processor(),
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
        "versions": {package: importlib.metadata.version(package) for package in PACKAGES},
    }


def record(folder: Path, key: str, seconds: dict[str, float]) -> None:
    """Write the seconds of one table into a profile's file, beside the date and the machine. Safe under ``make -j``."""
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        everything = read(folder)
        date = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        entry = everything.get(key, {"seconds": {}})
        everything[key] = {"date": date, "machine": machine(), "seconds": {**entry["seconds"], **seconds}}
        write_json(folder / NAME, everything)


def read(folder: Path) -> dict:
    """A profile's file, or an empty record when nothing ran yet."""
    path = folder / NAME
    return json.loads(path.read_text()) if path.exists() else {}


def write_json(path: Path, content: object) -> None:
    """Write JSON in a fixed order, atomically."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.part")
    temporary.write_text(json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    os.replace(temporary, path)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
