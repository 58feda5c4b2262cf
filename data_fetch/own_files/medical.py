"""What scanners and their programs write: NIfTI volumes, and DICOM slices where pydicom is installed."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from ..decoders import nifti
from ..decoders.guards.compressed import require_bounded
from .choosing import Refusal, number_among

INFLATED = b"1.2.840.10008.1.2.1.99"  # a DICOM file that is compressed as a whole: its size is not known beforehand


def read_nifti(content: bytes, names: list[str]) -> np.ndarray:
    """The values of a NIfTI file, (x, y, z …): whole numbers as they lie there, floats where the file scales them."""
    return nifti.volume(nifti.image(content))


def read_dicom(content: bytes, names: list[str]) -> tuple[np.ndarray, float]:
    """The stored values of a DICOM slice, and the value of white by its number of bits.

    :raises Refusal: where pydicom is missing, for colours, an inverted scale, several frames and none named, and for a
        compression that pydicom cannot read by itself.
    """
    try:
        import pydicom
    except ImportError:
        raise Refusal(
            "is a DICOM file, and pydicom is not installed, which reads it: pip install 'pydicom>=3,<4', or save the slice "
            "as .npy"
        ) from None
    if INFLATED in content[:2000]:
        raise Refusal("is a DICOM file that is compressed as a whole, which is not opened: save it uncompressed")
    file: Any = pydicom.dcmread(io.BytesIO(content))
    if "PixelData" not in file:
        raise Refusal("is a DICOM file without an image")
    kind = str(file.get("PhotometricInterpretation", ""))
    if int(file.get("SamplesPerPixel", 1)) != 1 or kind != "MONOCHROME2":
        raise Refusal(
            f"is a DICOM image in {kind or 'an unknown scale'}: expected MONOCHROME2, grey values up to white"
        )
    frames = int(file.get("NumberOfFrames", 1) or 1)
    require_bounded(4 * frames * int(file.Rows) * int(file.Columns))
    number = number_among(frames, names, "frames")
    try:
        values = file.pixel_array
    except (RuntimeError, NotImplementedError, AttributeError, ValueError) as error:
        raise Refusal(f"is a DICOM image whose values cannot be read: {error}") from None
    signed = int(file.get("PixelRepresentation", 0))
    return values[number] if values.ndim > 2 else values, 2.0 ** (int(file.BitsStored) - signed) - 1
