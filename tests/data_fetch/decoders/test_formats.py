"""Volumes, digits, meshes, networks, colour: each format read from a file made here."""

from __future__ import annotations

import gzip
import io

import h5py
import numpy as np
import pytest
import safetensors.numpy
import scipy.io
import scipy.sparse
import torch

import data_fetch
from data_fetch.decoders import decode, matlab, read
from data_fetch.registry import Group

from .files import (
    COLOUR,
    DIGITS,
    FACES,
    GENERATOR,
    LABEL,
    MESH,
    OBJ,
    OFF,
    TENSORS,
    idx,
    matlab_v5,
    matlab_v73,
    nifti,
    saved,
    torch_file,
)


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


def test_arrays_that_numpy_saved() -> None:
    values = GENERATOR.normal(size=(3, 4))
    for save, group in (
        (np.save, Group(kind="values", decoder="arrays")),
        (np.savez, Group(kind="network", decoder="arrays")),
    ):
        stream = io.BytesIO()
        save(stream, values)
        (array,) = decode(stream.getvalue(), group, "x.npy").values()
        np.testing.assert_allclose(array, values, rtol=1e-6)


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
