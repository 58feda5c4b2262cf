"""One dialect of docstrings: equation and symbols, then a line a field (:param x:, :returns:, :raises E:), the source last."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted(path for package in ("mddl_lib", "data_fetch") for path in (ROOT / package).rglob("*.py"))
FIELD = re.compile(r":(param [^:\n]*|returns?|raises [^:\n]*|type [^:\n]*|rtype|arg [^:\n]*|yields?):")


def docstrings(path: Path) -> Iterator[tuple[str, ast.AST, str]]:
    """Name, node and text of every docstring of a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        has_one = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if has_one and (text := ast.get_docstring(node)):
            yield getattr(node, "name", path.stem), node, text


def parameters(node: ast.AST) -> set[str] | None:
    """What a call of it takes; None where that is not written down here (a module, a class without ``__init__``)."""
    if isinstance(node, ast.ClassDef):
        own = next((item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == "__init__"), None)
        fields = {
            item.target.id for item in node.body if isinstance(item, ast.AnnAssign) and hasattr(item.target, "id")
        }
        return (parameters(own) if own else fields) or None
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return None
    given = node.args
    return {arg.arg for arg in [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg] if arg}


def faults(name: str, node: ast.AST, text: str) -> Iterator[str]:
    lines = text.splitlines()
    for line in lines:
        found = FIELD.findall(line)
        if len(found) > 1 or (found and not line.strip().startswith(f":{found[0]}:")):
            yield f"{name}: a field has a line of its own: {line.strip()!r}"
        for field in found:
            kind, _, rest = field.partition(" ")
            if kind in ("return", "type", "rtype", "arg", "yield", "yields"):
                yield f"{name}: ':{kind}:' is ':returns:', ':param x:' or an annotation"
            if kind == "param" and " " in rest:
                yield f"{name}: ':{field}:': types stand in annotations"
            known = parameters(node) if kind == "param" else None
            if known is not None and rest.lstrip("*") not in known:
                yield f"{name}: there is no parameter {rest!r}"
        if re.fullmatch(r"\s*(Args|Arguments|Parameters|Returns|Raises|Yields|Notes?)\s*:?\s*-*", line):
            yield f"{name}: {line.strip()!r} is another dialect"
    fields = [place for place, line in enumerate(lines) if FIELD.search(line)]
    sources = [place for place, line in enumerate(lines) if line.startswith("Source:")]
    equations = [place for place, line in enumerate(lines) if ".. math::" in line]
    if fields and sources and min(sources) < max(fields):
        yield f"{name}: the source stands last"
    if fields and equations and max(equations) > min(fields):
        yield f"{name}: equations stand before the parameters"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_docstrings_speak_one_dialect(path: Path) -> None:
    found = [fault for docstring in docstrings(path) for fault in faults(*docstring)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Adds.\n\n:return: the sum.", "':return:' is"),
        ("Adds.\n\n:param x: one. :param y: two.", "a line of its own"),
        ("Adds.\n\nIt takes :param x: one.", "a line of its own"),
        ("Adds.\n\n:param float x: one.", "types stand in annotations"),
        ("Adds.\n\n:param z: one.", "no parameter 'z'"),
        ("Adds.\n\nArgs:\n    x: one.", "another dialect"),
        ("Adds.\n\nReturns\n-------\nThe sum.", "another dialect"),
        ("Adds.\n\nSource: Euclid.\n\n:param x: one.", "the source stands last"),
        ("Adds.\n\n:param x: one.\n\n.. math:: x + y", "equations stand before"),
    ],
)
def test_other_dialects_are_noticed(text: str, fault: str) -> None:
    node = ast.parse("def add(x, y): ...").body[0]
    assert any(fault in found for found in faults("add", node, text))


def test_ours_is_not() -> None:
    node = ast.parse("def add(x, *y): ...").body[0]
    text = "Adds.\n\n.. math:: x + y\n\n:param x: one.\n:param y: others.\n:returns: the sum.\n:raises E: never.\n\nSource: Euclid."
    assert not list(faults("add", node, text))
