"""A module's docstring may name the page that teaches it, once; that page exists. Each module stands on an API page."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tools.building.api_pages import api_pages, rooms

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"
MODULES = [path for package in ("mddl_lib", "data_fetch") for path in sorted((ROOT / package).rglob("*.py"))]
LINK = re.compile(r"Taught in :doc:`/([\w/]+)`\.")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_page_is_named_once_and_exists(path: Path) -> None:
    text = path.read_text()
    pages = LINK.findall(ast.get_docstring(ast.parse(text)) or "")
    assert text.count("Taught in") == len(pages) <= 1, "the page that teaches a module stands in its first docstring"
    assert [page for page in pages if not any((BOOK / f"{page}{end}").is_file() for end in (".ipynb", ".md"))] == []


def test_the_fields_and_the_mathematics_name_theirs() -> None:
    """A page that teaches nothing of the library would be a page without code."""
    taught = {page for path in MODULES for page in LINK.findall(path.read_text())}
    assert {"models/fast_mri", "models/competition", "unrolling/deep_admm_net", "unrolling/admm_csnet"} <= taught


def test_every_module_stands_on_an_api_page() -> None:
    there = {".".join(p.relative_to(ROOT).with_suffix("").parts) for p in MODULES if not p.name.startswith("_")}
    shown = {name for text in api_pages(ROOT).values() for name in re.findall(r"automodule:: (\S+)", text)}
    assert there == shown
    assert set(rooms(ROOT)) >= {"mddl_lib.core", "mddl_lib.mri.competition", "data_fetch"}
