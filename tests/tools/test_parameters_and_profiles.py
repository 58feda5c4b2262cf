"""The parameters cell and the profiles: what is refused, and that the refusal names the culprit."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from tools.notebook_parameters import ParameterError, check_given, defaults
from tools.profile_slice import parameters_for, read_profiles, write_slices


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


def profiles(folder: Path, text: str) -> Path:
    path = folder / "profiles.yaml"
    path.write_text(text)
    return path


def test_a_notebook_without_an_entry_gets_the_profile_alone(tmp_path: Path) -> None:
    path = profiles(tmp_path, "smoke: {}\nread: {}\npaper: {}\n")
    assert parameters_for(path, "smoke", "models/fast_mri") == {"profile": "smoke"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("smoke: {}\nread: {}\n", "wanted are"),
        ("smoke: {a: 3}\nread: {}\npaper: {}\n", "no mapping"),
        ("smoke: {a: {x: [1, 2]}}\nread: {}\npaper: {}\n", "no scalar"),
        ("smoke: {a: {profile: paper}}\nread: {}\npaper: {}\n", "says profile 'paper'"),
    ],
)
def test_a_malformed_profile_file_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ParameterError, match=complaint):
        read_profiles(profiles(tmp_path, text))


def test_slices_are_written_only_when_they_changed(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.ipynb").touch()
    slices = tmp_path / "slices"
    profiles(tmp_path, "smoke: {one: {turns: 3}}\nread: {}\npaper: {}\n")
    assert write_slices(tmp_path, "smoke", slices) == ["one", "two"]
    assert write_slices(tmp_path, "smoke", slices) == []
    profiles(tmp_path, "smoke: {one: {turns: 4}}\nread: {two: {turns: 9}}\npaper: {}\n")
    assert write_slices(tmp_path, "smoke", slices) == ["one"]


def test_an_entry_without_a_notebook_is_refused(tmp_path: Path) -> None:
    profiles(tmp_path, "smoke: {}\nread: {fast_mir: {turns: 3}}\npaper: {}\n")
    with pytest.raises(ParameterError, match="read names fast_mir"):
        write_slices(tmp_path, "smoke", tmp_path / "slices")
