"""Facts about the real sets that only a right decoder reproduces; each test is skipped where its set is not here."""

from __future__ import annotations

import numpy as np
import pytest

import data_fetch
from data_fetch.registry import entries

pytestmark = pytest.mark.data
ENTRIES = entries()
READABLE = [name for name, e in ENTRIES.items() if e.embedded or any(g.decoder != "none" for g in e.groups)]
GREY = [
    name
    for name, e in ENTRIES.items()
    if len(e.files) < 500
    and {(g.kind in ("image", "complex", "mask"), g.samples, g.part) for g in e.groups} == {(True, 1, None)}
]


def here(*names: str) -> pytest.MarkDecorator:
    """Skip unless these sets are in the cache."""
    missing = [name for name in names if not data_fetch.available(name)]
    return pytest.mark.skipif(bool(missing), reason=f"not in the cache: {', '.join(missing)}")


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


@here("mnist")
def test_digits_are_those_of_mnist() -> None:
    """Sheet 20, which lies beside them, repeats the first test digits: two formats, one picture."""
    from PIL import Image

    data = data_fetch.load("mnist/test")
    assert [int(data[index]["label"]) for index in range(10)] == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    with Image.open(data_fetch.load("mnist").path("test/mnist_batch_20.png")) as image:
        sheet = np.asarray(image)
    for index in (0, 1, 2999):
        np.testing.assert_array_equal(data[index]["image"].ravel(), sheet[index] / np.float32(255))
    train = data_fetch.load("mnist/train")
    assert (len(train), len(data)) == (60000, 10000)
    assert [int(train[index]["label"]) for index in range(8)] == [5, 0, 4, 1, 9, 2, 1, 3]
    labels = data_fetch.load("mnist").path("train/mnist_labels.js").read_text().partition("[")[2].partition("]")[0]
    listed = list(map(int, labels.split(",")))
    for index in (3000, 59999):  # the second sheet's first digit, and the last of all
        assert int(train[index]["label"]) == listed[index]


@here("hippocampus")
def test_an_image_and_its_label_belong_together() -> None:
    data = data_fetch.load("hippocampus")
    for name in ("hippocampus_003", "hippocampus_243"):
        sample = data[name]
        assert sample["image"].shape == sample["label"].shape
        assert set(np.unique(sample["label"])) == {0, 1, 2}
        assert sample["image"].max() == 1


@here("sunnybrook")
def test_hearts_have_their_masks_by_name() -> None:
    for subset, slices, outer in (("training", 260, 135), ("validation", 266, 138)):
        data = data_fetch.load(f"sunnybrook/{subset}")
        samples = list(data)
        assert len(samples) == slices
        assert all("endocardium" in sample and sample["image"].shape == (256, 256) for sample in samples)
        assert sum("epicardium" in sample for sample in samples) == outer
        both = next(sample for sample in samples if "epicardium" in sample)
        assert (both["epicardium"] >= both["endocardium"]).mean() > 0.999
    without = next(sample for sample in samples if "epicardium" not in sample)
    with pytest.raises(data_fetch.UnknownName, match="no part 'epicardium' in SC-"):
        without["epicardium"]


@here("aanlib_mrct")
def test_mr_and_ct_are_pairs_split_by_case() -> None:
    train, validation = (data_fetch.load(f"aanlib_mrct/{subset}") for subset in ("train", "validation"))
    assert (len(train), len(validation)) == (128, 19)
    assert {name[:2] for name in train.sample_names} == {"16", "20", "28", "32", "33", "34", "37"}
    assert {name[0] for name in validation.sample_names} == {"2"}
    assert list(train[0].parts) == ["mr", "ct"]


@here("middlebury")
def test_disparity_moves_the_right_view_onto_the_left() -> None:
    """Pixel x of the left view is pixel x − d of the right one; a wrong scale, or the other view's, is far worse."""
    for scene in ("Cones", "Art"):
        sample = data_fetch.load("middlebury")[scene]
        left, right, disparity = sample["left"], sample["right"], sample["disparity_left"]
        rows, columns = np.nonzero(disparity)

        def error(factor: float, left=left, right=right, disparity=disparity, rows=rows, columns=columns) -> float:
            moved = np.rint(columns - factor * disparity[rows, columns]).astype(int)
            inside = (moved >= 0) & (moved < right.shape[1])
            values = np.abs(left[rows, columns] - right[rows, moved.clip(0, right.shape[1] - 1)]).mean(axis=1)
            return float(np.median(values[inside]))

        assert error(1.0) < 0.5 * min(error(3 / 4), error(4 / 3), error(-1.0)), scene


@here("sots_indoor")
def test_hazy_and_clear_show_one_scene() -> None:
    for sample in data_fetch.load("sots_indoor"):
        hazy, clear = sample["hazy"].mean(axis=2).ravel(), sample["clear"].mean(axis=2).ravel()
        assert np.corrcoef(hazy, clear)[0, 1] > 0.5, sample.name


@here("faust_5k", "mcgill")
def test_bodies_are_closed_and_shapes_are_small() -> None:
    bodies = data_fetch.load("faust_5k")
    assert len(bodies) == 100
    for index in (0, 57):
        vertices, faces = bodies[index]["vertices"], bodies[index]["faces"]
        edges = np.unique(np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1), axis=0)
        assert len(vertices) - len(edges) + len(faces) == 2  # Euler: genus 0
        assert np.ptp(vertices, axis=0).max() == pytest.approx(1, abs=1e-2)
    assert all(348 <= len(sample["faces"]) <= 500 for sample in data_fetch.load("mcgill"))


@here("blur_kernels", "coded_diffraction", "dncnn_kair")
def test_kernels_operator_and_denoiser() -> None:
    for sample in data_fetch.load("blur_kernels"):
        assert sample["kernel"].sum() == pytest.approx(1, abs=1e-5)
        assert sample["kernel"].shape[0] % 2 == 1
    operator = data_fetch.load("coded_diffraction")[0]
    assert list(operator.parts) == ["phases", "rows"]  # and not the picture that the file holds
    np.testing.assert_allclose(np.abs(operator["phases"]), 1, atol=1e-6)
    assert len(set(operator["rows"])) == 6554
    assert operator["rows"][0] == 0
    assert sum(array.size for array in data_fetch.load("dncnn_kair")[0].parts.values()) == 555137


@here("dehaze_author", "dehaze_baseline_nets")
def test_networks_of_other_programs_are_named_arrays() -> None:
    gpu = data_fetch.load("dehaze_author")["net-ours-s1"]
    convolutions = [array for name, array in gpu.parts.items() if name != "fg"]
    assert sum(array.size for array in convolutions) == 9110  # what the paper's network has
    others = data_fetch.load("dehaze_baseline_nets")
    assert others.sample_names == ("AOD_Net", "dehaze", "MSCNNDehazing_CL", "MSCNNDehazing_FL")
    assert [others["AOD_Net"][f"conv{n}.0"].shape[2] for n in range(1, 6)] == [1, 3, 5, 7, 3]
    assert len(others["dehaze"].parts) == 10
    assert others["MSCNNDehazing_CL"]["layers.0.filters"].shape == (11, 11, 3, 5)
