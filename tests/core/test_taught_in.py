"""Every public function and class on an API page names the page that teaches it, as a link to a page that exists."""

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path

import pytest

BOOK = Path(__file__).resolve().parents[2] / "book"
PAGES = sorted((BOOK / "api").glob("*.md"))
MODULES = sorted({name for page in PAGES for name in re.findall(r"automodule:: (\S+)", page.read_text())})
LINK = re.compile(r"Taught in\b[^\n]*:doc:`/([\w/]+)`")


def documented(module: str) -> dict[str, str]:
    """Name → docstring of what autodoc shows: public, defined in the module itself, with a docstring."""
    content = importlib.import_module(module)
    return {
        name: inspect.getdoc(thing) or ""
        for name, thing in vars(content).items()
        if not name.startswith("_")
        and (inspect.isfunction(thing) or inspect.isclass(thing))
        and thing.__module__ == module
        and thing.__doc__
        and not thing.__doc__.startswith(f"{name}(")  # a dataclass without a docstring gets its signature
    }


@pytest.mark.parametrize("module", MODULES)
def test_each_names_the_page_that_teaches_it(module: str) -> None:
    silent = [name for name, text in documented(module).items() if not LINK.search(text)]
    assert silent == [], f"{module}: add `Taught in :doc:`/page`.` to {', '.join(silent)}"


@pytest.mark.parametrize("module", MODULES)
def test_the_page_exists(module: str) -> None:
    pages = {page for text in documented(module).values() for page in LINK.findall(text)}
    missing = [page for page in pages if not any((BOOK / f"{page}{suffix}").is_file() for suffix in (".ipynb", ".md"))]
    assert missing == []


def test_every_module_has_its_place_on_an_api_page() -> None:
    root = BOOK.parent
    there = {
        ".".join(path.relative_to(root).with_suffix("").parts)
        for package in ("mddl_lib", "data_fetch")
        for path in (root / package).rglob("*.py")
        if not path.name.startswith("__") and path.name != "make_registry.py"
    }
    plumbing = {
        f"mddl_lib.core.sliders.{name}" for name in ("frames", "live_figure", "parameters", "sprite", "static_figure")
    }
    assert there - plumbing - set(MODULES) == set()


def test_the_check_can_fail() -> None:
    assert not LINK.search("Taught in *Fast MRI*.")
    assert LINK.search("x\n\nTaught in :doc:`/models/fast_mri`. Source: y").group(1) == "models/fast_mri"
