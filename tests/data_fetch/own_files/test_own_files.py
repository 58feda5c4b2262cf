"""Images of one's own as a data set."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from data_fetch.own_files import ImageFiles

from .writing import FLOATS, PIXELS, save


def test_a_data_set_of_files(tmp_path: Path) -> None:
    files = ImageFiles([save(tmp_path / "a.png", PIXELS), str(save(tmp_path / "b.npy", FLOATS))])
    assert (len(files), files.embedded) == (2, False)
    assert [files[index].name for index in range(2)] == ["a.png", "b.npy"]
    np.testing.assert_array_equal(files[0].array, files.only(1)[0].array)
    assert len(list(files)) == 2


def test_complex_images_stay_complex(tmp_path: Path) -> None:
    array = ImageFiles([save(tmp_path / "a.npy", FLOATS * 1j)])[0].array
    assert array.dtype == np.complex64
    np.testing.assert_array_equal(array, FLOATS * 1j)


def test_the_hash_is_of_the_bytes(tmp_path: Path) -> None:
    first = ImageFiles([save(tmp_path / "a.npy", FLOATS)]).sha256
    assert ImageFiles([save(tmp_path / "b.npy", FLOATS)]).sha256 == first
    assert ImageFiles([save(tmp_path / "b.npy", FLOATS / 2)]).sha256 != first
