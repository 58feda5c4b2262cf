"""Volumes in NIfTI files, compressed or not, by nibabel."""

from __future__ import annotations

import gzip

import numpy as np

from ..registry import Group


def read(content: bytes, group: Group) -> list[np.ndarray]:
    """The volume as it lies in the file, its scale applied; the axes are the file's (x, y, z)."""
    import nibabel  # here: only the chapters with volumes need it

    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    return [np.asanyarray(nibabel.Nifti1Image.from_bytes(content).dataobj)]
