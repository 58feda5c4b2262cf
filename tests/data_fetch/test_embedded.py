"""Sets made by code: the same each time, with no data and no network, and like what they stand in for."""

from __future__ import annotations

import numpy as np
import pytest

import data_fetch
from data_fetch.registry import entries

EMBEDDED = [name for name, entry in entries().items() if entry.embedded]
FROM_CODE = [name for name in EMBEDDED if entries()[name].embedded.maker != "photographs"]


@pytest.fixture(autouse=True)
def nothing_here(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No cache, and no host that answers."""
    monkeypatch.setenv("MDDL_DATA", str(tmp_path / "nowhere"))
    for proxy in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(proxy, "http://127.0.0.1:9")


@pytest.mark.parametrize("name", EMBEDDED)
def test_every_sample_is_made_the_same_twice_and_no_two_are_alike(name: str) -> None:
    data = data_fetch.load(name)
    assert (data.embedded, data_fetch.available(name), data.files) == (True, True, ())
    count = min(len(data), 12)
    first = [b"".join(array.tobytes() for array in data[index].parts.values()) for index in range(count)]
    again = data_fetch.load(name)
    assert first == [b"".join(a.tobytes() for a in again[index].parts.values()) for index in range(count)]
    assert len(set(first)) == count


@pytest.mark.parametrize("name", [name for name, entry in entries().items() if entry.stand_in or entry.subsets])
def test_a_stand_in_has_parts_of_the_names_it_stands_in_for(name: str) -> None:
    entry = entries()[name]
    for part in [entry, *entry.parts.values()]:
        if part.stand_in is None:
            continue
        theirs = {g.part_name for g in entry.groups if g.kind != "file" and part.subset in (None, g.subset)}
        ours = {g.part_name for g in entries()[part.stand_in].groups}
        assert theirs & ours, part.name
        assert next(iter(g.part_name for g in entry.groups if g.kind != "file")) in ours, part.name


def test_hearts_have_one_contour_inside_the_other() -> None:
    for sample in data_fetch.load("phantom_heart"):
        inner, outer = sample["endocardium"], sample["epicardium"]
        assert 500 < inner.sum() < outer.sum() < 12000
        assert (outer >= inner).all()
        assert sample["image"][inner > 0].mean() > sample["image"][(outer > 0) & (inner == 0)].mean() + 0.3


def test_volumes_have_both_labels_in_their_order() -> None:
    for sample in data_fetch.load("phantom_volume"):
        assert sample["image"].max() == 1
        assert set(np.unique(sample["label"])) == {0, 1, 2}
        front, behind = (np.nonzero(sample["label"] == value)[1].mean() for value in (1, 2))
        assert front > behind


def test_bodies_are_closed_of_genus_0_and_turn_their_faces_one_way() -> None:
    data = data_fetch.load("phantom_bodies")
    for index in (0, 9, 45, 88, 99):
        vertices, faces = data[index]["vertices"], data[index]["faces"]
        edges = faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
        unordered, counts = np.unique(np.sort(edges, axis=1), axis=0, return_counts=True)
        assert (counts == 2).all()
        assert len(np.unique(edges, axis=0)) == len(edges)  # each edge once in each direction
        assert len(vertices) - len(unordered) + len(faces) == 2
        assert np.ptp(vertices, axis=0).max() == pytest.approx(1, abs=1e-3)


def test_digits_come_in_turn_and_can_be_told_apart() -> None:
    """A nearest-mean classifier learned on the training digits reads most of the others."""
    train, test = data_fetch.load("drawn_digits_train"), data_fetch.load("drawn_digits")
    assert [int(test[index]["label"]) for index in range(12)] == [*range(10), 0, 1]
    images, labels = train.stacked("image"), train.stacked("label")
    means = np.stack([images[labels == digit].mean(axis=0) for digit in range(10)])
    distances = ((test.stacked("image")[:, None] - means) ** 2).sum(axis=(2, 3))
    assert (distances.argmin(axis=1) == test.stacked("label")).mean() > 0.8


def test_haze_is_the_formula_and_hides_more_when_it_is_stronger() -> None:
    data = data_fetch.load("motorcycle_haze")
    means = []
    for sample in data:
        share = sample["transmission"][..., None]
        expected = sample["clear"] * share + 0.9 * (1 - share)
        np.testing.assert_allclose(sample["hazy"], expected, atol=0.6 / 255)
        means.append(share.mean())
    assert means == sorted(means, reverse=True)


def test_shipped_pictures_are_there_without_a_download() -> None:
    for sample in data_fetch.load("shipped_pictures"):
        assert sample.array.ndim == 2
        assert 0.3 < np.ptp(sample.array) <= 1
    pair = data_fetch.load("motorcycle")[0]
    assert pair["left"].shape == pair["right"].shape == (*pair["disparity_left"].shape, 3)
