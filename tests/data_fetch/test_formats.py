"""Volumes, digits, meshes, networks, colour: each format read from a file made here, and refused when it is another one."""

from __future__ import annotations

import gzip
import io
import struct
from pathlib import Path

import h5py
import nibabel
import numpy as np
import pytest
import safetensors.numpy
import scipy.io
import scipy.sparse
import torch

import data_fetch
from data_fetch.decoders import decode, matlab, read
from data_fetch.decoders.signatures import seems
from data_fetch.registry import Group

from .test_decode import Bomb, matlab_v5, matlab_v73, saved

GENERATOR = np.random.default_rng(0)
VOLUME = Group(kind="volume", decoder="nifti", part="image")
LABEL = Group(kind="label", decoder="nifti")
DIGITS = Group(kind="image", decoder="idx", samples=3)
MESH = Group(kind="mesh", decoder="mesh")
TENSORS = Group(kind="network", decoder="tensors")
NETWORK = Group(kind="network", decoder="network")
COLOUR = Group(kind="colour", decoder="picture")
OFF = b"OFF\n4 4 0\n0 0 0\n1 0 0\n0 1 0\n0 0 1.5\n3 0 2 1\n3 0 1 3\n3 1 2 3\n3 2 0 3\n"
OBJ = b"# four\nv 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1.5\nvn 0 0 1\nf 1//1 3//1 2//1\nf 1 2 4\nf 2 3 4\nf 3 1 4\n"
FACES = [[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]]


def nifti(array: np.ndarray) -> bytes:
    """A compressed NIfTI file."""
    return gzip.compress(nibabel.Nifti1Image(array, np.eye(4)).to_bytes())


def idx(array: np.ndarray) -> bytes:
    """An IDX file of bytes."""
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


def torch_file(state: object, **options: object) -> bytes:
    """A torch file."""
    stream = io.BytesIO()
    torch.save(state, stream, **options)
    return stream.getvalue()


def test_a_volume_keeps_its_axes_and_is_divided_by_its_largest_value() -> None:
    values = GENERATOR.integers(1, 900, size=(3, 4, 5)).astype(np.float32)
    group = Group(kind="volume", decoder="nifti", part="image", divide_by_maximum=True)
    for content in (nifti(values), gzip.decompress(nifti(values))):
        image = decode(content, group, "x.nii.gz")["image"]
        assert image.dtype == np.float32
        np.testing.assert_allclose(image, values / values.max(), rtol=1e-6)


@pytest.mark.parametrize("stored", [np.uint8, np.float32])
def test_a_label_is_whole_numbers_however_it_is_stored(stored: type) -> None:
    values = GENERATOR.integers(0, 3, size=(3, 4, 5))
    label = decode(nifti(values.astype(stored)), LABEL, "x.nii.gz")["label"]
    assert label.dtype == np.int64
    np.testing.assert_array_equal(label, values)


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_idx_files_hold_many_samples(pack) -> None:
    values = GENERATOR.integers(0, 256, size=(3, 5, 4)).astype(np.uint8)
    np.testing.assert_array_equal(read(pack(idx(values)), DIGITS, "x-idx3"), values)
    labels = Group(kind="label", decoder="idx", samples=3)
    np.testing.assert_array_equal(read(pack(idx(values[:, 0, 0])), labels, "x-idx1"), values[:, 0, 0])


@pytest.mark.parametrize("content", [OFF, OBJ, OFF.replace(b"OFF\n", b"OFF\n# a remark\n")])
def test_a_mesh_keeps_every_vertex_and_face_in_its_place(content: bytes) -> None:
    parts = decode(content, MESH, "x.off")
    assert [(part, array.dtype, array.shape) for part, array in parts.items()] == [
        ("vertices", np.float32, (4, 3)),
        ("faces", np.int64, (4, 3)),
    ]
    np.testing.assert_array_equal(parts["vertices"], [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1.5]])
    np.testing.assert_array_equal(parts["faces"], FACES)


