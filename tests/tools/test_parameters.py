"""The parameters cell, and what a profile gives to it: what is refused, and that the refusal names the culprit."""

from __future__ import annotations

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tools.book.notebook_parameters import ParameterError, check_given, defaults


def notebook(*sources: str) -> nbformat.NotebookNode:
    return new_notebook(cells=[new_code_cell(source, metadata={"tags": ["parameters"]}) for source in sources])


def test_defaults_are_read_in_order_and_with_their_types() -> None:
    cell = '# a comment\nprofile = "read"\nratio = -0.2\nstages = 15\nretrain = False\nname = None'
    assert defaults(notebook(cell), "chapter") == {
        "profile": "read",
        "ratio": -0.2,
        "stages": 15,
        "retrain": False,
        "name": None,
    }


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("stages: int = 15", "annotated"),
        ("ratios = (10, 20)", "tuple"),
        ("ratios = [10, 20]", "list"),
        ("stages = 3 * 5", "computed"),
        ("stages = = 5", "the parameters cell, line 1: invalid syntax"),
        ("import os", "no plain assignment"),
        ("a = b = 1", "no plain assignment"),
        ("a, b = 1, 2", "no plain assignment"),
    ],
)
def test_anything_but_plain_scalars_is_refused(source: str, complaint: str) -> None:
    with pytest.raises(ParameterError, match=complaint):
        defaults(notebook(source), "chapter")


@pytest.mark.parametrize("cells", [[], ["a = 1", "b = 2"]])
def test_exactly_one_parameters_cell(cells: list[str]) -> None:
    with pytest.raises(ParameterError, match=f"chapter: {len(cells)} code cells"):
        defaults(notebook(*cells), "chapter")


def test_a_misspelt_parameter_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ParameterError, match=r"chapter: .*`stagse`.*did you mean `stages`.*it has stages, ratio"):
        check_given(notebook("stages = 15\nratio = 0.2"), {"stagse": 3}, "chapter")


@pytest.mark.parametrize(
    ("default", "given"), [("15", "three"), ("0.2", True), ("'read'", 3), ("True", 1), ("15", 0.5), ("15", True)]
)
def test_a_value_of_another_kind_is_refused(default: str, given: object) -> None:
    with pytest.raises(ParameterError, match=r"`value = .*but the notebook's default is"):
        check_given(notebook(f"value = {default}"), {"value": given}, "chapter")


@pytest.mark.parametrize(("default", "given"), [("0.2", 1), ("None", 3), ("15", None), ("True", False)])
def test_kindred_values_pass(default: str, given: object) -> None:
    check_given(notebook(f"value = {default}"), {"value": given}, "chapter")
