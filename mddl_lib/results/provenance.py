"""The one file of a profile that holds what differs from run to run: seconds, dates, machine and versions."""

from __future__ import annotations

import contextlib
import datetime
import functools
import importlib.metadata
import os
import platform
import shutil
import subprocess
import warnings
from collections.abc import Iterable
from pathlib import Path

import torch

from mddl_lib.results.store import DamagedResultError, read_json, write_json

NAME = "provenance.json"
PACKAGES = ("torch", "numpy", "scipy", "scikit-image", "matplotlib")


@functools.cache
def hardware() -> dict[str, str | int]:
    """Processor, number of cores this process may use, and the accelerator's name when there is one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    found: dict[str, str | int] = {"processor": _processor(), "cores": cores}
    if shutil.which("nvidia-smi"):
        query = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            answer = subprocess.run(query, capture_output=True, text=True, timeout=30, check=False)
            if answer.returncode == 0 and answer.stdout.strip():
                found["accelerator"] = answer.stdout.strip().splitlines()[0]
    return found


def versions(packages: Iterable[str] = PACKAGES) -> dict[str, str]:
    """The installed version of each package; absent ones are left out."""
    found = {}
    for package in packages:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[package] = importlib.metadata.version(package)
    return found


def other_processor(tables: Iterable[str], folder: Path) -> str:
    """A sentence for stale rows of tables that were stored on another processor than this one; "" where none was.

    :param tables: their names.
    :param folder: of the profile whose stored results are meant.
    """
    kept, here = read(folder), hardware()["processor"]
    there = {str(kept[name]["machine"]["processor"]) for name in tables if name in kept} - {str(here)}
    if not there:
        return ""
    return (
        f"Stored on {' and '.join(sorted(there))}, computed now on {here}: processors round otherwise, and where a training is "
        "chaotic, or two shapes are as near, a last digit is enough to make another number."
    )


def machine() -> dict[str, object]:
    """What a run was made on: processor, cores, accelerator, threads, Python and packages."""
    return {
        **hardware(),
        "device": "cuda" if torch.cuda.is_available() else "cpu",
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
        "versions": versions(),
    }


def record(folder: Path, key: str, seconds: dict[str, float]) -> None:
    """Write the seconds of one table into a profile's file, beside the date and the machine.

    The caller holds the folder (:func:`mddl_lib.results.store.locked`). A file that is damaged is written anew, with a
    warning: no result is refused because the seconds of others are lost.
    """
    everything = read_or_warn(folder)
    date = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    entry = everything.get(key, {"seconds": {}})
    everything[key] = {"date": date, "machine": machine(), "seconds": {**entry["seconds"], **seconds}}
    write_json(folder / NAME, everything)


def read(folder: Path) -> dict:
    """A profile's file, or an empty record when nothing ran yet.

    :raises DamagedResultError: for a file that is cut or is no record; it says how to get it back.
    """
    path = folder / NAME
    return read_json(path) if path.exists() else {}


def read_or_warn(folder: Path) -> dict:
    """A profile's file, or an empty record, with a warning, when it is damaged."""
    try:
        return read(folder)
    except DamagedResultError as error:
        warnings.warn(f"the seconds and dates on record are left out: {error}", stacklevel=3)
        return {}


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
