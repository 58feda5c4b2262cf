"""NAME.timing.json: what ran, when, how long, on what. The status page reads these files."""

from __future__ import annotations

import hashlib
import json
import platform
from datetime import datetime
from pathlib import Path

from tools.book.book_files import read_notebook

PACKAGES = ("torch", "numpy", "scipy", "scikit-image", "matplotlib", "jupyter-book", "papermill")


def code_sha256(notebook: Path) -> str:
    """One hash over the code cells: prose and captions may change after a run, and it is still a run of this notebook."""
    cells = read_notebook(notebook)["cells"]
    return hashlib.sha256(
        "\0".join(cell["source"] for cell in cells if cell["cell_type"] == "code").encode()
    ).hexdigest()


def write_record(path: Path, source: Path, name: str, profile: str, started: datetime, seconds: float) -> None:
    """Write the record of one finished run; `started` is in UTC, the hash is that of the notebook's code."""
    from mddl_lib.results.provenance import hardware, versions  # here: torch takes seconds, a refused notebook none

    record = {
        "notebook": name,
        "profile": profile,
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(seconds, 1),
        "code_sha256": code_sha256(source),
        "machine": hardware(),
        "versions": {"python": platform.python_version(), **versions(PACKAGES)},
    }
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(record, indent=1, sort_keys=True, allow_nan=False) + "\n", encoding="utf-8")
    unfinished.replace(path)
