"""Write the lists of files from the manifests of a data folder: ``python -m data_fetch.registry.make FOLDER``.

Each ``FOLDER/<name>/manifest.json`` gives title, licence, citation, note and, per file, name, URL, sha256 and bytes.
What a person adds (what the paper used instead, how a file is decoded) stands in ``cards/`` and is not touched.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from .lookup import FOLDER


def natural_order(name: str) -> list[int | str]:
    """Sort key under which ``lsq5`` comes before ``lsq101``: neighbours in number are neighbours in the head."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


def build(folder: Path) -> dict[str, dict[str, Any]]:
    """Read every manifest below ``folder``.

    :raises FileNotFoundError: if there is none.
    """
    manifests = sorted(folder.glob("*/manifest.json"))
    if not manifests:
        raise FileNotFoundError(f"no */manifest.json in {folder}")
    sets = {}
    for path in manifests:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        files = sorted(manifest["files"], key=lambda file: natural_order(file["name"]))
        sets[manifest["dataset"]] = {
            **{key: manifest.get(key, "") for key in ("title", "licence", "citation", "note")},
            "files": [{key: file[key] for key in ("name", "url", "sha256", "bytes")} for file in files],
        }
    return sets


def as_text(entry: dict[str, Any]) -> str:
    """JSON with one line a file, so that a changed hash is one changed line."""
    head = [f"  {json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}," for k, v in entry.items() if k != "files"]
    files = ",\n".join(f"    {json.dumps(file, ensure_ascii=False)}" for file in entry["files"])
    return "\n".join(["{", *head, '  "files": [', files, "  ]", "}"]) + "\n"


def main(folder: Path) -> None:
    """Write one list a set, and remove the list of a set that has no manifest any more."""
    sets = build(folder)
    for path in (FOLDER / "files").glob("*.json"):
        if path.stem not in sets:
            path.unlink()
    for name, entry in sets.items():
        (FOLDER / "files" / f"{name}.json").write_text(as_text(entry), encoding="utf-8")
    print(f"wrote {len(sets)} lists of files")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m data_fetch.registry.make FOLDER")
    main(Path(sys.argv[1]))
