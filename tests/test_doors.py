"""Rooms and doors: what may import what, read from the sources with ``ast``, imports inside functions and for types included.

A new room needs a line in ``ROOMS`` unless it is a field, a package with a ``networks.py``.
"""

from __future__ import annotations

import ast
import functools
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LIBRARY = ROOT / "mddl_lib"
LONGEST, MOST_FILES, LARGEST_SHARE = 200, 12, 0.20

ROOMS: dict[str, set[str]] = {
    "core": set(),
    "check": {"core"},
    "models": {"core"},
    "training": {"core", "environment"},
    "results": {"core", "environment", "data_fetch"},
    "pages": {"core", "environment", "chapters", "results"},
    "chapters": {"environment"},
    "environment": set(),
    "data_fetch": {"environment"},
}
"""room or module → what it may import of ours besides itself; nothing of ours imports what is not listed"""

FIELD = {"core", "training", "results", "models", "check", "environment", "data_fetch"}
"""what a field may import"""

BETWEEN_FIELDS = {
    ("compressive_imaging", "mri"): "the talk builds ADMM-CSNet on ADMM-Net",
    ("synthesis", "segmentation"): "an atlas's CT is registered and carried over as an atlas's label is",
}
"""fields do not import each other, but for these, and why"""

FREE = {"catalogue", "commands", "mddl_lib"}
"""the catalogue asks every field, a command opens every room, and the package's own top hands on what users call"""


@functools.cache
def sources() -> dict[str, Path]:
    """Module → file, of both packages; a package is its ``__init__``."""
    found = {}
    for package in ("mddl_lib", "data_fetch"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(module: str) -> set[str]:
    """The modules of ours that a module names anywhere in its text."""
    known, found = sources(), set()
    for node in ast.walk(ast.parse(known[module].read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name in known}
        elif isinstance(node, ast.ImportFrom):
            base = _from(module, node)
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                found |= {inner} if inner in known else {base} & set(known)
    return found - {module}


def _from(module: str, node: ast.ImportFrom) -> str:
    """The module after ``from``, dots resolved."""
    if not node.level:
        return node.module or ""
    package = module.split(".") if sources()[module].name == "__init__.py" else module.split(".")[:-1]
    return ".".join([*package[: len(package) - node.level + 1], *filter(None, [node.module])])


def room(module: str) -> str:
    """core, training, mri … of a module of mddl_lib; its own name at the top; data_fetch."""
    parts = module.split(".")
    return parts[1] if parts[0] == "mddl_lib" and len(parts) > 1 else parts[0]


def fields() -> set[str]:
    return {path.parent.name for path in LIBRARY.glob("*/networks.py")}


def is_door(module: str) -> bool:
    """A command may open every room."""
    return module.endswith("__main__")


MODULES = [module for module in sources() if not is_door(module)]


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_what_its_room_may(module: str) -> None:
    here = room(module)
    if here in FREE:
        return
    if here in fields():
        may = FIELD | {there for (one, there) in BETWEEN_FIELDS if one == here}
    else:
        assert here in ROOMS, f"{here} is a new room: say in ROOMS of {Path(__file__).name} what it may import"
        may = ROOMS[here]
    opened = {other: room(other) for other in imports(module)}
    wrong = sorted(other for other, there in opened.items() if there != here and there not in may)
    assert not wrong, f"{module} imports {wrong}; {here} may import {sorted(may)}"


def test_the_exception_between_fields_is_used() -> None:
    used = {(room(module), room(other)) for module in MODULES for other in imports(module)}
    assert set(BETWEEN_FIELDS) <= used, "an exception that nothing needs: take it out"


def test_no_circle() -> None:
    """Tarjan's strongly connected components would name all; the first circle that a walk meets will do."""
    graph = {module: imports(module) & set(MODULES) for module in MODULES}
    done: set[str] = set()

    def walk(module: str, path: list[str]) -> list[str]:
        if module in path:
            return [*path[path.index(module) :], module]
        if module in done:
            return []
        for other in sorted(graph[module]):
            if circle := walk(other, [*path, module]):
                return circle
        done.add(module)
        return []

    circles = [circle for module in MODULES if (circle := walk(module, []))]
    assert not circles, " → ".join(circles[0])


@pytest.mark.parametrize("module", list(sources()))
def test_no_file_is_long(module: str) -> None:
    lines = len(sources()[module].read_text().splitlines())
    assert lines <= LONGEST, f"{module} has {lines} lines: one idea a file, {LONGEST} lines at most"


def own_files() -> Counter[Path]:
    """Folder → its Python files, those of rooms inside not counted; a package's ``__init__`` is its sign, not a file."""
    return Counter(path.parent for path in sources().values() if path.name != "__init__.py")


def test_no_room_is_crowded() -> None:
    crowded = {str(folder.relative_to(ROOT)): count for folder, count in own_files().items() if count > MOST_FILES}
    assert not crowded, f"{crowded}: more than {MOST_FILES} files; give it a room inside"


def test_no_room_is_most_of_the_house() -> None:
    lines: Counter[Path] = Counter()
    for path in LIBRARY.rglob("*.py"):
        lines[path.parent] += len(path.read_text().splitlines())
    shares = {str(folder.relative_to(ROOT)): count / lines.total() for folder, count in lines.items()}
    large = {name: round(share, 3) for name, share in shares.items() if share > LARGEST_SHARE}
    assert not large, f"{large}: more than {LARGEST_SHARE:.0%} of all lines of mddl_lib"
