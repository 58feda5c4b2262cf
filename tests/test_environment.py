"""What a run is told from outside: profile, folders, and whether they can be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from mddl_lib import environment


def test_a_relative_results_folder_is_one_folder_wherever_a_notebook_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MDDL_RESULTS", "mine")
    folder = environment.results_folder("read")
    assert folder == tmp_path / "mine" / "read"


def test_an_unknown_profile_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MDDL_PROFILE", "fast")
    with pytest.raises(ValueError, match="MDDL_PROFILE is 'fast': expected smoke, read or paper"):
        environment.profile()


def test_a_writable_folder_is_made_and_left_empty(tmp_path: Path) -> None:
    environment.require_writable(tmp_path / "a" / "b", "results")
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named_with_what_helps(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(
        PermissionError, match=r"file/inside cannot hold results: .*\$MDDL_RESULTS names another folder"
    ):
        environment.require_writable(tmp_path / "file" / "inside", "results", "MDDL_RESULTS")
