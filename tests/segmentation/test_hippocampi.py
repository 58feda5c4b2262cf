"""Slices of hippocampus crops: the rule of the slices, the split, and the registration on a finer grid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import data_fetch
from mddl_lib.segmentation.overlap import dice
from mddl_lib.segmentation.problems import as_fusion
from mddl_lib.segmentation.stand_ins.hippocampi import PART, SHAPE, cases, sagittal, slices, subject_of
from mddl_lib.segmentation.stand_ins.problem import Hippocampi


def test_a_slice_stands_in_the_middle() -> None:
    volume = np.arange(10 * 58 * 47, dtype=np.float64).reshape(10, 58, 47)
    found = sagittal(volume, 0.45)
    assert found.shape == SHAPE
    assert np.array_equal(found[1:-1, :-1], volume[4])
    assert np.array_equal(found[0], found[1]), "what is missing repeats its border"
    for wrong, message in (
        (volume[0], r"expected an array \(x, y, z\)"),
        (np.ones((3, 61, 40)), "expected at most"),
    ):
        with pytest.raises(ValueError, match=message):
            sagittal(wrong, 0.5)
    with pytest.raises(ValueError, match=r"place is 1.0: expected a share"):
        sagittal(volume, 1.0)


def test_subjects_are_training_or_test() -> None:
    training, test = slices("phantom_volume"), slices("phantom_volume", test=True)
    subjects = [{subject_of(atlas.name) for atlas in found} for found in (training, test)]
    assert [len(found) for found in subjects] == [5, 3]
    assert not subjects[0] & subjects[1]
    assert len(training) == 2 * 5
    assert all(atlas.image.shape == SHAPE and atlas.labels[PART].any() for atlas in (*training, *test))


@pytest.mark.data
@pytest.mark.skipif(not data_fetch.available("hippocampus"), reason="not in the cache: hippocampus")
def test_every_slice_has_a_hippocampus() -> None:
    training, test = slices(), slices(test=True)
    assert [len(training), len(test)] == [240, 160]
    assert all(atlas.labels[PART].sum() >= 30 for atlas in (*training, *test))


def test_cases_are_registered_and_of_other_subjects(tmp_path: Path) -> None:
    pytest.importorskip("SimpleITK")
    training, test = slices("phantom_volume"), slices("phantom_volume", test=True)
    [case] = cases(test[:1], training, 3, tmp_path)
    assert [atlas.image.shape for atlas in case.atlases] == [SHAPE] * 3
    near = np.mean([atlas.labels[PART] for atlas in case.atlases], 0) > 0.5
    assert dice(near, case.target.labels[PART]) > 0.7
    [own] = cases(training[:1], training, 9, tmp_path)
    assert subject_of(own.target.name) not in {subject_of(atlas.name) for atlas in own.atlases}
    assert as_fusion(own, (PART,)).labels.shape == (1, 8, 1, *SHAPE)


def test_a_problem_says_what_it_is() -> None:
    assert str(Hippocampi(("phantom_volume",))) == "phantom_volume, 6 of 16 atlases"
