"""A first and a last sample of every registered set, which are found here by themselves."""

from __future__ import annotations

import numpy as np
import pytest

import data_fetch
from data_fetch.registry import entries

from .here import here

pytestmark = pytest.mark.data

ENTRIES = entries()

READABLE = [name for name, e in ENTRIES.items() if e.embedded or any(g.decoder != "none" for g in e.groups)]

GREY = [
    name
    for name, e in ENTRIES.items()
    if len(e.files) < 500
    and {(g.kind in ("image", "complex", "mask"), g.samples, g.part) for g in e.groups} == {(True, 1, None)}
]


def check(kind: str, part: str, array: np.ndarray) -> None:
    """Type, number of axes and range of an array of this kind."""
    assert array.flags.c_contiguous
    assert np.isfinite(array).all()
    if kind == "mesh":
        assert (array.ndim, array.shape[1]) == (2, 3)
        assert array.dtype == {"vertices": np.float32, "faces": np.int64}[part]
        return
    if kind in ("network", "operator"):
        assert array.dtype.kind in "fciu", part
        return
    types = {"complex": np.complex64, "label": np.int64}
    axes = {"colour": (3,), "volume": (3,), "label": (0, 2, 3)}
    assert array.dtype == types.get(kind, np.float32)
    assert array.ndim in axes.get(kind, (2,))
    if kind == "colour":
        assert array.shape[2] == 3
    if kind == "mask":
        assert set(np.unique(array)) <= {0, 1}
    if kind in ("image", "colour", "volume", "mask"):
        assert array.min() >= 0
    if kind in ("image", "colour", "volume", "complex", "values"):
        assert (0 if kind == "values" else 0.1) < np.abs(array).max() <= 1 + 1e-6
    if kind == "disparity":
        assert 0 <= array.min() < 20 < array.max() < 100
    if kind == "label":
        assert 0 <= array.min() <= array.max() <= 9


@pytest.mark.parametrize("name", [pytest.param(name, marks=here(name)) for name in READABLE])
def test_the_first_and_the_last_sample_of_every_set_have_their_type_and_range(name: str) -> None:
    """A new set is found here by itself."""
    data = data_fetch.load(name)
    kinds = {g.part_name: g.kind for g in data.entry.groups if g.kind != "file"}
    for index in (0, -1):
        sample = data[index]
        assert sample.parts
        for part, array in sample.parts.items():
            check(kinds.get(part, data.entry.groups[0].kind), part, array)


@pytest.mark.parametrize("name", [pytest.param(name, marks=here(name)) for name in GREY])
def test_every_grey_sample_has_its_range_and_type(name: str) -> None:
    data = data_fetch.load(name)
    for sample in data:
        source = next(file for file in data.entry.files if file.stem == sample.name) if data.files else None
        kind = data.entry.group(source).kind if source else "image"
        assert sample.array.dtype == (np.complex64 if kind == "complex" else np.float32)
        modulus = np.abs(sample.array)
        assert modulus.min() >= 0
        assert modulus.max() <= 1 + 1e-6
        assert modulus.max() > 0.4
        if "brain" in name or "chest" in name or "mask" in name:
            assert sample.array.shape == (256, 256)
            assert modulus.max() == pytest.approx(1, abs=1e-6)
