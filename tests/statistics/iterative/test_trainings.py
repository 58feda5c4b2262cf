"""Seeds as the units of a table: each is asked once, and what is none is refused."""

from __future__ import annotations

import pytest

from mddl_lib.statistics.trainings import Trainings, score

THREE = Trainings("digits", "0" * 64, 3)


def test_each_seed_is_asked_once_and_its_values_stand_in_order() -> None:
    found = score(lambda seed, setting: {"bound": seed + setting, "seconds": 0.5}, THREE, 10)
    assert found.values == {"bound": [11.0, 12.0, 13.0]}
    assert found.seconds == [0.5, 0.5, 0.5]
    assert found.names == ["seed 1", "seed 2", "seed 3"] == list(THREE)
    assert score(lambda seed, setting: {"bound": 1}, THREE, 0, images=2).values == {"bound": [1.0, 1.0]}


def test_what_is_refused() -> None:
    with pytest.raises(TypeError, match="something to call"):
        score(3, THREE, None)
    with pytest.raises(TypeError, match="expected Trainings"):
        score(lambda seed, setting: {}, "mnist", None)
    with pytest.raises(ValueError, match="images is 0"):
        score(lambda seed, setting: {"bound": 1}, THREE, None, images=0)
    with pytest.raises(ValueError, match=r"seed 2 gave .*expected \['bound'\]"):
        score(lambda seed, setting: {"bound" if seed == 1 else "other": 1}, THREE, None)
