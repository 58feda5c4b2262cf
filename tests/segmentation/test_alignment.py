"""Alignment: templates against a direct sum, the path against all paths, drawn organs found, and the best atlases kept."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

import data_fetch
from mddl_lib.segmentation.alignment import aligned
from mddl_lib.segmentation.alignment.aligned import Funnel, Stack
from mddl_lib.segmentation.alignment.kept import fingerprint
from mddl_lib.segmentation.alignment.path import smoothest
from mddl_lib.segmentation.alignment.search import places
from mddl_lib.segmentation.alignment.templates import (
    SCALES,
    TURNS,
    Likeness,
    matrix,
    pose,
    shrunk,
    step_of,
    templates,
)
from mddl_lib.segmentation.atlases import Atlas, stretched
from mddl_lib.segmentation.hearts import slices
from mddl_lib.segmentation.overlap import dice
from mddl_lib.segmentation.own_slices import usual_region
from mddl_lib.segmentation.registration import Settings
from tests.segmentation.pieces import disc

PLAIN = len(SCALES) + 2
"""the pose that neither turns nor scales"""


def test_the_pose_in_the_middle_changes_nothing() -> None:
    assert pose(PLAIN) == (0.0, 1.0)
    assert np.array_equal(matrix(PLAIN), np.eye(2))
    assert len({pose(number) for number in range(len(TURNS) * len(SCALES))}) == 15


def test_a_template_is_the_organ_and_a_margin() -> None:
    atlas = disc(row=30, column=36, radius=12)
    found = templates(atlas, 1)
    assert found.centre == pytest.approx((30, 36))
    assert found.weights.sum((1, 2)).numpy() == pytest.approx(np.ones(15), abs=1e-5)
    assert found.areas[PLAIN] == pytest.approx(atlas.labels["label"].sum())
    assert found.areas[PLAIN + 2] / found.areas[PLAIN] == pytest.approx(1.42**2, rel=0.02)
    side = found.pictures.shape[-1]
    plain, weight = found.pictures[PLAIN].numpy(), found.weights[PLAIN].numpy()
    cut = np.pad(stretched(atlas.image), side)[side + 30 - side // 2 :, side + 36 - side // 2 :][:side, :side]
    assert np.allclose(plain[weight > 0], cut[weight > 0], atol=1e-6)
    empty = Atlas("empty", atlas.image, {"label": np.zeros_like(atlas.image)})
    assert templates(empty, 1) is None


def test_likeness_is_the_weighted_correlation() -> None:
    atlas, target = (
        disc(row=30, column=36, radius=7, size=48),
        stretched(disc(row=25, column=20, radius=8, size=48).image),
    )
    poses = templates(atlas, 1)
    found = Likeness(target, poses.pictures.shape[-1])(poses).numpy()
    assert found.shape == (15, 48, 48)
    side = poses.pictures.shape[-1]
    for number, row, column in itertools.product((0, PLAIN), (18, 25), (20, 27)):
        x = target[row - side // 2 :, column - side // 2 :][:side, :side]
        w, a = poses.weights[number].numpy().astype(float), poses.pictures[number].numpy().astype(float)
        x, a = x - (w * x).sum(), a - (w * a).sum()
        direct = (w * x * a).sum() / np.sqrt((w * x**2).sum() * (w * a**2).sum())
        assert found[number, row, column] == pytest.approx(direct, abs=2e-3)


def test_an_organ_is_like_itself_where_it_lies() -> None:
    atlas = disc(row=30, column=36, radius=10)
    poses = templates(atlas, 1)
    found = Likeness(stretched(atlas.image), poses.pictures.shape[-1])(poses)[PLAIN].numpy()
    assert np.unravel_index(found.argmax(), found.shape) == (30, 36)
    assert found.max() == pytest.approx(1, abs=1e-3)


def test_pictures_are_shrunk_until_the_organ_is_small() -> None:
    assert step_of([disc(radius=radius) for radius in (10, 12, 14)]) == 1
    assert step_of([disc(radius=36, size=128, row=60, column=60)]) == 3
    values = np.arange(35.0).reshape(5, 7)
    assert np.array_equal(shrunk(values, 2), [[4, 6, 8], [18, 20, 22]])
    with pytest.raises(ValueError, match="expected a mask that marks something"):
        step_of([Atlas("empty", disc().image, {"label": np.zeros((64, 64))})])


def test_the_smoothest_path_is_the_best_of_all() -> None:
    maps = np.random.default_rng(0).normal(size=(4, 3, 4))
    cells = list(itertools.product(range(3), range(4)))

    def worth(path: tuple) -> float:
        moves = sum((a - c) ** 2 + (b - d) ** 2 for (a, b), (c, d) in itertools.pairwise(path))
        return sum(m[cell] for m, cell in zip(maps, path, strict=True)) - moves / (2 * 0.8**2)

    assert smoothest(maps, 0.8) == list(max(itertools.product(cells, repeat=4), key=worth))
    assert smoothest(maps[:1], 1.0) == [np.unravel_index(maps[0].argmax(), (3, 4))]
    with pytest.raises(ValueError, match="expected one or more, of one size"):
        smoothest([np.zeros((2, 2)), np.zeros((2, 3))], 1.0)


def others(count: int = 5) -> list[Atlas]:
    """Discs of several sizes at several places."""
    return [disc(30 + n, 34 - n, 10 + n, name=f"SC-N-1{n}-IM-1-1") for n in range(count)]


def test_an_organ_is_found() -> None:
    target = disc(row=26, column=37, radius=13)
    (place,) = places([target.image], others())
    assert place.centre == pytest.approx((26, 37), abs=1)
    assert place.radius == pytest.approx(13, rel=0.08)
    assert place.radius < place.reach < 2 * place.radius
    assert len(place.starts) == 5
    assert [s.likeness for s in place.starts] == sorted((s.likeness for s in place.starts), reverse=True)
    for start in place.starts:
        assert start.source == pytest.approx((30 + start.atlas, 34 - start.atlas), abs=0.2)


def test_slices_of_a_subject_are_asked_together() -> None:
    """A slice that shows a second, clearer organ elsewhere follows its neighbours."""
    clear, second = disc(row=28, column=36, radius=12).image, disc(row=46, column=14, radius=12).image
    rows, columns = np.mgrid[:64, :64]
    unclear = np.where(np.hypot(rows - 46, columns - 14) < 15, second, clear)
    noise = np.random.default_rng(0).normal(size=clear.shape)
    unclear = (unclear + np.where(np.hypot(rows - 28, columns - 36) < 15, noise, 0)).astype(np.float32)
    (alone,) = places([unclear], others())
    assert np.hypot(*np.subtract(alone.centre, (28, 36))) > 15
    among = places([clear, unclear, clear], others())
    assert np.hypot(*np.subtract(among[1].centre, (28, 36))) < 5


def test_the_best_atlases_arrive_and_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("SimpleITK")
    target, calls, original = disc(row=26, column=37, radius=13), [], aligned.places
    monkeypatch.setattr(aligned, "places", lambda *a: calls.append(1) or original(*a))
    funnel = Funnel(4, 3, Settings(affine_steps=10, spline_steps=4))
    first = Stack([target.image], others()).aligned(0, 2, tmp_path, funnel)
    assert len(first) == 2
    assert min(dice(atlas.labels["label"] > 0.5, target.labels["label"]) for atlas in first) > 0.95
    again = Stack([target.image], others()).aligned(0, 3, tmp_path, funnel)
    assert len(calls) == 1, "another count registers nothing again"
    assert np.array_equal(again[0].image, first[0].image)
    Stack([target.image, target.image], others()).aligned(0, 2, tmp_path, funnel)
    assert len(calls) == 2, "other neighbours are another place"
    assert len(Stack([target.image], others()).aligned(0, 5, tmp_path, funnel)) == 5


def test_what_lies_outside_votes_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("SimpleITK")

    def nothing(*_: object) -> Atlas:
        raise ValueError("0.0 everywhere")

    monkeypatch.setattr(aligned.Onto, "moved", nothing)
    with pytest.raises(ValueError, match="no atlas overlaps the picture"):
        Stack([disc().image], others()).aligned(0, 2, tmp_path, Funnel(2, 2, Settings(mesh=0, affine_steps=1)))


def test_a_fingerprint_sees_everything() -> None:
    picture, atlas = disc().image, disc()
    known = {
        fingerprint([1], [picture], [atlas]),
        fingerprint([2], [picture], [atlas]),
        fingerprint([1], [picture, picture], [atlas]),
        fingerprint([1], [picture], [Atlas("other", atlas.image, atlas.labels)]),
        fingerprint([1], [picture], [Atlas(atlas.name, atlas.image, {"other": atlas.labels["label"]})]),
    }
    assert len(known) == 5
    assert fingerprint([1], [picture], [atlas]) in known


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="0 slices and 5 atlases: expected one or more of each"):
        places([], others())
    with pytest.raises(ValueError, match="1 slices and 0 atlases"):
        Stack([disc().image], [])
    with pytest.raises(ValueError, match="expected one size"):
        places([disc().image, disc(size=50).image], others())
    with pytest.raises(ValueError, match="slice 0 holds NaN"):
        places([np.full((64, 64), np.nan)], others())
    with pytest.raises(ValueError, match="bent is 0: expected a whole number"):
        Funnel(bent=0)
    with pytest.raises(ValueError, match="labels are none"):
        usual_region([np.zeros((4, 4))])


@pytest.mark.data
@pytest.mark.skipif(not data_fetch.available("sunnybrook"), reason="not in the cache: sunnybrook")
def test_the_command_line_cuts_as_the_table_does() -> None:
    masks = [s["epicardium"] for s in data_fetch.load("sunnybrook/training") if "epicardium" in s]
    assert usual_region(masks) == (slice(75, 179), slice(81, 185))


@pytest.mark.data
@pytest.mark.skipif(not data_fetch.available("sunnybrook"), reason="not in the cache: sunnybrook")
def test_hearts_are_found_without_their_labels() -> None:
    """One subject of the training part, by the others; over all of them the mean distance is two pixels."""
    known = slices("sunnybrook/training")
    mine = [s for s in known if s.name.startswith("SC-N-40")]
    found = places([s.image for s in mine], [s for s in known if s not in mine][::6])
    for place, target in zip(found, mine, strict=True):
        middle = np.argwhere(target.labels["epicardium"] > 0.5).mean(0)
        assert np.hypot(*(middle - place.centre)) < 8
