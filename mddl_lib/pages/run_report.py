"""What ran, when, how long, on what: read from the records that the build, the tables and the trainings leave."""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from mddl_lib.environment import CHECKOUT, book_folder, profile, results_folder
from mddl_lib.results import provenance
from mddl_lib.results.store import DamagedResultError, read_json, stored_folder

RECORDED = ("notebook", "profile", "started", "seconds", "code_sha256", "machine", "versions")
"""what the build records of a run"""


def notebook_runs(folder: Path | None = None) -> list[dict]:
    """The NAME.timing.json files beside executed notebooks, by name, each with ``state``.

    ``state`` is "current", "changed since" (the notebook's code has been edited after its run) or "unknown" (its source is not
    here).

    A file that is cut is left out, with a warning that says how to get it back.

    :param folder: where to look; ``$MDDL_TIMINGS`` (the build sets it), else the checkout's _build/executed of the profile.
    """
    folder = folder or Path(os.environ.get("MDDL_TIMINGS") or CHECKOUT / "_build" / "executed" / profile())
    runs = [run for path in sorted(folder.rglob("*.timing.json")) if (run := _read_run(path))]
    for run in runs:
        source = book_folder() / f"{run['notebook']}.ipynb"
        if source.is_file():
            run["state"] = "current" if _code_sha256(source) == run["code_sha256"] else "changed since"
        else:
            run["state"] = "unknown"
    return sorted(runs, key=lambda run: run["notebook"])


def _read_run(path: Path) -> dict | None:
    """The record of one run; None, with a warning, for one that is cut or is none."""
    try:
        run = read_json(path)
        if missing := [key for key in RECORDED if key not in run]:
            raise DamagedResultError(f"it has no {missing[0]!r}")
    except DamagedResultError as error:
        reason = str(error).partition(". Get it back")[0]
        again = path.with_name(path.name.replace(".timing.json", ".ipynb"))
        warnings.warn(
            f"{path.name} is left out: {reason}. Delete {again} and make runs the notebook again", stacklevel=3
        )
        return None
    return run


def _code_sha256(notebook: Path) -> str:
    """As the build records it: over the code cells alone, for prose may change after a run."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return hashlib.sha256("\0".join(code).encode()).hexdigest()


def table_runs() -> dict[str, dict]:
    """Provenance of the tables by profile: the committed ``paper`` results, then those of this run.

    :raises mddl_lib.results.store.DamagedResultError: for a record that is cut; it says how to get it back.
    """
    folders = {"paper": stored_folder(provenance.NAME, "paper")}
    folders.setdefault(profile(), results_folder())
    return {name: record for name, folder in folders.items() if (record := provenance.read(folder))}


def weight_files(
    files: Mapping[str, Path], read: Callable[[Path], tuple[Mapping[str, Any], Mapping[str, Any]]]
) -> list[dict]:
    """The headers of weights files, by name, with the number of their ``parameters``.

    :param files: name → file, as :func:`mddl_lib.catalogue.weights_files` finds those that ship with the package.
    :param read: from a file to its tensors and its header, :func:`mddl_lib.training.weights.read`; what it raises for a file
        that is cut, altered or of another kind is raised here.
    """
    found = []
    for name, path in sorted(files.items()):
        tensors, header = read(path)
        found.append({"name": name, **header, "parameters": sum(tensor.numel() for tensor in tensors.values())})
    return found


def duration(seconds: float) -> str:
    """Seconds for people: "0.8 s", "2 min 5 s", "1 h 3 min"."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def moment(text: str) -> str:
    """An ISO date with its time for people, in UTC: "23 November 2026, 18:24 UTC"."""
    when = datetime.fromisoformat(text)
    return f"{when.day} {when:%B %Y, %H:%M} UTC"
