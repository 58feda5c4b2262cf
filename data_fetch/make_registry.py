"""Write ``registry.json`` from the manifests of a data folder: ``python -m data_fetch.make_registry FOLDER``.

Each ``FOLDER/<name>/manifest.json`` gives title, licence, citation, note and, per file, name, URL, sha256 and bytes.
What a person adds (what the paper used instead, how a file is decoded) stands in ``cards.yaml`` and is not touched.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

REGISTRY = Path(__file__).with_name("registry.json")


def natural_order(name: str) -> list[int | str]:
    """Sort key under which ``lsq5`` comes before ``lsq101``: neighbours in number are neighbours in the head."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


def build(folder: Path) -> dict[str, dict]:
    """Read every manifest below ``folder``; raises FileNotFoundError if there is none."""
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


def as_text(sets: dict[str, dict]) -> str:
    """JSON with one line a file, so that a changed hash is one changed line."""
    blocks = []
    for name, entry in sets.items():
        head = [f"    {json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}," for k, v in entry.items() if k != "files"]
        files = ",\n".join(f"      {json.dumps(file, ensure_ascii=False)}" for file in entry["files"])
        blocks.append("\n".join([f"  {json.dumps(name)}: {{", *head, '    "files": [', files, "    ]", "  }"]))
    return "{\n" + ",\n".join(blocks) + "\n}\n"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m data_fetch.make_registry FOLDER")
    REGISTRY.write_text(as_text(build(Path(sys.argv[1]))), encoding="utf-8")
    print(f"wrote {REGISTRY.name}")
