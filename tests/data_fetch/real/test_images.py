"""Slices, masks and pictures: facts that only a right decoder reproduces."""

from __future__ import annotations

import numpy as np
import pytest

import data_fetch

from .here import here

pytestmark = pytest.mark.data


@here("radial_masks")
def test_radial_masks_have_dc_first_and_the_ratios_of_the_note() -> None:
    for (name, mask), ratio in zip(
        data_fetch.load("radial_masks"), [0.1022, 0.2019, 0.3020, 0.4009, 0.4998], strict=True
    ):
        assert mask.mean() == pytest.approx(ratio, abs=5e-5), name
        assert mask[0, 0] == 1
        np.testing.assert_array_equal(mask, np.roll(mask[::-1, ::-1], 1, axis=(0, 1)))  # m(k) = m(−k)


@here("complex_brain_mr")
def test_cartesian_masks_sample_less_than_they_are_named() -> None:
    masks = data_fetch.load("complex_brain_mr/masks")
    found = [masks[f"1D-Cartesian-0.{n}"].array.mean() for n in (2, 3, 4)]
    assert found == pytest.approx([0.1836, 0.2930, 0.3945], abs=5e-5)
    assert all(mask[128, 128] == 1 for _, mask in masks)


def zero_filled(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """real(F⁻¹ m F x)."""
    return np.fft.ifft2(np.fft.fft2(image) * mask).real


@here("brain_mr_test", "radial_masks")
def test_zero_filling_of_the_brains_gives_the_known_psnr() -> None:
    """Wrong if the mask is shifted or an image scaled: mean of 10 log10(1 / MSE) over the 50 images at 20 %."""
    mask = data_fetch.load("radial_masks")["mask_20"].array
    images = [image for _, image in data_fetch.load("brain_mr_test")]
    values = [-10 * np.log10(np.mean((zero_filled(image, mask) - image) ** 2)) for image in images]
    assert len(values) == 50
    assert np.mean(values) == pytest.approx(29.950, abs=0.0015)


@here("chest_mr", "radial_masks")
def test_zero_filling_of_the_chests_gives_the_known_error() -> None:
    """Wrong if an image is transposed (.1880): mean of ‖x̂ − x‖ / ‖x‖ over the 50 test images at 20 %."""
    mask = data_fetch.load("radial_masks")["mask_20"].array
    images = [image for _, image in data_fetch.load("chest_mr/test")]
    values = [np.linalg.norm(zero_filled(image, mask) - image) / np.linalg.norm(image) for image in images]
    assert len(values) == 50
    assert np.mean(values) == pytest.approx(0.1867, abs=6e-5)


@here("chest_mr")
def test_a_transposed_chest_image_would_show() -> None:
    """The decoder's answer is h5py's array transposed back, as MATLAB shows it."""
    import h5py

    data = data_fetch.load("chest_mr/test")
    with h5py.File(data.path("test/chest_data01.mat")) as file:
        stored = file["im_ori"][()]
    np.testing.assert_array_equal(data[0].array, stored.T.astype(np.float32))


@here("set11")
def test_palette_pictures_are_looked_up() -> None:
    from PIL import Image

    data = data_fetch.load("set11")
    for name in ("Parrots", "foreman"):
        with Image.open(data.path(f"{name}.tif")) as image:
            assert image.mode == "P"
            greys = np.array(image.getpalette(), dtype=np.uint8).reshape(-1, 3)[np.asarray(image)]
        np.testing.assert_array_equal(data[name].array, greys[..., 0] / np.float32(255))


@here("siat_brain")
def test_siat_slices_are_the_middle_over_the_largest_modulus() -> None:
    import scipy.io

    data = data_fetch.load("siat_brain")
    whole = scipy.io.loadmat(data.path("lsq57.mat"))["Img"]
    middle = whole[7:263]
    np.testing.assert_allclose(data["lsq57"].array, middle / np.abs(middle).max(), rtol=1e-6, atol=1e-8)


@here("admm_net_author")
def test_a_network_is_opened_by_its_path() -> None:
    import h5py

    data = data_fetch.load("admm_net_author")
    assert h5py.is_hdf5(data.path("net-stage15.mat"))
    with pytest.raises(data_fetch.CannotDecode, match="is a trained network"):
        data[0]
