"""Transfers that go well, and every way in which they do not."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import threading
import time
from pathlib import Path

import pytest
import requests

import data_fetch
from data_fetch import network

from ..conftest import COUNT, HURRIED, World

VICTIM = "train/2.png"


def test_all_files_arrive_and_a_second_fetch_asks_for_nothing(world: World) -> None:
    assert not data_fetch.available("heads")
    data_fetch.fetch("heads")
    assert world.everything() == set(world.files)
    assert all((world.folder / name).read_bytes() == content for name, content in world.files.items())
    assert world.server.gets() == COUNT
    data_fetch.fetch("heads")
    assert world.server.gets() == COUNT
    assert data_fetch.available("heads")


def test_a_subset_brings_only_its_own_files(world: World) -> None:
    assert len(data_fetch.load("heads/test")) == 2
    assert world.everything() == {name for name in world.files if name.startswith("test/")}


@pytest.mark.parametrize("trouble", [503, 500, 429, "cut", "drop", "stall"])
def test_passing_trouble_is_asked_again(world: World, trouble: str | int) -> None:
    world.server.behaviour[f"/{VICTIM}"] = [trouble, "ok"]
    data_fetch.fetch("heads")
    assert world.everything() == set(world.files)
    assert world.server.gets(f"/{VICTIM}") == 2


@pytest.mark.parametrize("status", [403, 404])
def test_a_refusal_is_not_asked_again(world: World, status: int) -> None:
    world.server.behaviour[f"/{VICTIM}"] = status
    with pytest.raises(data_fetch.HttpRefusal, match=rf"127\.0\.0\.1.*{VICTIM}: {status}") as raised:
        data_fetch.fetch("heads")
    assert raised.value.status == status
    assert world.server.gets(f"/{VICTIM}") == 1
    assert VICTIM not in world.everything()


def test_a_server_error_that_stays_ends_after_the_last_attempt(world: World) -> None:
    world.server.behaviour[f"/{VICTIM}"] = 503
    with pytest.raises(data_fetch.HttpRefusal, match="503"):
        data_fetch.fetch("heads")
    assert world.server.gets(f"/{VICTIM}") == 3


@pytest.mark.parametrize("trouble", ["cut", "stall", "drop"])
def test_a_transfer_that_never_completes_leaves_nothing(world: World, trouble: str) -> None:
    world.server.behaviour[f"/{VICTIM}"] = trouble
    with pytest.raises(data_fetch.TruncatedFile, match=rf"{VICTIM} was cut after \d+ of {len(world.files[VICTIM])}"):
        data_fetch.fetch("heads")
    assert world.everything() <= set(world.files) - {VICTIM}
    assert not list(world.folder.glob(".partial*"))


def test_an_altered_file_is_named_with_both_hashes_and_not_kept(world: World) -> None:
    world.server.behaviour[f"/{VICTIM}"] = "alter"
    content = world.files[VICTIM]
    found = hashlib.sha256(bytes([content[0] ^ 1]) + content[1:]).hexdigest()
    with pytest.raises(data_fetch.HashMismatch) as raised:
        data_fetch.fetch("heads")
    assert all(text in str(raised.value) for text in (VICTIM, found, hashlib.sha256(content).hexdigest()))
    assert world.everything() <= set(world.files) - {VICTIM}
    assert world.server.gets(f"/{VICTIM}") == 1


def test_a_file_longer_than_registered_is_not_kept(world: World) -> None:
    world.server.contents[f"/{VICTIM}"] += b"more"
    with pytest.raises(data_fetch.HashMismatch, match=VICTIM):
        data_fetch.fetch("heads")
    assert VICTIM not in world.everything()


def test_during_a_transfer_the_file_is_not_there(world: World) -> None:
    world.server.behaviour[f"/{VICTIM}"] = ["stall", "ok"]
    running = threading.Thread(target=data_fetch.fetch, args=("heads",))
    running.start()
    assert world.server.stalled.wait(5)
    assert not (world.folder / VICTIM).exists()
    assert not data_fetch.available("heads")
    running.join(5)
    assert (world.folder / VICTIM).read_bytes() == world.files[VICTIM]


def test_a_file_appears_whole_by_one_rename(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file is complete before its name exists, on the same disk, and the rename is the only step that names it."""
    renamed, rename = [], os.replace

    def replace(source: Path, target: Path) -> None:
        name = str(target.relative_to(world.folder))
        assert source.read_bytes() == world.files[name]
        assert source.stat().st_dev == world.folder.stat().st_dev
        assert not target.exists()
        renamed.append(name)
        rename(source, target)

    monkeypatch.setattr(os, "replace", replace)
    data_fetch.fetch("heads")
    assert sorted(renamed) == sorted(world.files)


def test_one_failure_ends_the_waiting_of_the_others(world: World) -> None:
    world.server.behaviour = {f"/{name}": 503 for name in world.files} | {f"/{VICTIM}": 404}
    began = time.monotonic()
    with pytest.raises(data_fetch.HttpRefusal):
        data_fetch.fetch("heads", dataclasses.replace(HURRIED, first_pause=30))
    assert time.monotonic() - began < 10


def test_the_first_unreachable_host_stops_all(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.server.close()
    tried = []
    for method in ("get", "head"):
        original = getattr(requests, method)
        monkeypatch.setattr(requests, method, lambda *a, f=original, **k: (tried.append(a), f(*a, **k))[1])
    began = time.monotonic()
    for _ in range(5):
        with pytest.raises(data_fetch.NoNetwork, match=r"127\.0\.0\.1:\d+ cannot be reached .*refused"):
            data_fetch.fetch("heads")
    assert len(tried) == 1
    assert time.monotonic() - began < 2
    assert not world.cache.exists()


def test_a_host_that_gives_no_sign_of_life_is_given_up_in_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server or firewall that swallows packets holds a request for minutes, whatever its timeouts say."""
    monkeypatch.setattr(requests, "head", lambda *a, **k: time.sleep(5))
    began = time.monotonic()
    with pytest.raises(data_fetch.NoNetwork, match="no answer"):
        data_fetch.fetch("heads")
    assert time.monotonic() - began < 2
    assert world.server.gets() == 0


def test_the_shipped_patience_knows_offline_within_ten_seconds() -> None:
    assert network.PATIENCE.probe < 10


def test_a_host_that_goes_away_after_the_first_answer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "require_reachable", lambda url, patience: world.server.close())
    with pytest.raises(data_fetch.NoNetwork, match="cannot be reached"):
        data_fetch.fetch("heads")
    assert not world.folder.exists()


def test_one_progress_bar_as_text(world: World, capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    data_fetch.fetch("heads/train")
    assert "heads/train" in capsys.readouterr().err
    monkeypatch.setenv("MDDL_STATIC", "1")
    data_fetch.fetch("heads/test")
    assert capsys.readouterr().err == ""
