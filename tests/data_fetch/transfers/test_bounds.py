"""A host that sends too much, too slowly or for too long is left, and nothing of it is kept."""

from __future__ import annotations

import dataclasses
import time

import pytest

import data_fetch
from data_fetch import network

from ..conftest import HURRIED, World

VICTIM = "train/2.png"
ONCE = dataclasses.replace(HURRIED, attempts=1, silence=5, window=0.2, least=1000)


def fetched(world: World, patience: network.Patience, error: type[Exception], message: str) -> float:
    """Seconds until a fetch ended with this error."""
    began = time.monotonic()
    with pytest.raises(error, match=message):
        data_fetch.fetch("heads", patience)
    assert VICTIM not in world.everything()
    assert not list(world.folder.glob(".partial*"))
    return time.monotonic() - began


def test_a_file_without_end_is_left_at_the_registered_bytes(world: World) -> None:
    world.server.behaviour[f"/{VICTIM}"] = "endless"
    size = len(world.files[VICTIM])
    fetched(
        world, HURRIED, data_fetch.HashMismatch, rf"{VICTIM} .* sends more than the {size} bytes that are registered"
    )
    assert world.server.sent < 50_000_000


def test_a_host_that_sends_a_byte_at_a_time_is_too_slow(world: World) -> None:
    """At a byte every 20 ms no pause is ever as long as the silence that is waited for; the file would take 20 s."""
    world.server.behaviour[f"/{VICTIM}"] = "drip"
    seconds = fetched(
        world, ONCE, data_fetch.TruncatedFile, rf"{VICTIM} was cut after \d+ of .*bytes a second: too slow"
    )
    assert seconds < 5


def test_the_time_of_a_file_ends(world: World) -> None:
    world.server.behaviour[f"/{VICTIM}"] = "drip"
    patience = dataclasses.replace(ONCE, least=1, total=0.3, average=1e9, attempts=5)
    assert fetched(world, patience, data_fetch.TruncatedFile, "its time is over") < 5


def test_the_head_of_an_answer_that_drips(world: World) -> None:
    world.server.behaviour[f"/{VICTIM}"] = "drip head"
    patience = dataclasses.replace(ONCE, contact=0.5)
    assert fetched(world, patience, data_fetch.TruncatedFile, "was cut after 0 of .*no answer") < 5


def test_a_slow_transfer_that_makes_its_way_is_waited_for(world: World) -> None:
    world.server.behaviour[f"/{VICTIM}"] = "drip"
    world.server.contents[f"/{VICTIM}"] = world.files[VICTIM]
    with pytest.raises(data_fetch.TruncatedFile, match="too slow"):
        data_fetch.fetch("heads", ONCE)
    world.server.behaviour[f"/{VICTIM}"] = ["drip", "ok"]
    data_fetch.fetch("heads", dataclasses.replace(ONCE, attempts=2))
    assert VICTIM in world.everything()


def test_a_file_that_is_compressed_on_the_way(world: World) -> None:
    """A host may compress what it sends; the bound holds for what comes out."""
    world.server.behaviour[f"/{VICTIM}"] = "gzip"
    data_fetch.fetch("heads", ONCE)
    assert (world.folder / VICTIM).read_bytes() == world.files[VICTIM]
    (world.folder / VICTIM).unlink()
    world.server.contents[f"/{VICTIM}"] = bytes(5_000_000)
    message = rf"{VICTIM} .* sends more than the {len(world.files[VICTIM])} bytes"
    assert fetched(world, ONCE, data_fetch.HashMismatch, message) < 5


def test_the_shipped_patience_has_bounds_and_leaves_slow_lines_their_time() -> None:
    patience = network.PATIENCE
    assert patience.least * patience.window < 100_000
    assert patience.total / 60 <= 10
    assert patience.average <= 10_000
