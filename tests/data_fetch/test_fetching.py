"""Transfers that go well, and every way in which they do not."""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import requests

import data_fetch
from data_fetch import download, network
from data_fetch.download import Sink

from .conftest import COUNT, HURRIED, World, register, stored

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


def test_transfers_run_side_by_side(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each transfer waits for three others to be under way: in single file, none would ever end."""
    together, original = threading.Barrier(4, timeout=5), download.transfer

    def transfer(*arguments: object) -> None:
        together.wait()
        original(*arguments)

    monkeypatch.setattr(download, "transfer", transfer)
    data_fetch.fetch("heads/train")
    assert world.server.gets() == 4


@pytest.mark.parametrize("trouble", [503, 500, 429, "cut", "drop", "stall"])
def test_passing_trouble_is_asked_again(world: World, trouble: str | int) -> None:
    world.server.behaviour[f"/{VICTIM}"] = [trouble, "ok"]
    data_fetch.fetch("heads")
    assert world.everything() == set(world.files)
    assert world.server.gets(f"/{VICTIM}") == 2


def test_a_host_that_asks_for_a_pause_gets_it(world: World) -> None:
    world.server.behaviour[f"/{VICTIM}"] = [429, "ok"]
    world.server.retry_after = 1
    began = time.monotonic()
    data_fetch.fetch("heads")
    assert time.monotonic() - began >= 1


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
    assert not world.folder.exists()


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


def test_a_full_disk_says_so_and_leaves_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error is the kernel's own: /dev/full has no room."""

    def write(sink: Sink, chunk: bytes) -> None:
        with open("/dev/full", "wb", buffering=0) as full:
            full.write(chunk)

    monkeypatch.setattr(Sink, "write", write)
    with pytest.raises(data_fetch.DiskFull, match=r"no room left for heads \(.* MB\) in .*heads"):
        data_fetch.fetch("heads")
    assert not world.folder.exists()


def refuse_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every write fail as on a read-only disk (root may write anywhere, so file modes would not do)."""

    def refuse(*arguments: object, **options: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    for module, name in ((Path, "mkdir"), (os, "replace"), (os, "mkdir"), (Path, "write_bytes"), (os, "unlink")):
        monkeypatch.setattr(module, name, refuse)


def test_a_read_only_cache_that_has_the_files_is_enough(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.fill()
    refuse_writing(monkeypatch)
    assert len(list(data_fetch.load("heads"))) == COUNT
    assert world.server.asked == []


def test_a_read_only_cache_that_lacks_one_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.fill()
    (world.folder / VICTIM).unlink()
    refuse_writing(monkeypatch)
    with pytest.raises(data_fetch.ReadOnlyCache, match=r"heads .*heads, .*Read-only file system.*MDDL_DATA"):
        data_fetch.fetch("heads")
    assert world.server.asked == []


def test_a_file_in_place_of_the_cache_folder(world: World) -> None:
    world.cache.write_text("not a folder")
    with pytest.raises(data_fetch.ReadOnlyCache, match="MDDL_DATA"):
        data_fetch.fetch("heads")


@pytest.mark.parametrize("damage", ["cut", "altered"])
def test_a_damaged_cached_file_is_replaced(world: World, damage: str) -> None:
    world.fill()
    content = world.files[VICTIM]
    (world.folder / VICTIM).write_bytes(content[:10] if damage == "cut" else b"\0" * len(content))
    sample = data_fetch.load("heads")["2"]
    assert sample.array.shape == (32, 32)
    assert (world.folder / VICTIM).read_bytes() == content
    assert world.server.gets() == 1


@pytest.mark.parametrize(("damage", "error"), [("cut", data_fetch.TruncatedFile), ("altered", data_fetch.HashMismatch)])
def test_a_damaged_cached_file_with_no_network(world: World, damage: str, error: type[Exception]) -> None:
    world.fill()
    content = world.files[VICTIM]
    (world.folder / VICTIM).write_bytes(content[:10] if damage == "cut" else b"\0" * len(content))
    world.server.close()
    for load in (data_fetch.load, data_fetch.load_or_embedded):
        with pytest.raises(error, match=rf"{VICTIM} is .*cannot be replaced: .*cannot be reached"):
            load("heads")


def test_a_file_altered_after_loading_is_not_opened(world: World) -> None:
    data = data_fetch.load("heads")
    assert np.isfinite(data[2].array).all()
    (world.folder / VICTIM).write_bytes(b"\0" * len(world.files[VICTIM]))
    with pytest.raises(data_fetch.HashMismatch, match=VICTIM):
        data[2]
    with pytest.raises(data_fetch.HashMismatch, match=VICTIM):
        data.path(VICTIM)


def test_leftovers_of_a_killed_process_go_after_a_day(world: World) -> None:
    old, young = world.folder / ".partial-old", world.folder / ".partial-young"
    for folder in (old, young):
        folder.mkdir(parents=True)
    os.utime(old, (time.time() - 2 * 24 * 3600,) * 2)
    data_fetch.fetch("heads")
    assert (old.exists(), young.exists()) == (False, True)


def test_one_progress_bar_as_text(world: World, capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    data_fetch.fetch("heads/train")
    assert "heads/train" in capsys.readouterr().err
    monkeypatch.setenv("MDDL_STATIC", "1")
    data_fetch.fetch("heads/test")
    assert capsys.readouterr().err == ""


def test_many_small_files_come_over_a_few_connections_some_moments_apart(world: World) -> None:
    """Never more at a time than `workers`, never two starts closer than `apart`."""
    files = {f"train/{n}.png": b"%d" % n for n in range(40)}
    world.server.contents |= {f"/{name}": content for name, content in files.items()}
    register(world.registry, "heads", *stored(world.server.url, files))
    data_fetch.fetch("heads", dataclasses.replace(HURRIED, workers=3, apart=0.01))
    assert world.everything() == set(files)
    assert world.server.most_at_once <= 3
    starts = sorted(world.server.starts)
    assert len(starts) == 40
    assert starts[-1] - starts[0] >= 39 * 0.01 * 0.9


def test_one_file_that_is_told_to_wait_holds_the_others_too(world: World) -> None:
    files = {f"train/{n}.png": b"%d" % n for n in range(12)}
    world.server.contents |= {f"/{name}": content for name, content in files.items()}
    world.server.behaviour["/train/0.png"] = [429, "ok"]
    world.server.retry_after = 1
    register(world.registry, "heads", *stored(world.server.url, files))
    data_fetch.fetch("heads", dataclasses.replace(HURRIED, workers=1, first_pause=0))
    assert world.everything() == set(files)
    starts = sorted(world.server.starts)
    assert starts[1] - starts[0] >= 0.95
    assert world.server.gets() == 13


def test_a_fetch_that_was_cut_short_resumes_with_what_is_missing(world: World) -> None:
    world.server.behaviour[f"/{VICTIM}"] = 404
    with pytest.raises(data_fetch.HttpRefusal):
        data_fetch.fetch("heads")
    kept, asked = world.everything(), world.server.gets()
    world.server.behaviour.clear()
    data_fetch.fetch("heads")
    assert world.server.gets() - asked == COUNT - len(kept)


def test_pace_stops_waiting_when_all_are_told_to_stop() -> None:
    pace, stop = network.Pace(0), threading.Event()
    pace.hold(60)
    threading.Timer(0.05, stop.set).start()
    with pytest.raises(network.Stopped):
        pace.wait(stop)
