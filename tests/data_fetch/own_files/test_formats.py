"""Formats by what is in a file; several images, containers and what is no array are chosen from by name, or refused in words."""

from __future__ import annotations

import io
import re
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io
import scipy.sparse
from PIL import Image

from data_fetch.own_files import ImageFiles, read_array

from .writing import FLOATS, MASK, PIXELS, save

ENDINGS = ["PNG", "TIF", "Npy", "NPZ", "V5.MAT", "V73.MAT", "H5", "NII", "NII.GZ"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_endings_without_case(ending: str, tmp_path: Path) -> None:
    np.testing.assert_array_equal(read_array(save(tmp_path / f"X.{ending}", PIXELS)), PIXELS)


def test_matlab_files_of_version_4(tmp_path: Path) -> None:
    scipy.io.savemat(tmp_path / "old.mat", {"x": FLOATS}, format="4")
    np.testing.assert_array_equal(read_array(tmp_path / "old.mat"), FLOATS)


def test_a_file_is_what_it_holds_and_not_what_it_is_called(tmp_path: Path) -> None:
    save(tmp_path / "a.npz", PIXELS).rename(tmp_path / "a.npy")
    save(tmp_path / "b.png", PIXELS).rename(tmp_path / "b.npy")
    save(tmp_path / "c.npy", PIXELS).rename(tmp_path / "c.mat")
    for name in ("a.npy", "b.npy", "c.mat"):
        np.testing.assert_array_equal(read_array(tmp_path / name), PIXELS)


STACK = np.stack([PIXELS, PIXELS // 2, PIXELS // 4])


def stacks(folder: Path) -> list[Path]:
    """Three images in one file, in every format that can hold them."""
    last = np.moveaxis(STACK, 0, -1)
    paths = [save(folder / f"s.{ending}", STACK) for ending in ("npy", "npz", "h5")]
    paths += [save(folder / f"s.{ending}", last) for ending in ("v5.mat", "v73.mat", "nii", "nii.gz")]
    for ending in ("tif", "gif"):
        first, *others = map(Image.fromarray, STACK)
        first.save(folder / f"s.{ending}", save_all=True, append_images=others)
        paths.append(folder / f"s.{ending}")
    return paths


def test_several_images_in_one_file_are_named(tmp_path: Path) -> None:
    for path in stacks(tmp_path):
        with pytest.raises(ValueError, match=rf"{path} holds .*expected one image.*{path}:0 to {path}:2$"):
            read_array(path)
        for number, image in enumerate(STACK):
            np.testing.assert_array_equal(read_array(Path(f"{path}:{number}")), image)
        with pytest.raises(ValueError, match=r"holds 3 images.*there is none called '3'"):
            read_array(Path(f"{path}:3"))
        assert ImageFiles([f"{path}:0"])[0].name == f"{path.name}:0"


def test_several_arrays_in_one_file_are_named(tmp_path: Path) -> None:
    arrays = {"x": PIXELS, "y": MASK}
    np.savez(tmp_path / "a.npz", **arrays)
    scipy.io.savemat(tmp_path / "a.v5.mat", arrays)
    for name, order in (("a.v73.mat", "T"), ("a.h5", "")):
        with h5py.File(tmp_path / name, "w") as file:
            file.update({key: getattr(array, order) if order else array for key, array in arrays.items()})
    for path in tmp_path.iterdir():
        with pytest.raises(ValueError, match=rf"{path} holds x.*, y.*: expected one array; name one, such as {path}:x"):
            read_array(path)
        np.testing.assert_array_equal(read_array(Path(f"{path}:y")), MASK)
        with pytest.raises(ValueError, match="holds no 'z', only x"):
            read_array(Path(f"{path}:z"))


def test_names_go_down_into_groups_and_stacks(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "scan.h5", "w") as file:
        file["images/rss"], file["images/kspace"] = STACK, STACK * 1j
        file["header"] = "<xml/>"
    with pytest.raises(ValueError, match=r"scan\.h5 holds kspace .*, rss \(3 × 6 × 9\): expected one array"):
        read_array(tmp_path / "scan.h5")
    with pytest.raises(ValueError, match=r"name one, .*scan\.h5:images:rss:0 to .*:2$"):
        read_array(tmp_path / "scan.h5:images:rss")
    np.testing.assert_array_equal(read_array(tmp_path / "scan.h5:images:rss:1"), STACK[1])


CELL = np.empty((1, 2), object)
CELL[0, 0], CELL[0, 1] = PIXELS, "text"
RAGGED = np.empty((1, 2), object)
RAGGED[0, 0], RAGGED[0, 1] = PIXELS, MASK[:2]
ONE = np.empty((1, 1), object)
ONE[0, 0] = FLOATS


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (CELL, "holds 2 elements: expected one image"),
        ({"a": PIXELS, "b": MASK}, r"holds a \(6 × 9\), b \(6 × 9\): expected one array; name one, such as .*:a"),
        ("text", "holds text: expected an array of numbers"),
        (np.array(3.0), r"shape \(1, 1\)"),
        ({"a": {"b": {"c": "text"}}}, "holds no array of numbers that has two axes"),
        ({"a": RAGGED}, "holds 2 elements: expected one image"),
        (np.empty((0, 0), object), "expected one image"),
        (np.empty((0, 0)), "expected one image"),
    ],
    ids=["cell", "struct", "text", "number", "nested", "ragged", "empty cell", "empty"],
)
def test_what_matlab_has_beside_arrays_is_refused_in_one_line(value: object, message: str, tmp_path: Path) -> None:
    scipy.io.savemat(tmp_path / "a.mat", {"x": value})
    if isinstance(value, np.ndarray) and value.shape == ():
        assert read_array(tmp_path / "a.mat").shape == (1, 1)
        return
    with pytest.raises(ValueError, match=message) as raised:
        read_array(tmp_path / "a.mat")
    assert "\n" not in str(raised.value)


def test_containers_of_one_array_and_sparse_matrices_are_converted(tmp_path: Path) -> None:
    for name, value in (("cell", ONE), ("struct", {"image": FLOATS, "unit": "none"}), ("nested", {"a": {"b": FLOATS}})):
        scipy.io.savemat(tmp_path / f"{name}.mat", {"x": value})
        np.testing.assert_array_equal(read_array(tmp_path / f"{name}.mat"), FLOATS)
    scipy.io.savemat(tmp_path / "sparse.mat", {"x": scipy.sparse.csc_array(MASK.astype(float))})
    np.testing.assert_array_equal(read_array(tmp_path / "sparse.mat"), MASK)
    selector = np.eye(5)[[3, 1, 0, 2, 4]]  # one 1 in each row: for an operator the list of what it selects, here a mask
    scipy.io.savemat(tmp_path / "selector.mat", {"x": scipy.sparse.csc_array(selector)})
    np.testing.assert_array_equal(read_array(tmp_path / "selector.mat"), selector)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.ones((2, 4, 4)), r"shape \(2, 4, 4\): expected one image"),
        (np.array([["a", "b"]]), "holds text: expected an array of numbers"),
        (np.ones((0, 4)), "expected one image"),
        (np.ones(4), r"shape \(4,\): expected one image"),
        (np.zeros((2, 2), [("real", "f4"), ("b", "f4")]), "records with the fields real, b"),
        (np.zeros((2, 2), "M8[s]"), r"type datetime64"),
    ],
)
def test_arrays_that_are_no_images_are_named(array: np.ndarray, message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message):
        read_array(save(tmp_path / "a.npy", array))


def test_other_files_are_named_with_what_they_seem_to_be_and_what_is_accepted(tmp_path: Path) -> None:
    contents = {"a.txt": b"words", "b.png": b"<!doctype html>", "c.fig": bytes(range(200, 256)), "d.eps": b"%!PS-Adobe"}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ValueError, match=rf"{re.escape(name)} seems to be .*: accepted are .*\.nii.*\.dcm"):
            read_array(tmp_path / name)


@pytest.mark.parametrize("ending", [*ENDINGS, "bmp", "gif"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_cut_file_is_an_error_of_one_line_that_names_it(ending: str, share: float, tmp_path: Path) -> None:
    path = save(tmp_path / f"cut.{ending}", np.random.default_rng(1).integers(0, 256, (64, 64), dtype=np.uint8))
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(ValueError, match=r"cut\.") as raised:
        read_array(path)
    assert "0x" not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_the_address_of_an_object_is_no_message(tmp_path: Path) -> None:
    from data_fetch.own_files.reading import in_one_line

    assert in_one_line(ValueError(f"cannot identify {io.BytesIO()!r}\nat all")) == "cannot identify the file at all"
