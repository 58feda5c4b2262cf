"""An executed notebook with the prose and the cells' metadata of its source as they are now.

A run depends on the code alone, so an edited sentence, caption or alt text costs no run: when the pages are laid out, the
outputs of the last run are put into the notebook as it stands.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tools.book.book_files import BookError, read_notebook


def refreshed(source: Path, executed: Path) -> str:
    """The text of the notebook; raises BookError when the executed copy ran other code than the source has."""
    now, ran = read_notebook(source), read_notebook(executed)
    outputs: list[dict[str, Any]] = []
    injected: tuple[int, dict[str, Any]] | None = None
    for cell in ran["cells"]:
        if cell["cell_type"] == "code":
            if "injected-parameters" in cell["metadata"].get("tags", []):
                injected = (len(outputs), cell)
            else:
                outputs.append(cell)
    code = [cell for cell in now["cells"] if cell["cell_type"] == "code"]
    if [cell["source"] for cell in code] != [cell["source"] for cell in outputs]:
        raise BookError(f"{executed} ran other code than {source} has; run it again (make does)")
    for cell, run in zip(code, outputs, strict=True):
        cell["outputs"], cell["execution_count"] = run["outputs"], run["execution_count"]
    if injected:
        number, cell = injected
        place = now["cells"].index(code[number - 1]) + 1 if number else 0
        now["cells"].insert(place, cell)
    for cell in now["cells"]:
        cell["source"] = cell["source"].splitlines(keepends=True)
    now["metadata"] = {**now["metadata"], **{k: v for k, v in ran["metadata"].items() if k not in now["metadata"]}}
    return json.dumps(now, ensure_ascii=False, indent=1, sort_keys=True, separators=(",", ": ")) + "\n"
