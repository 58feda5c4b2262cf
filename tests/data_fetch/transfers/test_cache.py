"""A cache folder in trouble: full, read-only, damaged, or with what a killed process left."""

from __future__ import annotations

import errno
import os
import re
import time
from pathlib import Path

import numpy as np
import pytest

import data_fetch
from data_fetch.__main__ import main
from data_fetch.download import Sink

from ..conftest import COUNT, World

VICTIM = "train/2.png"


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
    with pytest.raises(data_fetch.WrongSetup, match=r"MDDL_DATA is .*, which is a file: expected a folder"):
        data_fetch.fetch("heads")


def wrong_folders(folder: Path) -> dict[str, str]:
    """What MDDL_DATA may be set to by mistake → what is said of it."""
    (folder / "loop").symlink_to(folder / "loop")
    (folder / "gone").symlink_to(folder / "nowhere")
    (folder / "file").write_text("words")
    return {
        str(folder / "loop"): "cannot be opened (Too many levels of symbolic links)",
        str(folder / "gone"): "a link that leads nowhere",
        str(folder / "file"): "which is a file",
        str(folder / "file" / "below"): "cannot be opened (Not a directory)",
        "/" + "x" * 5000: "cannot be opened (File name too long)",
        "~nobody-of-that-name/data": "nobody of that name has a home",
        "../of/mine": f"a relative path, and there is no such folder in {Path.cwd()}",
    }


def test_what_names_no_folder_is_said_in_one_line_by_every_call(
    world: World, monkeypatch, capsys, tmp_path: Path
) -> None:
    calls = (data_fetch.fetch, data_fetch.load, data_fetch.load_or_embedded, data_fetch.available)
    for value, words in wrong_folders(tmp_path).items():
        monkeypatch.setenv("MDDL_DATA", value)
        for call in calls:
            with pytest.raises(data_fetch.WrongSetup, match=f"MDDL_DATA is .*{re.escape(words)}") as raised:
                call("heads")
            assert "\n" not in str(raised.value)
        if not value.startswith(".."):
            assert main(["get", "heads"]) == 1
            assert capsys.readouterr().err.count("\n") == 1


def test_a_relative_folder_is_made_absolute_once(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A notebook runs in a folder of its own, where the same words would name another place."""
    world.fill()
    (tmp_path / "book").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MDDL_DATA", "cache")
    assert data_fetch.available("heads")
    monkeypatch.chdir(tmp_path / "book")
    assert data_fetch.available("heads")
    assert os.environ["MDDL_DATA"] == str(world.cache)


def test_a_relative_folder_that_is_not_there_is_not_made_in_silence(world: World, monkeypatch, tmp_path: Path) -> None:
    (tmp_path / "book").mkdir()
    monkeypatch.chdir(tmp_path / "book")
    monkeypatch.setenv("MDDL_DATA", "cache")
    with pytest.raises(data_fetch.WrongSetup, match="expected an absolute path"):
        data_fetch.load_or_embedded("heads")
    assert list((tmp_path / "book").iterdir()) == []
    assert main(["get", "heads"]) == 0  # whoever types a command stands where the path was meant
    assert data_fetch.cache_folder() == tmp_path / "book" / "cache"


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
