"""The API pages of the book, from the packages themselves: one a room, made when the pages are laid out.

A module that is added appears by itself, under its package; what stands on the page is its docstrings. Values of constants
do not: a folder would make the page another one on each machine, and the list of chapters fills a screen.
"""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGES = ("mddl_lib", "data_fetch")
FOLDER = Path("api/packages")


def rooms(root: Path) -> dict[str, list[str]]:
    """Package → its public modules, both by dotted name. The top of a package is a room too."""
    found: dict[str, list[str]] = {}
    for package in PACKAGES:
        for init in sorted((root / package).rglob("__init__.py")):
            modules = [path for path in sorted(init.parent.glob("*.py")) if not path.name.startswith("_")]
            found[_dotted(root, init.parent)] = [_dotted(root, path.with_suffix("")) for path in modules]
    return {name: modules for name, modules in found.items() if modules}


def api_pages(root: Path) -> dict[Path, str]:
    """Path in the book → the page's text."""
    return {FOLDER / f"{name}.md": _page(root, name, modules) for name, modules in rooms(root).items()}


def _page(root: Path, package: str, modules: list[str]) -> str:
    summary = (
        ast.get_docstring(ast.parse((root / package.replace(".", "/") / "__init__.py").read_text(encoding="utf-8")))
        or ""
    )
    parts = [f"# {package}", summary]
    for module in modules:
        parts += [f"## {module}", f"```{{eval-rst}}\n.. automodule:: {module}\n   :no-value:\n```"]
    return "\n\n".join(part for part in parts if part) + "\n"


def _dotted(root: Path, path: Path) -> str:
    return ".".join(path.relative_to(root).parts)
