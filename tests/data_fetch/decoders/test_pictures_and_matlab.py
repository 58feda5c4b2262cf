"""Bytes to arrays, on files made here: orientation, palettes, complex values, and files that are not what they say."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from PIL import Image

import data_fetch
from data_fetch import decoders
from data_fetch.registry import Group

from .files import (
    Bomb,
    matlab_v5,
    matlab_v73,
    saved,
)

IMAGE = Group(kind="image", decoder="matlab", key="im_ori")


MASK = Group(kind="mask", decoder="matlab", key="im_ori")


COMPLEX = Group(kind="complex", decoder="matlab", key="im_ori")


PICTURE = Group(kind="image", decoder="picture")


CELL = np.empty((1, 2), object)
CELL[0, 0], CELL[0, 1] = np.eye(2), np.eye(3)


RAMP = np.arange(12.0).reshape(3, 4) / 11


def decode(content: bytes, group: Group, name: str) -> np.ndarray:
    """The one part of a file."""
    (array,) = decoders.decode(content, group, name).values()
    return array


@pytest.mark.parametrize("write", [matlab_v5, matlab_v73])
def test_matlab_rows_stay_rows(write) -> None:
    array = decode(write(im_ori=RAMP), IMAGE, "x.mat")
    assert array.dtype == np.float32
    np.testing.assert_array_equal(array, RAMP.astype(np.float32))


@pytest.mark.parametrize("write", [matlab_v5, matlab_v73])
def test_complex_values(write) -> None:
    array = decode(write(im_ori=RAMP + 2j * RAMP**2), COMPLEX, "x.mat")
    assert array.dtype == np.complex64
    np.testing.assert_allclose(array, RAMP + 2j * RAMP**2, rtol=1e-6)


def test_a_field_of_a_struct() -> None:
    group = Group(kind="complex", decoder="matlab", key="data.data.label")
    content = matlab_v5(data={"data": {"label": RAMP + 1j, "train": RAMP}})
    np.testing.assert_allclose(decode(content, group, "x.mat"), RAMP + 1j, rtol=1e-6)


def test_crop_takes_the_middle_and_then_divides_by_the_largest_modulus() -> None:
    values = np.zeros((8, 4), dtype=complex)
    values[2:6] = np.arange(16).reshape(4, 4) * 1e-6j
    values[0, 0] = 1.0  # outside the crop: it must not count
    group = Group(kind="complex", decoder="matlab", key="im_ori", crop=4, divide_by_maximum=True)
    expected = 1j * np.arange(16).reshape(4, 4) / 15
    np.testing.assert_allclose(decode(matlab_v5(im_ori=values), group, "x.mat"), expected, rtol=1e-6)


def test_a_uint8_picture_becomes_float32_over_255() -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    array = decode(saved(Image.fromarray(levels), "PNG"), PICTURE, "x.png")
    np.testing.assert_array_equal(array, levels / np.float32(255))


def test_a_palette_is_looked_up_exactly() -> None:
    indices = np.arange(256, dtype=np.uint8).reshape(16, 16)
    image = Image.fromarray(indices, "P") if Image.__version__ < "11.3" else Image.fromarray(indices).convert("P")
    image.putpalette([level for level in range(255, -1, -1) for _ in range(3)])  # index i shows grey 255 − i
    array = decode(saved(image, "TIFF"), PICTURE, "x.tif")
    np.testing.assert_array_equal(array, (255 - indices) / np.float32(255))


@pytest.mark.parametrize(
    ("content", "group", "complaint"),
    [
        (matlab_v5(other=RAMP), IMAGE, "no variable 'im_ori', only .'other'."),
        (matlab_v73(other=RAMP), IMAGE, "no variable 'im_ori', only .'other'."),
        (matlab_v5(im_ori={"a": 1.0}), Group(kind="image", decoder="matlab", key="im_ori.b"), "no field 'b'"),
        (matlab_v5(im_ori="text"), IMAGE, "expected an array of numbers"),
        (matlab_v5(im_ori=CELL), IMAGE, "a list of object values, expected an array of numbers"),
        (matlab_v5(im_ori=RAMP[None]), IMAGE, r"shape \(1, 3, 4\), expected \(height, width\)"),
        (matlab_v5(im_ori=RAMP * np.nan), IMAGE, "not finite"),
        (matlab_v5(im_ori=RAMP * 1j), IMAGE, "complex values, expected a real image"),
        (matlab_v5(im_ori=RAMP), MASK, "a mask holds 0 and 1 only"),
        (matlab_v5(im_ori=RAMP), Group(kind="image", decoder="matlab", key="im_ori", crop=9), "smaller than the crop"),
        (saved(Image.new("RGB", (4, 4)), "PNG"), PICTURE, "picture mode RGB, expected grey"),
        (b"no picture", PICTURE, "cannot be read as picture"),
        (pickle.dumps(Bomb()), IMAGE, "cannot be read as matlab"),
        (pickle.dumps(Bomb()), PICTURE, "cannot be read as picture"),
        (b"", Group(kind="network", decoder="none"), r"is a trained network.*DataSet.path\('x.file'\)"),
    ],
)
def test_a_file_that_is_not_what_it_should_be(content: bytes, group: Group, complaint: str) -> None:
    with pytest.raises(data_fetch.CannotDecode, match=f"x.file.*{complaint}"):
        decode(content, group, "x.file")
