"""The rooms of the numbers and of the pages: their doors, no circles, no metric by its name, files of one idea."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2] / "mddl_lib"
DOORS = {
    "results": ("mddl_lib.results", "mddl_lib.core", "mddl_lib.environment"),
    "pages": ("mddl_lib.pages", "mddl_lib.results", "mddl_lib.core", "mddl_lib.environment"),
}
MAPS = {"course.py", "talk_picture.py", "taxonomy_picture.py"}  # what they draw are the chapters
FILES = [path for room in DOORS for path in sorted((ROOT / room).glob("*.py")) if path.name not in MAPS]


def is_module(name: str) -> bool:
    return ROOT.parent.joinpath(*name.split(".")).with_suffix(".py").exists()


def imported(path: Path) -> set[str]:
    """Every module of ours that a file imports, at its head, in a function, or for types alone."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= {name if is_module(name) else str(node.module) for name in names}
    return {name for name in found if name.startswith("mddl_lib")}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_doors_and_sizes(path: Path) -> None:
    doors = DOORS[path.parent.name]
    assert [name for name in imported(path) if not name.startswith(doors)] == []
    assert len(path.read_text().splitlines()) <= 200


def test_no_circle_not_even_for_types() -> None:
    graph = {f"mddl_lib.{path.parent.name}.{path.stem}": imported(path) for path in FILES}
    assert list(TopologicalSorter(graph).static_order())  # raises CycleError, which names the circle


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_metric_is_known_by_its_name(path: Path) -> None:
    """But for the default of ``evaluate``, the metrics of compressive-sensing MRI."""
    if path.name == "evaluation.py":
        return
    words = [n.value for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Constant)]
    assert [word for word in words if word in ("psnr", "nmse", "ssim", "dice", "loss", "mae")] == []
