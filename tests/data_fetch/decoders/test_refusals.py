"""A file of another kind, or a cut one, is named with what it seems to be and what was expected."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
import scipy.io

import data_fetch
from data_fetch.decoders import decode
from data_fetch.decoders.signatures import seems
from data_fetch.registry import Group

from .files import (
    DIGITS,
    LABEL,
    MESH,
    NETWORK,
    OBJ,
    OFF,
    TENSORS,
    VOLUME,
    Bomb,
    idx,
    matlab_v5,
    nifti,
    torch_file,
)

CUT_NIFTI = nifti(np.ones((9, 9, 9), np.float32))

PICKLE = torch_file({"a": Bomb()})


def pickled(save) -> bytes:
    """What numpy writes of an array of objects: a pickle inside its own format."""
    stream = io.BytesIO()
    save(stream, np.array([Bomb()], dtype=object), allow_pickle=True)
    return stream.getvalue()


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
        (
            pickled(np.save),
            Group(kind="values", decoder="arrays"),
            "cannot be read as arrays: .*an .npy file.*allow_pickle",
        ),
        (pickled(np.savez), Group(kind="network", decoder="arrays"), "cannot be read as arrays: .*zip.*allow_pickle"),
        (PICKLE, TENSORS, "cannot be read as tensors"),
        (torch_file([1, 2]), TENSORS, "no dictionary of tensors"),
        (safetensors.numpy.save({"a": np.ones(9)})[:-8], TENSORS, "cannot be read as tensors"),
        (safetensors.numpy.save({"a": np.array([np.inf])}), TENSORS, "no finite numbers"),
        (b"name: conv", NETWORK, "protobuf"),
        (b"", NETWORK, "no arrays in it, expected a trained network"),
        (matlab_v5(net={"layers": 1.0}), Group(kind="network", decoder="network", key="nett"), "no variable 'nett'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",  # the bytes differ from run to run: a zip has a date
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
