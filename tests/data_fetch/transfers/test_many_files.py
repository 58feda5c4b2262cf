"""Many files of one set: side by side, gently, and resumed where they were stopped."""

from __future__ import annotations

import dataclasses
import threading
import time

import pytest

import data_fetch
from data_fetch import download, network

from ..conftest import COUNT, HURRIED, World, register, stored

VICTIM = "train/2.png"


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


def test_a_host_that_asks_for_a_pause_gets_it(world: World) -> None:
    world.server.behaviour[f"/{VICTIM}"] = [429, "ok"]
    world.server.retry_after = 1
    began = time.monotonic()
    data_fetch.fetch("heads")
    assert time.monotonic() - began >= 1


def test_transfers_run_side_by_side(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each transfer waits for three others to be under way: in single file, none would ever end."""
    together, original = threading.Barrier(4, timeout=5), download.transfer

    def transfer(*arguments: object) -> None:
        together.wait()
        original(*arguments)

    monkeypatch.setattr(download, "transfer", transfer)
    data_fetch.fetch("heads/train")
    assert world.server.gets() == 4
