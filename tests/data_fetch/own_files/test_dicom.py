"""DICOM slices: by their stored bits, one frame, in grey; and what is said where pydicom is missing."""

from __future__ import annotations

import builtins
import sys
from pathlib import Path

import numpy as np
import pytest

from data_fetch.own_files import ImageFiles, read_array

from .writing import PIXELS

STACK = np.stack([PIXELS, PIXELS // 2, PIXELS // 4])


def dicom(path: Path, array: np.ndarray, bits: int = 12, **tags: object) -> Path:
    """A DICOM slice of some bits in 16."""
    pydicom = pytest.importorskip("pydicom")
    meta = pydicom.dataset.FileMetaDataset()
    meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.4", "1.2.3"
    file = pydicom.dataset.FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    file.Rows, file.Columns = array.shape[-2:]
    file.SamplesPerPixel, file.PhotometricInterpretation = 1, "MONOCHROME2"
    file.BitsAllocated, file.BitsStored, file.HighBit, file.PixelRepresentation = 16, bits, bits - 1, 0
    file.PixelData = array.astype(np.uint16).tobytes()
    for name, value in tags.items():
        setattr(file, name, value)
    file.save_as(path, enforce_file_format=True)
    return path


def test_dicom_slices(tmp_path: Path) -> None:
    twelve = PIXELS.astype(np.uint16) * 16 + 15
    array = ImageFiles([dicom(tmp_path / "a.DCM", twelve)])[0].array
    np.testing.assert_allclose(array, twelve / 4095, rtol=1e-6)
    many = dicom(tmp_path / "many.dcm", STACK, 8, NumberOfFrames=3)
    with pytest.raises(ValueError, match="holds 3 frames"):
        read_array(many)
    np.testing.assert_array_equal(read_array(Path(f"{many}:1")), STACK[1])
    for kind in ("MONOCHROME1", "RGB"):
        with pytest.raises(ValueError, match=f"DICOM image in {kind}: expected MONOCHROME2"):
            read_array(dicom(tmp_path / "b.dcm", twelve, PhotometricInterpretation=kind))


def test_what_stands_before_a_dicom_file_and_what_it_cannot_decode(tmp_path: Path) -> None:
    path = dicom(tmp_path / "a.dcm", PIXELS, 8)
    path.write_bytes(b"II*\0" + path.read_bytes()[4:])  # the head of a TIFF picture, which some programs write
    np.testing.assert_array_equal(read_array(path), PIXELS)
    pydicom = pytest.importorskip("pydicom")
    file = pydicom.dcmread(path)
    file.file_meta.TransferSyntaxUID = pydicom.uid.JPEGLSLossless
    file.PixelData = pydicom.encaps.encapsulate([b"\xff\xd8\xff\xd9"])
    file["PixelData"].is_undefined_length = True
    file.save_as(path, enforce_file_format=True)
    with pytest.raises(ValueError, match=r"a\.dcm is a DICOM image whose values cannot be read: .*JPEG-LS") as raised:
        read_array(path)
    assert "\n" not in str(raised.value)


def test_dicom_without_pydicom_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = builtins.__import__

    def refuse(name: str, *rest: object) -> object:
        if name == "pydicom":
            raise ImportError(name)
        return original(name, *rest)

    monkeypatch.delitem(sys.modules, "pydicom", raising=False)
    monkeypatch.setattr(builtins, "__import__", refuse)
    (tmp_path / "a.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"\0" * 64)
    with pytest.raises(ValueError, match=r"a\.dcm is a DICOM file, and pydicom is not installed.*pip install"):
        read_array(tmp_path / "a.dcm")
