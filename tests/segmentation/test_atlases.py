"""Overlap, selection, regions and subjects: against the packages that also have them, and against known cases."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import data_fetch
from mddl_lib.segmentation.atlases import Atlas, standardised
from mddl_lib.segmentation.hearts import MISPLACED, others, pool_brightness, region, slices, subject_of
from mddl_lib.segmentation.overlap import dice, jaccard
from mddl_lib.segmentation.selection import (
    best_shift,
    most_similar,
    most_similar_moved,
    moved,
    nearest_features,
    normalised_mutual_information,
)
from tests.segmentation.pieces import disc, draw


def masks() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    return random.random((20, 21)) > 0.4, random.random((20, 21)) > 0.6


def test_dice_and_jaccard_are_those_of_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    a, b = masks()
    assert dice(a, b) == pytest.approx(metrics.f1_score(b.ravel(), a.ravel()), abs=1e-15)
    assert jaccard(a, b) == pytest.approx(metrics.jaccard_score(b.ravel(), a.ravel()), abs=1e-15)


def test_dice_and_jaccard_say_one_thing() -> None:
    a, b = masks()
    assert dice(a, b) == pytest.approx(2 * jaccard(a, b) / (1 + jaccard(a, b)))
    assert dice(a, a) == jaccard(a, a) == 1
    assert dice(~a, a) == jaccard(~a, a) == 0
    assert dice(a.astype(np.float32), b.astype(np.uint8)) == dice(a, b)


@pytest.mark.parametrize(
    ("estimate", "truth", "message"),
    [
        (np.zeros((3, 3)), np.zeros((3, 3)), "truth has no pixel"),
        (np.zeros((3, 4)), np.ones((3, 3)), "expected one size"),
        (np.full((3, 3), 0.5), np.ones((3, 3)), "votes > 0.5 makes one"),
        ([[1]], np.ones((1, 1)), "expected a mask"),
    ],
)
def test_what_is_no_mask_is_refused(estimate: object, truth: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dice(estimate, truth)


@pytest.mark.parametrize("bins", [8, 100])
def test_mutual_information_is_that_of_scikit_image(bins: int) -> None:
    from skimage.metrics import normalized_mutual_information

    random = np.random.default_rng(1)
    a = random.random((30, 31))
    b = np.sqrt(a) + 0.05 * random.random(a.shape)
    expected = normalized_mutual_information(a, b, bins=bins)
    assert normalised_mutual_information(a, b, bins) == pytest.approx(expected, abs=1e-12)
    assert normalised_mutual_information(a, a, bins) == pytest.approx(2)


def test_the_most_similar_come_first() -> None:
    target = disc()
    atlases = [disc(row=44, name="far"), disc(row=33, name="near"), disc(row=32, name="same")]
    assert [atlas.name for atlas in most_similar(target.image, atlases, 2)] == ["same", "near"]
    assert len(most_similar(target.image, atlases, 9)) == 3


def test_a_shift_is_no_dissimilarity() -> None:
    target = disc()
    assert best_shift(target.image, disc(row=36, column=29).image) == (-4, 3)
    atlases = [disc(row=32, radius=10, name="smaller"), disc(row=38, column=27, name="elsewhere")]
    first = most_similar_moved(target.image, atlases, 1)[0]
    assert first.name == "elsewhere"
    assert dice(first.labels["label"], target.labels["label"]) == 1
    with pytest.raises(ValueError, match="atlases is empty"):
        most_similar_moved(target.image, [], 1)


@pytest.mark.parametrize("shift", [(0, 0), (3, -2), (-1, 4)])
def test_moved_is_a_roll_inside(shift: tuple[int, int]) -> None:
    values = np.random.default_rng(0).random((12, 13))
    found, rolled = moved(values, shift, "constant"), np.roll(values, shift, (0, 1))
    assert found.shape == values.shape
    assert np.array_equal(found[4:-4, 4:-4], rolled[4:-4, 4:-4])
    if shift[0] > 0:
        assert not found[: shift[0]].any()


def test_the_nearest_features_come_first() -> None:
    target = draw(4, 5, 6)
    atlases = torch.stack([target + 3, target, target - 1])
    assert nearest_features(target, atlases, 2).tolist() == [1, 2]


def test_subjects() -> None:
    assert subject_of("SC-HF-NI-03-IM-0650-0079") == "SC-HF-NI-03"
    assert subject_of("SC-N-40-IM-0001-0048") == "SC-N-40"
    assert subject_of("heart_03") == "heart_03"
    atlases = [disc(name=f"SC-N-{n}-IM-1-1") for n in ("02", "03")]
    assert others(disc(name="SC-N-02-IM-9-9"), atlases) == atlases[1:]


def test_the_region_lies_where_hearts_are() -> None:
    picture = np.arange(256 * 256, dtype=np.float64).reshape(256, 256)
    assert region(picture).shape == (104, 104)
    assert region(picture)[52, 52] == picture[127, 133]
    with pytest.raises(ValueError, match=r"expected an array \(256, 256\)"):
        region(picture[:100, :100])


def test_slices_have_both_contours() -> None:
    found = slices("phantom_heart")
    assert len(found) == 24
    assert all(atlas.labels["epicardium"].sum() > atlas.labels["endocardium"].sum() > 0 for atlas in found)


@pytest.mark.data
@pytest.mark.skipif(not data_fetch.available("sunnybrook"), reason="not in the cache: sunnybrook")
@pytest.mark.parametrize(("part", "count"), [("training", 135), ("validation", 138)])
def test_no_heart_is_cut(part: str, count: int) -> None:
    """The rule was made on the training subjects; it holds on the others too."""
    found = slices(f"sunnybrook/{part}")
    assert len(found) == count
    assert len({subject_of(atlas.name) for atlas in found}) == 15
    for atlas in found:
        label = atlas.labels["epicardium"]
        assert not np.concatenate([label[[0, -1]].ravel(), label[:, [0, -1]].ravel()]).any(), atlas.name


def test_the_brightness_of_the_pool() -> None:
    (heart,) = slices("phantom_heart")[:1]
    assert pool_brightness(heart) > 0.95
    metrics = pytest.importorskip("sklearn.metrics")
    pool, inside = (heart.labels[part] > 0.5 for part in ("endocardium", "epicardium"))
    expected = metrics.roc_auc_score(pool[inside], heart.image[inside])
    assert pool_brightness(heart) == pytest.approx(expected)
    moved_away = {part: np.roll(label, 30, 0) for part, label in heart.labels.items()}
    assert pool_brightness(Atlas("away", heart.image, moved_away)) < 0.8
    with pytest.raises(ValueError, match="expected some of each"):
        pool_brightness(Atlas("x", heart.image, dict.fromkeys(("epicardium", "endocardium"), inside)))


@pytest.mark.data
@pytest.mark.skipif(not data_fetch.available("sunnybrook"), reason="not in the cache: sunnybrook")
def test_one_subject_has_contours_that_do_not_lie_on_its_pictures() -> None:
    subjects: dict[str, list[float]] = {}
    for part in ("training", "validation"):
        for slice_ in slices(f"sunnybrook/{part}"):
            subjects.setdefault(subject_of(slice_.name), []).append(pool_brightness(slice_))
    means = {subject: float(np.mean(values)) for subject, values in subjects.items()}
    assert len(means) == 30
    assert means.pop(MISPLACED) < 0.55
    assert min(means.values()) > 0.8


def test_standardised() -> None:
    found = standardised(disc().image)
    assert (float(found.mean()), float(found.std())) == pytest.approx((0, 1), abs=1e-5)


@pytest.mark.parametrize(
    ("image", "labels", "message"),
    [
        (np.zeros((4, 4)), {"label": np.zeros((4, 4))}, "0.0 everywhere"),
        (np.full((4, 4), np.nan), {"label": np.zeros((4, 4))}, "NaN or infinity"),
        (np.eye(4), {}, "has no label"),
        (np.eye(4), {"label": np.zeros((4, 5))}, "expected one size"),
        (np.zeros((2, 4, 4)), {"label": np.zeros((2, 4, 4))}, "expected a grey picture"),
    ],
)
def test_what_is_no_atlas_is_refused(image: np.ndarray, labels: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Atlas("mine", image, labels)
