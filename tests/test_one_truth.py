"""What is said in several places is said alike: which Python is needed, and nothing that only one system has."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PLACES = {
    "README.md": r"Python 3\.(\d+) to 3\.(\d+)",
    "Makefile": r"Python 3\.(\d+) to 3\.(\d+) is needed",
    "environment.yml": r"python >=3\.(\d+),<3\.(\d+)",
}
UNIX_ONLY = {"fcntl", "resource", "termios", "pwd", "grp", "posix"}


def supported() -> tuple[int, int]:
    """The least minor version of Python 3, and the last one."""
    said = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    least, beyond = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", said).groups()
    return int(least), int(beyond) - 1


@pytest.mark.parametrize("place", PLACES)
def test_every_place_names_the_same_pythons(place: str) -> None:
    found = re.search(PLACES[place], (ROOT / place).read_text(encoding="utf-8"))
    assert found, f"{place} does not say which Python is needed"
    least, last = map(int, found.groups())
    assert (least, last - 1 if place == "environment.yml" else last) == supported()


def test_no_page_promises_another_python() -> None:
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "book").rglob("*.ipynb")):
        assert not re.search(r"3\.\d+ or (newer|later|above)", path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize("package", ["mddl_lib", "data_fetch", "tools"])
def test_nothing_imports_what_only_some_systems_have(package: str) -> None:
    for path in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not UNIX_ONLY & {name.split(".")[0] for name in names}, f"{path} imports {names}"


@pytest.mark.parametrize("package", ["mddl_lib", "data_fetch", "tools", "book_extensions"])
def test_texts_are_read_and_written_in_one_encoding(package: str) -> None:
    """Without a word a text is read in the system's encoding: cp1252 on Windows, where the book's signs are others."""
    for path in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
            if called in ("read_text", "write_text"):
                named = any(keyword.arg == "encoding" for keyword in node.keywords)
                assert named, f"{path}:{node.lineno}: {called} without encoding="
