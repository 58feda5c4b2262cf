"""Which pages there must be, and where the built site lies."""

from __future__ import annotations

import fnmatch
import os
import shutil
from pathlib import Path

import pytest
import yaml

from tools.building.api_pages import api_pages

ROOT = Path(__file__).resolve().parents[2]
SITE = Path(os.environ.get("MDDL_SITE", ROOT / "_build" / "html")).resolve()
REQUIRED = os.environ.get("MDDL_REQUIRE_SITE") == "1"
CHROMIUM = os.environ.get("MDDL_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]


def pages_of_contents(contents: Path = ROOT / "book" / "_toc.yml") -> list[str]:
    """Every page that the table of contents names, the root first."""
    tree = yaml.safe_load(contents.read_text(encoding="utf-8"))
    found = [tree["root"]]

    def walk(entries: list[dict]) -> None:
        for entry in entries:
            made = [path.with_suffix("").as_posix() for path in api_pages(ROOT)]
            found.extend(fnmatch.filter(made, entry["glob"]) if "glob" in entry else [entry["file"]])
            walk(entry.get("sections", []))

    for part in tree.get("parts", []):
        walk(part["chapters"])
    return found


PAGES = pages_of_contents()


def missing(reason: str) -> None:
    """Without a site or a browser a reader's machine skips; where MDDL_REQUIRE_SITE=1 says so, it is a failure."""
    if REQUIRED:
        pytest.fail(f"{reason}, and MDDL_REQUIRE_SITE=1", pytrace=False)
    pytest.skip(reason)
