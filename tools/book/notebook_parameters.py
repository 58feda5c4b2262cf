"""The parameters of a notebook: one tagged cell of plain scalar assignments, and a check of what a profile gives to it.

papermill only warns when a parameter has no counterpart in the notebook, does not see annotated assignments and turns a
tuple into a string. So the cell is read with `ast`, and whatever is not `name = scalar` is refused.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tools.book.book_files import BookError

if TYPE_CHECKING:
    import nbformat  # half a second; the Makefile calls on this module in every run

Scalar = bool | int | float | str | None


class ParameterError(BookError):
    """A parameters cell that breaks the rules, or a profile that gives a notebook something it does not take."""


def parameters_cell(notebook: nbformat.NotebookNode, name: str) -> nbformat.NotebookNode:
    """The one code cell tagged `parameters`; raises ParameterError when there is none, or more than one."""
    tagged = [
        cell for cell in notebook.cells if cell.cell_type == "code" and "parameters" in cell.metadata.get("tags", [])
    ]
    if len(tagged) != 1:
        raise ParameterError(f"{name}: {len(tagged)} code cells are tagged `parameters`; exactly one is wanted")
    return tagged[0]


def defaults(notebook: nbformat.NotebookNode, name: str) -> dict[str, Scalar]:
    """Names and default values of the parameters cell; raises ParameterError on anything but `name = scalar`."""
    return scalar_assignments(parameters_cell(notebook, name).source, name)


def scalar_assignments(source: str, name: str) -> dict[str, Scalar]:
    """`name = scalar` lines as a mapping; raises ParameterError, naming the notebook, on anything else."""
    found: dict[str, Scalar] = {}
    try:
        statements = ast.parse(source).body
    except SyntaxError as error:
        raise ParameterError(f"{name}: the parameters cell, line {error.lineno}: {error.msg}") from None
    for statement in statements:
        shown = ast.unparse(statement)
        if isinstance(statement, ast.AnnAssign):
            raise ParameterError(
                f"{name}: `{shown}` is annotated, and papermill does not see it; write a plain assignment"
            )
        if (
            not isinstance(statement, ast.Assign)
            or len(statement.targets) != 1
            or not isinstance(statement.targets[0], ast.Name)
        ):
            raise ParameterError(f"{name}: `{shown}` is no plain assignment `name = value`")
        try:
            value = ast.literal_eval(statement.value)
        except ValueError:
            raise ParameterError(f"{name}: `{shown}` is computed; a parameter's default is a literal") from None
        if not isinstance(value, Scalar):
            raise ParameterError(
                f"{name}: `{shown}` is a {type(value).__name__}; parameters are numbers, text, True, False or None"
            )
        found[statement.targets[0].id] = value
    return found


def check_given(notebook: nbformat.NotebookNode, given: Mapping[str, Scalar], name: str) -> None:
    """Every given parameter has a counterpart of the same kind; raises ParameterError naming the first that has not."""
    known = defaults(notebook, name)
    for parameter, value in given.items():
        if parameter not in known:
            near = difflib.get_close_matches(parameter, known, n=1)
            hint = f"; did you mean `{near[0]}`?" if near else ""
            raise ParameterError(
                f"{name}: the profile gives `{parameter}`, which reaches no parameter of the notebook{hint} "
                f"(it has {', '.join(known)})"
            )
        if not _same_kind(known[parameter], value):
            raise ParameterError(
                f"{name}: the profile gives `{parameter} = {value!r}` ({type(value).__name__}), "
                f"but the notebook's default is {known[parameter]!r} ({type(known[parameter]).__name__})"
            )


def _same_kind(default: Scalar, value: Scalar) -> bool:
    """An integer may stand where a float does, None may stand anywhere; True is no number."""
    if default is None or value is None:
        return isinstance(value, Scalar)
    if isinstance(default, float):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(default) is type(value)
