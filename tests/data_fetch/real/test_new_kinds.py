"""Volumes, pairs, digits, meshes, operators and networks: facts that only a right decoder reproduces."""

from __future__ import annotations

import numpy as np
import pytest

import data_fetch

from .here import here

pytestmark = pytest.mark.data


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
