"""``python -m data_fetch``: what it prints and how it exits."""

from __future__ import annotations

import subprocess
import sys

import pytest

from data_fetch.__main__ import main

from .conftest import COUNT, World


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit status, standard output, standard error."""
    status = main(arguments)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_list_get_verify_path(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "list")
    assert status == 0
    assert "heads" in out
    assert "not here" in out
    assert run(capsys, "get", "heads")[:2] == (0, "heads: complete and checked\n")
    assert "not here" not in run(capsys, "list")[1]
    assert run(capsys, "verify")[:2] == (0, f"heads: {COUNT} of {COUNT} files are right\n")
    assert run(capsys, "path", "heads")[:2] == (0, f"{world.folder}\n")
    assert run(capsys, "path", "heads/train")[:2] == (0, f"{world.folder / 'train'}\n")
    assert run(capsys, "path", "heads", "train/1.png")[:2] == (0, f"{world.folder / 'train/1.png'}\n")
    assert run(capsys, "get", "--all")[0] == 0


def test_verify_downloads_nothing(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "verify") == (0, "heads: not here\n", "")
    status, _, err = run(capsys, "verify", "heads")
    assert status == 1
    assert err.count("No such file") == COUNT
    assert world.server.asked == []


def test_verify_names_what_is_wrong(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.fill()
    (world.folder / "train/1.png").write_bytes(world.files["train/1.png"] + b"!")
    (world.folder / "train/2.png").write_bytes(b"short")
    status, out, err = run(capsys, "verify")
    assert status == 1
    assert f"{COUNT - 2} of {COUNT} files are right" in out
    assert "train/1.png is not the registered file: its sha256 is " in err
    assert "train/2.png is cut: 5 bytes" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["get", "head"], "did you mean 'heads'"),
        (["path", "heads"], "No such file or directory (python -m data_fetch get heads fetches it)"),
        (["path", "heads", "x"], "no file 'x' in heads"),
        (["path", "phantom_brain"], "made by code"),
        (["verify", "heads/tset"], "did you mean 'heads/test'"),
    ],
)
def test_an_error_is_one_line(world: World, capsys, arguments: list[str], message: str) -> None:
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (1, "")
    assert err.startswith("data_fetch: ")
    assert message in err
    assert err.count("\n") == 1


def test_a_wrong_name_among_others_is_found_before_any_transfer(world: World, capsys) -> None:
    assert run(capsys, "get", "heads", "haeds")[0] == 1
    assert world.server.asked == []


def test_a_set_in_trouble_does_not_keep_the_next_one_from_coming(world: World, capsys) -> None:
    world.server.behaviour["/train/1.png"] = 404
    status, out, err = run(capsys, "get", "heads/train", "heads/test")
    assert (status, out) == (1, "heads/test: complete and checked\n")
    assert "404" in err


def test_offline_is_one_line(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.server.close()
    status, _, err = run(capsys, "get", "heads")
    assert status == 1
    assert "cannot be reached" in err.splitlines()[-1]
    assert "Traceback" not in err


@pytest.mark.parametrize("arguments", [["get"], ["get", "heads", "--all"], [], ["fetch"]])
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main(arguments)
    assert raised.value.code == 2


def test_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "data_fetch", "list"], capture_output=True, text=True, check=True)
    assert "brain_mr_test" in done.stdout
