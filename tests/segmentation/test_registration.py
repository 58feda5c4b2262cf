"""Registration: it moves an atlas back, twice the same; what is kept is verified; without SimpleITK it says what to install."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from mddl_lib.segmentation import registration
from mddl_lib.segmentation.alignment.aligned import Funnel
from mddl_lib.segmentation.atlases import Atlas
from mddl_lib.segmentation.hearts import cases
from mddl_lib.segmentation.overlap import dice
from mddl_lib.segmentation.registration import Settings, register, registered
from tests.segmentation.pieces import disc

TARGET, MOVED = disc(), disc(row=36, column=29, radius=12, name="moved")


def test_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "SimpleITK", None)
    with pytest.raises(ModuleNotFoundError, match=r"not installed: pip install 'mddl\[segmentation\]'"):
        register(TARGET.image, MOVED)


class TestWithSimpleITK:
    @pytest.fixture(autouse=True)
    def needs(self) -> None:
        pytest.importorskip("SimpleITK")

    @pytest.mark.parametrize("mesh", [0, 4])
    def test_an_atlas_is_moved_back(self, mesh: int) -> None:
        before = dice(MOVED.labels["label"], TARGET.labels["label"])
        found = register(TARGET.image, MOVED, Settings(mesh=mesh))
        assert found.image.shape == found.labels["label"].shape == TARGET.image.shape
        after = dice(found.labels["label"] > 0.5, TARGET.labels["label"])
        assert before < 0.85
        assert after > 0.96

    def test_twice_the_same(self) -> None:
        one, two = (register(TARGET.image, MOVED) for _ in range(2))
        assert np.array_equal(one.image, two.image)

    def test_sizes_may_differ(self) -> None:
        found = register(TARGET.image, disc(row=40, column=40, radius=14, size=80))
        assert dice(found.labels["label"] > 0.5, TARGET.labels["label"]) > 0.95

    def test_what_was_registered_is_kept_and_verified(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        settings, calls = Settings(mesh=0, affine_steps=3), []
        original = registration.register
        monkeypatch.setattr(registration, "register", lambda *a: calls.append(1) or original(*a))
        first = registered(TARGET.image, [MOVED], tmp_path, settings)
        again = registered(TARGET.image, [MOVED], tmp_path, settings)
        assert len(calls) == 1
        assert np.array_equal(first[0].image, again[0].image)
        file = next(tmp_path.glob("*.safetensors"))
        content = bytearray(file.read_bytes())
        content[-100] ^= 1
        file.write_bytes(content)
        assert np.array_equal(registered(TARGET.image, [MOVED], tmp_path, settings)[0].image, first[0].image)
        assert len(calls) == 2, "an altered file is computed again"
        registered(TARGET.image, [MOVED], tmp_path, Settings(mesh=0, affine_steps=4))
        registered(TARGET.image, [disc(name="another")], tmp_path, settings)
        assert len(calls) == 4, "other settings and other atlases are another registration"

    def test_cases_see_no_slice_of_their_own_subject(self, tmp_path: Path) -> None:
        found = [disc(row=32 + n, name=f"SC-N-0{n // 2}-IM-1-{n}") for n in range(4)]
        made = cases(found, found, 2, tmp_path, Funnel(2, 2, Settings(mesh=0, affine_steps=2)))
        for case in made:
            assert len(case.atlases) == 2
            assert not {atlas.name[:7] for atlas in case.atlases} & {case.target.name[:7]}
        one = cases(found[1:2], found, 2, tmp_path, Funnel(2, 2, Settings(mesh=0, affine_steps=2)), stacks=found)[0]
        assert np.array_equal(one.atlases[0].image, made[1].atlases[0].image), "a target alone among its stack"
        with pytest.raises(ValueError, match="is not among the stacks"):
            cases(found[:1], found, 2, tmp_path, stacks=found[1:])


def test_bad_input(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected a grey picture"):
        register(np.zeros((2, 2, 2)), MOVED)
    with pytest.raises(ValueError, match="everywhere: expected a picture with some contrast"):
        register(np.ones((64, 64)), MOVED)
    with pytest.raises(TypeError, match=r"expected an Atlas"):
        register(TARGET.image, MOVED.image)
    with pytest.raises(ValueError, match="expected one Atlas or more"):
        registered(TARGET.image, [], tmp_path)
    with pytest.raises(ValueError, match="has no label"):
        Atlas("x", TARGET.image, {})
