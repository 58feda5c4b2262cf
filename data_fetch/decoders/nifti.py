"""Volumes in NIfTI files, compressed or not, by nibabel."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import CannotDecode
from ..registry import Group
from .guards.compressed import is_gzip, require_bounded, unzipped


def read(content: bytes, group: Group) -> list[np.ndarray]:
    """The volume as it lies in the file, its scale applied; the axes are the file's (x, y, z)."""
    return [volume(image(content))]


def image(content: bytes) -> Any:
    """The file as nibabel has it, nothing of its values read.

    :raises CannotDecode: for a head whose values lie in another file.
    """
    import nibabel  # here: only the chapters with volumes need it

    content = unzipped(content) if is_gzip(content) else content
    if content[344:348] == b"ni1\0":
        raise CannotDecode("a NIfTI head whose values lie in another file (.img), expected one file (.nii)")
    second = int.from_bytes(content[:4], "little") == 540 or int.from_bytes(content[:4], "big") == 540
    return (nibabel.Nifti2Image if second else nibabel.Nifti1Image).from_bytes(content)


def volume(found: Any) -> np.ndarray:
    """The values of `image`'s file.

    :raises CannotDecode: when they are too many.
    """
    require_bounded(int(np.prod(found.shape, dtype=np.float64)) * found.get_data_dtype().itemsize)
    return np.asanyarray(found.dataobj)
