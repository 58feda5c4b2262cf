"""A file's scale is what it declares: floats as they are, whole numbers by their depth; what cannot be meant is refused."""

from __future__ import annotations

import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

from data_fetch.own_files import ImageFiles

from .writing import FLOATS, PIXELS, save


def read(path: Path, white: float | None = None) -> np.ndarray:
    """The image in a file, without any warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return ImageFiles([path], white=white)[0].array


@pytest.mark.parametrize(
    "ending", ["png", "tif", "bmp", "gif", "npy", "npz", "v5.mat", "v73.mat", "h5", "nii", "nii.gz"]
)
def test_eight_bits_are_divided_by_255(ending: str, tmp_path: Path) -> None:
    array = read(save(tmp_path / f"a.{ending}", PIXELS))
    assert array.dtype == np.float32
    np.testing.assert_array_equal(array, FLOATS)


@pytest.mark.parametrize("ending", ["tif", "npy", "npz", "v5.mat", "v73.mat", "h5", "nii.gz"])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_floats_are_taken_as_they_are_in_every_format(ending: str, kind: type, tmp_path: Path) -> None:
    floats = FLOATS.astype(np.float32 if ending == "tif" else kind)
    np.testing.assert_array_equal(read(save(tmp_path / f"a.{ending}", floats)), FLOATS)
    large = save(tmp_path / f"large.{ending}", floats * 255)
    with pytest.raises(ValueError, match=r"large.* holds floats from 0 to 255: expected \[0, 1\].*--white 255"):
        read(large)
    np.testing.assert_allclose(read(large, white=255), FLOATS, rtol=1e-6)


@pytest.mark.parametrize("ending", ["png", "tif", "npy", "v5.mat", "v73.mat", "h5", "nii"])
def test_sixteen_bits_are_divided_by_65535(ending: str, tmp_path: Path) -> None:
    np.testing.assert_allclose(read(save(tmp_path / f"a.{ending}", PIXELS.astype(np.uint16) * 257)), FLOATS, rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "array", "white"),
    [
        ("twelve.png", PIXELS.astype(np.uint16) * 16, 4095),
        ("twelve.tif", PIXELS.astype(np.uint16) * 16, 4095),
        ("twelve.nii", PIXELS.astype(np.int16) * 16, 4095),
        ("long.tif", PIXELS.astype(np.int32), 255),
        ("long.npy", PIXELS.astype(np.int64), 255),
        ("mask.npy", (PIXELS > 100).astype(np.uint8), 1),
        ("faint.npy", FLOATS * 1e-4, 1e-4),
        ("faint.npy", FLOATS * 1e-4j, 1e-4),
    ],
)
def test_values_far_below_white_are_refused_and_the_way_on_is_said(name, array, white, tmp_path: Path) -> None:
    path = save(tmp_path / name, array)
    with pytest.raises(ValueError, match=rf"{name} holds .* so dark an image .*--white"):
        read(path)
    assert np.abs(read(path, white=white)).max() == pytest.approx(1, rel=0.01)


def test_a_dark_image_is_warned_of(tmp_path: Path) -> None:
    path = save(tmp_path / "fourteen.png", PIXELS.astype(np.uint16) * 64)
    with pytest.warns(UserWarning, match=r"fourteen\.png reaches 25% of white \(65535\).*--white 16383"):
        ImageFiles([path])[0]


def test_the_depth_that_a_file_declares(tmp_path: Path) -> None:
    """PNG's sBIT chunk, and TIFF's bits of a sample: 12 of 16."""
    twelve = PIXELS.astype(np.uint16) * 16 + 15
    content = save(tmp_path / "a.png", twelve).read_bytes()
    chunk = b"sBIT\x0c"
    content = content[:33] + struct.pack(">I", 1) + chunk + struct.pack(">I", zlib.crc32(chunk)) + content[33:]
    (tmp_path / "a.png").write_bytes(content)
    np.testing.assert_allclose(read(tmp_path / "a.png"), twelve / 4095, rtol=1e-6)
    signed = TiffImagePlugin.ImageFileDirectory_v2()
    Image.fromarray(PIXELS.astype(np.int32) * 128).convert("I").save(tmp_path / "b.tif", tiffinfo=signed)
    with pytest.raises(ValueError, match="white is 2147483647"):
        read(tmp_path / "b.tif")


def test_truth_values_and_pictures_of_one_bit(tmp_path: Path) -> None:
    for name in ("a.npy", "a.png", "a.tif"):
        np.testing.assert_array_equal(read(save(tmp_path / name, PIXELS > 100)), PIXELS > 100)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.full((4, 4), np.nan), "holds NaN or infinity"),
        (np.full((4, 4), np.inf), "holds NaN or infinity"),
        (np.full((4, 4), 2.0), r"floats from 2 to 2: expected \[0, 1\]"),
        (np.full((4, 4), -0.5), "from -0.5 to -0.5: expected no brightness below 0"),
        (np.zeros((4, 4)), "is all zero"),
        (np.array([[-5, 1000]], np.int16), "from -5 to 1000"),
    ],
)
def test_values_that_are_no_image(array: np.ndarray, message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=rf"a\.npy .*{message}"):
        read(save(tmp_path / "a.npy", array))


@pytest.mark.parametrize(
    ("array", "white"),
    [
        (FLOATS * 1.2, "1.2"),
        (FLOATS * 255, "255"),
        (FLOATS * 1000, "1023"),
        (PIXELS // 50, "5"),
        (FLOATS * 1e6, "1000000"),
    ],
)
def test_the_white_that_a_message_suggests_helps(array: np.ndarray, white: str, tmp_path: Path) -> None:
    path = save(tmp_path / "a.npy", array)
    with pytest.raises(ValueError, match=rf"--white {white}\d* ") as raised:
        read(path)
    said = float(str(raised.value).split("--white ")[1].split()[0])
    assert 0.9 < read(path, white=said).max() <= 1


@pytest.mark.parametrize("white", [0, -1, float("nan"), float("inf")])
def test_a_white_that_is_none(white: float) -> None:
    with pytest.raises(ValueError, match="expected a positive number"):
        ImageFiles([], white=white)