def test_two_vertices_at_one_place_stay_two() -> None:
    content = OFF.replace(b"4 4 0", b"5 4 0").replace(b"0 0 1.5\n", b"0 0 1.5\n0 0 1.5\n")
    assert decode(content, MESH, "x.off")["vertices"].shape == (5, 3)


@pytest.mark.parametrize("old", [True, False])
def test_named_tensors(old: bool) -> None:
    state = {"conv.weight": torch.randn(2, 1, 3, 3), "conv.bias": torch.zeros(2)}
    arrays = {name: value.numpy() for name, value in state.items()}
    contents = (torch_file(state, _use_new_zipfile_serialization=not old), safetensors.numpy.save(arrays))
    for content in contents:
        parts = decode(content, TENSORS, "x.pth")
        assert set(parts) == set(arrays)
        for name, array in arrays.items():
            np.testing.assert_array_equal(parts[name], array)


def test_a_colour_picture_has_three_channels() -> None:
    from PIL import Image

    values = GENERATOR.integers(0, 256, size=(4, 6, 3)).astype(np.uint8)
    image = decode(saved(Image.fromarray(values), "PNG"), COLOUR, "x.png")["image"]
    np.testing.assert_array_equal(image, values / np.float32(255))


def test_matlab_cells_structs_and_text_are_plain_python() -> None:
    """Both versions give the same: v7.3 is written here as MATLAB writes it, cells as references."""
    filters = GENERATOR.normal(size=(3, 2))
    stream = io.BytesIO()
    with h5py.File(stream, "w", userblock_size=512) as file:
        layer = file.create_group("#refs#/a")
        layer["filters"] = filters.T
        layer["type"] = np.array([[ord(letter)] for letter in "conv"], np.uint16)
        layer["type"].attrs["MATLAB_class"] = np.bytes_("char")
        layer["empty"] = np.array([0, 0], np.uint64)
        layer["empty"].attrs["MATLAB_empty"] = 1
        file["net/layers"] = np.array([[layer.ref]], dtype=h5py.ref_dtype)
    v73 = b"MATLAB 7.3 MAT-file".ljust(512) + stream.getvalue()[512:]
    cell = np.empty((1, 1), object)
    cell[0, 0] = {"filters": filters, "type": "conv", "empty": np.zeros((0, 0))}
    for content in (v73, matlab_v5(net={"layers": cell})):
        (layer,) = matlab.value(content, "net.layers")
        assert layer["type"] == "conv"
        assert layer["empty"].shape == (0, 0)
        np.testing.assert_array_equal(layer["filters"], filters)
        parts = decode(content, Group(kind="network", decoder="network", key="net"), "x.mat")
        assert list(parts) == ["layers.0.filters"]


def test_a_selector_is_the_list_of_what_it_selects() -> None:
    chosen, size = np.array([7, 0, 11]), 12
    matrix = scipy.sparse.csc_array((np.ones(3), (range(3), chosen)), shape=(3, size))
    group = Group(kind="operator", decoder="matlab", key={"phases": "picks", "rows": "perm"}, shape=(3, 4))
    phases = np.exp(1j * np.arange(size))
    parts = decode(matlab_v5(picks=phases[None], perm=matrix), group, "x.mat")
    np.testing.assert_allclose(parts["phases"], phases.reshape(3, 4, order="F"), rtol=1e-6)
    values = GENERATOR.normal(size=(3, 4))
    np.testing.assert_array_equal(values.ravel()[parts["rows"]], values.ravel(order="F")[chosen])
    with pytest.raises(data_fetch.CannotDecode, match="expected a selector"):
        decode(matlab_v5(picks=phases, perm=2 * matrix), group, "x.mat")


def test_samples_of_a_cell_and_of_the_last_axis() -> None:
    cell = np.empty((1, 2), object)
    cell[0, 0], cell[0, 1] = np.ones((3, 3)), np.ones((5, 5))
    group = Group(kind="values", decoder="matlab", key="kernels", samples=2)
    assert [array.shape for array in read(matlab_v5(kernels=cell), group, "x.mat")] == [(3, 3), (5, 5)]
    stack = GENERATOR.normal(size=(4, 3, 2))
    for write in (matlab_v5, matlab_v73):
        slices = read(write(kernels=stack), group, "x.mat")
        np.testing.assert_array_equal(slices, np.moveaxis(stack, -1, 0))


