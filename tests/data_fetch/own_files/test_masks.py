"""What a mask is: two values, and its zero frequency where it is said to be."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data_fetch.own_files import read_mask

from .writing import MASK, save

WIDE = np.zeros((64, 64), np.uint8)
WIDE[np.hypot(*np.meshgrid(np.arange(64) - 32, np.arange(64) - 32)) < 12] = 1
"""a disc in the middle"""


@pytest.mark.parametrize("ending", ["png", "tif", "npy", "npz", "v5.mat", "v73.mat", "h5", "nii"])
@pytest.mark.parametrize("value", [1, 255])
def test_two_values(ending: str, value: int, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mask = read_mask(save(tmp_path / f"m.{ending}", MASK * value))
    assert mask.dtype == np.float32
    np.testing.assert_array_equal(mask, MASK)


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        (
            "p.npy",
            np.linspace(0, 1, 24).reshape(4, 6),
            r"24 values \(0: 1, 0\.04.*: 1, .*…\): expected two.*probability",
        ),
        ("m.npy", np.full((4, 4), np.nan), "holds NaN"),
        ("m.npy", np.ones((4, 4)) * 1j, "complex"),
        ("m.npy", np.zeros((4, 4)), "all zero"),
        ("m.npy", np.array([[1, 2], [1, 2]]), r"2 values \(1: 2, 2: 2\): expected two, 0 and"),
        ("m.npy", np.array([[-1, 0], [0, -1]]), "expected two, 0 and"),
    ],
)
def test_what_is_no_mask_is_counted(name: str, array: np.ndarray, message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=rf"{name}.*{message}"):
        read_mask(save(tmp_path / name, array))


def test_a_resized_mask_is_refused(tmp_path: Path) -> None:
    Image.fromarray(WIDE * 255).resize((50, 50), Image.Resampling.BILINEAR).save(tmp_path / "small.png")
    with pytest.raises(ValueError, match=r"small\.png holds \d+ values .*was it resized"):
        read_mask(tmp_path / "small.png")


def test_a_mask_in_the_alpha_channel_is_refused(tmp_path: Path) -> None:
    picture = np.dstack([np.full((64, 64, 3), 255, np.uint8), WIDE * 255])
    Image.fromarray(picture).save(tmp_path / "m.png")
    with pytest.raises(ValueError, match=r"transparent \(alpha from 0 to 255\).*save the alpha channel itself"):
        read_mask(tmp_path / "m.png")


def test_the_zero_frequency_is_where_it_is_said_to_be(tmp_path: Path) -> None:
    centred = save(tmp_path / "centred.npy", WIDE)
    corner = save(tmp_path / "corner.npy", np.fft.ifftshift(WIDE))
    np.testing.assert_array_equal(read_mask(centred, centred=True), read_mask(corner))
    with pytest.raises(ValueError, match=r"centred\.npy does not sample the zero frequency.*say --centred"):
        read_mask(centred)
    with pytest.raises(ValueError, match=r"corner\.npy does not sample the zero frequency.*leave out --centred"):
        read_mask(corner, centred=True)


def test_a_mask_that_samples_both_is_warned_of(tmp_path: Path) -> None:
    rows = np.zeros((64, 64))
    rows[28:37], rows[::8] = 1, 1  # nine rows in the middle, and every eighth: the first one too
    path = save(tmp_path / "rows.npy", rows)
    with pytest.warns(UserWarning, match=r"rows\.npy samples .* of the lowest and 100% of the highest.*say --centred"):
        read_mask(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_mask(path, centred=True)
    without = np.ones((8, 8))
    without[0, 0] = without[4, 4] = 0
    with pytest.warns(UserWarning, match="does not sample the zero frequency, the image's mean"):
        read_mask(save(tmp_path / "mean.npy", without))
