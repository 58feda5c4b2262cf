"""One array from one file: its format by what it holds, never by what it is called."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..decoders.guards.compressed import is_gzip, unzipped
from ..decoders.signatures import is_hdf5, seems
from ..errors import CannotDecode
from . import containers, medical, pictures
from .choosing import Refusal, one_image
from .opening import read_regular, split

ACCEPTED = (
    "pictures in grey (.png, .tif, .jpg, .bmp, .gif, .pgm, .webp), .npy, .npz, .mat (v5, v7.3), .h5, .nii, .nii.gz and "
    ".dcm"
)


@dataclass(frozen=True)
class Loaded:
    """An image or a mask as it lies in its file, and what the file says of its scale."""

    array: np.ndarray
    """(height, width): whole numbers, floats, truth values or complex numbers"""
    white: float | None = None
    """the value of white by the declared depth; None where the type of the numbers says it"""


READERS: dict[str, Callable[[bytes, list[str]], Any]] = {
    "an .npy file": containers.npy,
    "a zip archive (.npz, or a new torch file)": containers.npz,
    "a MATLAB v5 file": containers.mat,
    "a MATLAB v7.3 file": containers.mat,
    "an HDF5 file": containers.h5,
    "a NIfTI volume": medical.read_nifti,
    "a DICOM file": medical.read_dicom,
    **{f"a {name} picture": pictures.read for name in ("PNG", "JPEG", "TIFF", "GIF", "BMP", "PNM", "WebP")},
}
"""what a file seems to be → how it is read"""


def load(path: Path) -> Loaded:
    """The one image in a file, or the one that the names after the file's own say: ``head.nii.gz:40``.

    :raises ValueError: when there is none, or more than one, or the file cannot be read; the message names the file, what
        it seems to be, and what is accepted. Nothing in a file is executed, and no other file is opened.
    :raises OSError: when the file is not there, or may not be read.
    """
    file, said = split(Path(path))
    names = list(said)
    content = read_regular(file)
    what = kind_of(content, file)
    try:
        if what not in READERS:
            raise Refusal(f"seems to be {what}: accepted are {ACCEPTED}")
        found = READERS[what](content, names)
        array, white = found if isinstance(found, tuple) else (found, None)
        return Loaded(one_image(array, names, last=READERS[what] in (containers.mat, medical.read_nifti)), white)
    except Refusal as refusal:
        way = ":".join([str(file), *said[: len(said) - len(names)]])  # as far as the names led
        raise ValueError(f"{way} {in_one_line(refusal, 500).replace('FILE:', f'{way}:')}") from None
    except CannotDecode as error:
        raise ValueError(f"{file} seems to be {what} and cannot be read: {in_one_line(error)}") from None
    except Exception as error:  # the libraries raise a dozen kinds for a cut file
        raise ValueError(
            f"{file} seems to be {what} and cannot be read, it may be cut, damaged or of a rare variant ({in_one_line(error)})"
        ) from None


def read_array(path: Path) -> np.ndarray:
    """The array of `load`, with its type and values as they lie in the file.

    :raises ValueError: as `load` does.
    :raises OSError: as `load` does.
    """
    return load(path).array


def kind_of(content: bytes, path: Path) -> str:
    """What a file seems to be; its ending only tells a MATLAB file from other HDF5, and an old MATLAB file by itself."""
    what = seems(content)
    if is_gzip(content) and seems(unzipped(content[:1024], cut=True)) == "a NIfTI volume":
        return "a NIfTI volume"
    if path.suffix.lower() == ".mat":
        if is_hdf5(content):
            return "a MATLAB v7.3 file"
        if content[2:4] == b"\0\0" or content[:2] == b"\0\0":
            return "a MATLAB v5 file"  # version 4, which has no signature but a small number; scipy reads both
    return what


def in_one_line(error: BaseException, most: int = 160) -> str:
    """An error's text without line ends and addresses of objects."""
    text = re.sub(r"<[^<>]*\bat 0x[0-9a-fA-F]+>|\bat 0x[0-9a-fA-F]+", "the file", str(error) or type(error).__name__)
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"