CUT_NIFTI = nifti(np.ones((9, 9, 9), np.float32))
PICKLE = torch_file({"a": Bomb()})


@pytest.mark.parametrize(
    ("content", "group", "complaint"),
    [
        (
            b"<!DOCTYPE html><html>",
            VOLUME,
            "cannot be read as nifti: it seems to be a web page, expected a NIfTI volume",
        ),
        (CUT_NIFTI[: len(CUT_NIFTI) // 2], VOLUME, "cannot be read as nifti: it seems to be a file compressed by gzip"),
        (nifti(np.ones((3, 4), np.float32)), VOLUME, r"shape \(3, 4\), expected \(x, y, z\)"),
        (nifti(np.full((3, 4, 5), np.nan, np.float32)), VOLUME, "not finite"),
        (nifti(np.full((3, 4, 5), 0.5, np.float32)), LABEL, "a label holds whole numbers"),
        (nifti(np.full((3, 4, 5), -1, np.int16)), LABEL, "a label holds whole numbers"),
        (idx(np.ones((3, 5, 4), np.uint8))[:-1], DIGITS, "an IDX file of 75 bytes, expected 76"),
        (idx(np.ones((2, 5, 4), np.uint8)), DIGITS, "holds 2 samples, expected 3"),
        (b"\x89PNG\r\n\x1a\n....", DIGITS, "no IDX file"),
        (b"", DIGITS, "no IDX file"),
        (OFF[:40], MESH, "5 lines, its head promises 4 vertices and 4 faces: it is cut"),
        (OFF[:-2], MESH, "triangles with other than three numbers: it may be cut"),
        (OFF[:-12], MESH, "7 lines, its head promises 4 vertices and 4 faces: it is cut"),
        (OFF.replace(b"3 2 0 3", b"4 2 0 3 1"), MESH, "faces with other than three corners, expected triangles"),
        (OBJ.replace(b"f 3 1 4", b"f 3 1 4 2"), MESH, "triangles with other than three numbers"),
        (b"\x80\x04\x95", MESH, "cannot be read as mesh: it seems to be a Python pickle, expected an OFF or OBJ mesh"),
        (OFF.replace(b"3 2 0 3", b"3 2 0 9"), MESH, "faces name vertices 0 to 9, there are 4"),
        (b"v 0 0 0\nv 1 0 0\n", MESH, "2 vertices and 0 faces in it, expected an OFF or OBJ mesh"),
        (b"", MESH, "0 vertices and 0 faces in it"),
        (PICKLE, TENSORS, "cannot be read as tensors"),
        (torch_file([1, 2]), TENSORS, "no dictionary of tensors"),
        (safetensors.numpy.save({"a": np.ones(9)})[:-8], TENSORS, "cannot be read as tensors"),
        (safetensors.numpy.save({"a": np.array([np.inf])}), TENSORS, "no finite numbers"),
        (b"name: conv", NETWORK, "protobuf"),
        (b"", NETWORK, "no arrays in it, expected a trained network"),
        (matlab_v5(net={"layers": 1.0}), Group(kind="network", decoder="network", key="nett"), "no variable 'nett'"),
    ],
)
def test_a_file_of_another_kind_is_named_with_what_it_seems_to_be(content, group: Group, complaint: str) -> None:
    with pytest.raises(data_fetch.CannotDecode, match=f"x.file.*{complaint}"):
        decode(content, group, "x.file")


def test_what_a_file_seems_to_be(tmp_path: Path) -> None:
    scipy.io.savemat(tmp_path / "a.mat", {"a": 1})
    np.save(tmp_path / "a.npy", np.ones(2))
    assert seems((tmp_path / "a.mat").read_bytes()) == "a MATLAB v5 file"
    assert seems((tmp_path / "a.npy").read_bytes()) == "an .npy file"
    assert seems(b"plain words") == "text"
    assert seems(b"") == "empty"
    assert seems(b"\xfe\x01\xfd") == "of an unknown kind, or cut"
