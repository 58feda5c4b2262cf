"""A user's own files: pictures, arrays, MATLAB of both kinds; what cannot be used is named."""

from __future__ import annotations

import pickle
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io
from PIL import Image

from data_fetch.own_files import ImageFiles, read_array, read_mask

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 9), dtype=np.uint8)
FLOATS = (PIXELS / np.float32(255)).astype(np.float32)


def save(path: Path, array: np.ndarray) -> Path:
    """Write an array in the format of the path's ending (``.v5.mat``, ``.v73.mat``)."""
    if path.suffix == ".npy":
        np.save(path, array)
    elif path.name.endswith(".v73.mat"):
        with h5py.File(path, "w") as file:
            file["x"] = array.T  # MATLAB stores columns first
    elif path.suffix == ".mat":
        scipy.io.savemat(path, {"x": array})
    else:
        Image.fromarray(array).save(path)
    return path


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.npy", "a.v5.mat", "a.v73.mat"])
def test_eight_bits_are_divided_by_255(name: str, tmp_path: Path) -> None:
    sample = ImageFiles([save(tmp_path / name, PIXELS)])[0]
    assert sample.name == name
    assert sample.array.dtype == np.float32
    np.testing.assert_array_equal(sample.array, FLOATS)


@pytest.mark.parametrize("name", ["a.npy", "a.v5.mat", "a.v73.mat"])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_floats_are_taken_as_they_are(name: str, kind: type, tmp_path: Path) -> None:
    np.testing.assert_array_equal(ImageFiles([save(tmp_path / name, FLOATS.astype(kind))])[0].array, FLOATS)


def test_sixteen_bits_are_divided_by_65535(tmp_path: Path) -> None:
    wide = PIXELS.astype(np.uint16) * 257
    for name in ("a.png", "a.tif"):
        np.testing.assert_allclose(ImageFiles([save(tmp_path / name, wide)])[0].array, FLOATS, rtol=1e-6)


def test_colours_become_grey(tmp_path: Path) -> None:
    Image.fromarray(np.stack([PIXELS] * 3, -1)).save(tmp_path / "a.png")
    np.testing.assert_array_equal(ImageFiles([tmp_path / "a.png"])[0].array, FLOATS)


def test_the_hash_is_of_the_bytes(tmp_path: Path) -> None:
    first = ImageFiles([save(tmp_path / "a.npy", FLOATS)]).sha256
    assert ImageFiles([save(tmp_path / "b.npy", FLOATS)]).sha256 == first
    assert ImageFiles([save(tmp_path / "b.npy", FLOATS / 2)]).sha256 != first


def test_a_mask_is_what_is_positive(tmp_path: Path) -> None:
    mask = read_mask(save(tmp_path / "m.png", (PIXELS > 100).astype(np.uint8) * 255))
    np.testing.assert_array_equal(mask, (PIXELS > 100).astype(np.float32))


def test_a_mask_with_nan_is_refused(tmp_path: Path) -> None:
    bad = FLOATS.copy()
    bad[1, 1] = np.nan
    with pytest.raises(ValueError, match=r"m\.npy.*NaN"):
        read_mask(save(tmp_path / "m.npy", bad))


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.full((4, 4), np.nan), "holds NaN or infinity"),
        (np.full((4, 4), np.inf), "holds NaN or infinity"),
        (np.full((4, 4), 2.0), r"values from 2 to 2: expected \[0, 1\]"),
        (np.full((4, 4), -0.5), r"expected \[0, 1\]"),
        (np.ones((2, 4, 4)), r"shape \(2, 4, 4\).*expected one image"),
        (np.array([["a", "b"]]), "expected one image"),
        (np.ones((0, 4)), "expected one image"),
    ],
)
def test_arrays_that_are_no_images_are_named(array: np.ndarray, message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message):
        ImageFiles([save(tmp_path / "a.npy", array)])[0]


def test_a_pickle_in_an_array_file_is_not_opened(tmp_path: Path) -> None:
    trace = tmp_path / "trace"

    class Trap:
        def __reduce__(self) -> tuple:
            return (open, (str(trace), "w"))

    np.save(tmp_path / "a.npy", np.array([Trap()], dtype=object), allow_pickle=True)
    (tmp_path / "b.npy").write_bytes(pickle.dumps(Trap()))
    trace.unlink(missing_ok=True)
    for name in ("a.npy", "b.npy"):
        with pytest.raises(ValueError, match="pickle"):
            read_array(tmp_path / name)
    assert not trace.exists()


@pytest.mark.parametrize("name", ["a.v5.mat", "a.v73.mat"])
def test_a_file_with_two_arrays_is_named(name: str, tmp_path: Path) -> None:
    if "v73" in name:
        with h5py.File(tmp_path / name, "w") as file:
            file["x"], file["y"] = PIXELS, PIXELS
    else:
        scipy.io.savemat(tmp_path / name, {"x": PIXELS, "y": PIXELS})
    with pytest.raises(ValueError, match=r"\['x', 'y'\]: expected one array"):
        read_array(tmp_path / name)


@pytest.mark.parametrize("ending", ["png", "tif", "npy", "v5.mat", "v73.mat"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_cut_file_is_an_error_that_names_it(ending: str, share: float, tmp_path: Path) -> None:
    path = save(tmp_path / f"cut.{ending}", np.random.default_rng(1).integers(0, 256, (64, 64), dtype=np.uint8))
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(ValueError, match=r"cut\."):
        ImageFiles([path])[0]
