"""Samples with named parts, sets whose samples are made of several files, and files that hold several samples."""

from __future__ import annotations

import gzip
import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest

import data_fetch
from data_fetch import Sample
from data_fetch.registry import Group, RegisteredFile
from data_fetch.registry.plan import plan

from .conftest import World, png, register

IMAGE, MASK = np.ones((2, 3), np.float32), np.zeros((2, 3), np.float32)


def test_parts_have_names() -> None:
    sample = Sample("a", {"image": IMAGE, "mask": MASK})
    assert sample["mask"] is MASK
    assert list(sample.parts) == ["image", "mask"]
    assert "mask" in sample
    assert "label" not in sample
    assert repr(sample) == "Sample('a', image: float32 (2, 3), mask: float32 (2, 3))"


def test_one_part_is_the_array_and_can_be_taken_apart() -> None:
    sample = Sample("a", {"image": IMAGE})
    name, array = sample
    assert (name, sample.name) == ("a", "a")
    assert array is sample.array is sample["image"]


def test_several_parts_are_no_single_array() -> None:
    sample = Sample("a", {"image": IMAGE, "mask": MASK})
    with pytest.raises(
        data_fetch.UnknownName, match=r"a has the parts image, mask: name one, such as sample\['image'\]"
    ):
        len(sample.array)
    with pytest.raises(data_fetch.UnknownName, match="name one"):
        _, _ = sample
    with pytest.raises(
        data_fetch.UnknownName, match=r"no part 'masks' in a; did you mean 'mask'\? \(its parts: image, mask\)"
    ):
        sample["masks"]


def file(name: str) -> RegisteredFile:
    """A file of no importance."""
    return RegisteredFile(name, "", "", 1)


def test_files_with_one_samples_name_are_its_parts() -> None:
    image = Group(kind="image", files="images/")
    mask = Group(kind="mask", files="masks/(?P<sample>.+)_mask")
    files = [file("images/a.png"), file("images/b.png"), file("masks/a_mask.png"), file("readme.txt")]
    beside = Group(kind="file")
    made = plan((f, next(g for g in (image, mask, beside) if g.matches(f))) for f in files)
    assert {name: [source.group.kind for source in sources] for name, sources in made.items()} == {
        "a": ["image", "mask"],
        "b": ["image"],
    }


def test_samples_of_many_in_a_file_are_numbered_over_the_files() -> None:
    sheets = Group(kind="image", samples=2, names="train_{:02d}")
    labels = Group(kind="label", samples=4, names="train_{:02d}")
    made = plan([(file("s0"), sheets), (file("s1"), sheets), (file("labels"), labels)])
    assert list(made) == ["train_00", "train_01", "train_02", "train_03"]
    assert [(source.file.name, source.index) for source in made["train_03"]] == [("s1", 1), ("labels", 3)]


def listed(world: World, files: dict[str, bytes], card: dict) -> None:
    """Register a set ``many`` whose files lie on the server."""
    entries = [
        {"name": n, "url": f"{world.server.url}/{n}", "sha256": hashlib.sha256(c).hexdigest(), "bytes": len(c)}
        for n, c in files.items()
    ]
    texts = {"title": "Many", "licence": "none", "citation": "nobody", "note": "", "files": entries}
    world.server.contents |= {f"/{name}": content for name, content in files.items()}
    register(world.registry, "many", texts, {"paper_used": "others", "people": False, **card})


def test_a_file_of_many_samples_is_read_once_and_only_when_asked(world: World, monkeypatch) -> None:
    pixels = np.arange(5 * 4, dtype=np.uint8).reshape(5, 2, 2)
    images = gzip.compress(struct.pack(">BBBBIII", 0, 0, 8, 3, *pixels.shape) + pixels.tobytes(), mtime=0)
    labels = gzip.compress(struct.pack(">BBBBI", 0, 0, 8, 1, 5) + bytes([7, 2, 1, 0, 4]), mtime=0)
    common = {"decoder": "idx", "samples": 5, "names": "digit_{}"}
    groups = [{"files": "images", "kind": "image", **common}, {"files": "labels", "kind": "label", **common}]
    listed(world, {"images.gz": images, "labels.gz": labels}, {"groups": groups})
    data, opened = data_fetch.load("many"), []
    original = data_fetch.dataset.read_checked
    monkeypatch.setattr("data_fetch.dataset.read_checked", lambda *a: (opened.append(a[1].name), original(*a))[1])
    assert len(data) == 5
    assert opened == []
    np.testing.assert_array_equal(data["digit_3"]["image"], pixels[3] / np.float32(255))
    assert [int(sample["label"]) for sample in data] == [7, 2, 1, 0, 4]
    assert opened == ["images.gz", "labels.gz"]
    assert data.stacked("image").shape == (5, 2, 2)


def test_a_set_of_pairs_downloads_both_and_decodes_one_sample_at_a_time(world: World, monkeypatch) -> None:
    files = {f"{part}/{n}.png": png(n) for part in ("hazy", "clear") for n in range(3)}
    groups = [{"files": f"{part}/", "part": part, "kind": "image", "decoder": "picture"} for part in ("hazy", "clear")]
    listed(world, files, {"groups": groups})
    data = data_fetch.load("many")
    assert data.sample_names == ("0", "1", "2")
    assert {name: array.shape for name, array in data["1"].parts.items()} == {"hazy": (32, 32), "clear": (32, 32)}
    assert data.path("clear/1.png").is_relative_to(Path(world.cache))


def test_a_part_that_was_altered_is_named(world: World) -> None:
    listed(world, {"a.png": png(0)}, {"groups": [{"kind": "colour", "decoder": "picture"}]})
    with pytest.raises(data_fetch.CannotDecode, match=r"a\.png: picture mode L, expected colour \(RGB\)"):
        data_fetch.load("many")[0]
