"""No data, no network, no folder: one line and status 2 from every command, and never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests
import urllib3.exceptions

from data_fetch import network
from mddl_lib.__main__ import main
from mddl_lib.catalogue import downloaded

from .conftest import Bench


def offline(*_: object, **__: object) -> None:
    """What requests raises where no name is found."""
    cause = urllib3.exceptions.NameResolutionError("host", None, OSError("Name or service not known"))
    raise requests.exceptions.ConnectionError(urllib3.exceptions.MaxRetryError(None, "/", cause))


@pytest.fixture
def nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty cache folder, and no network."""
    monkeypatch.setenv("MDDL_DATA", str(tmp_path / "cache"))
    monkeypatch.setattr(network, "unreachable", {})
    for method in ("head", "get"):
        monkeypatch.setattr(requests, method, offline)
    return tmp_path / "cache"


def test_the_papers_mask(bench: Bench, nothing: Path) -> None:
    assert "cannot be reached (NameResolutionError" in bench.refused("a.npy", mask="20")
    assert not nothing.exists()


def test_an_authors_network(bench: Bench, nothing: Path) -> None:
    for name in list(downloaded())[:3]:
        assert "cannot be reached" in bench.refused("a.npy", net=name)


def test_train_and_tune(bench: Bench, nothing: Path, tmp_path: Path) -> None:
    runs = ["--runs", str(tmp_path / "runs")]
    assert "cannot be reached" in bench.one_line(lambda: main(["train", "admm_net15_brain_20", *runs]))
    assert "cannot be reached" in bench.one_line(lambda: main(["tune", "TV", "20"]))


def test_tune_on_a_read_only_install_says_so_before_it_computes(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mddl_lib.__main__.STORE", bench.folder / "a.npy" / "tuned")
    monkeypatch.setattr("mddl_lib.__main__.tune", lambda *_: pytest.fail("it computed"))
    assert "cannot hold what was tuned" in bench.one_line(lambda: main(["tune", "TV", "20"]))


@pytest.mark.parametrize(
    ("value", "words"),
    [("~nobody-of-that-name", "nobody of that name"), ("{}/a.npy", "is a file"), ("/" + "x" * 5000, "too long")],
)
def test_a_cache_folder_that_is_none(bench: Bench, monkeypatch, value: str, words: str) -> None:
    monkeypatch.setenv("MDDL_DATA", value.format(bench.folder))
    assert words in bench.refused("a.npy", mask="20")
    assert words in bench.one_line(lambda: main(["train", "admm_net15_brain_20", "--runs", str(bench.folder / "runs")]))


@pytest.mark.parametrize(
    ("net", "words"),
    [
        ("admm_net15_brain_21", "did you mean"),
        ("none.safetensors", "no network is called"),
        ("none.mat", "none.mat"),
    ],
)
def test_a_network_that_is_none(bench: Bench, net: str, words: str) -> None:
    assert words in bench.refused("a.npy", net=net)


def test_a_file_that_holds_no_network(bench: Bench) -> None:
    (bench.folder / "words.txt").write_text("words")
    for name, what in (("a.npy", "an .npy file"), ("words.txt", "text")):
        assert f"{name} seems to be {what}: expected weights" in bench.refused("a.npy", net=name)


@pytest.mark.parametrize("mask", ["33", "none.npy", "²"])
def test_a_mask_that_is_none(bench: Bench, mask: str) -> None:
    assert mask in bench.refused("a.npy", mask=mask)


def test_a_device_that_is_not_here(bench: Bench, tmp_path: Path) -> None:
    for options, words in (
        (["--device", "tpu"], "--device is 'tpu': expected"),
        (["--minutes", "nan"], "--minutes is nan"),
    ):
        line = bench.one_line(lambda o=options: main(["train", "admm_net15_brain_20", "--runs", str(tmp_path), *o]))
        assert words in line
