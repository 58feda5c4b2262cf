"""IDX files, the format of MNIST: two zero bytes, a type, the number of axes, their lengths, then the values."""

from __future__ import annotations

import numpy as np

from ..errors import CannotDecode
from ..registry import Group
from .guards.compressed import is_gzip, unzipped

TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


def read(content: bytes, group: Group) -> np.ndarray:
    """The values, the first axis counting samples.

    :raises CannotDecode: for another format, or a file that is cut or too long.
    """
    content = unzipped(content) if is_gzip(content) else content
    if content[:2] != b"\0\0" or len(content) < 4 or content[2] not in TYPES or not content[3]:
        raise CannotDecode("no IDX file: it does not start with two zeros, a type and a number of axes")
    kind, axes = np.dtype(TYPES[content[2]]), content[3]
    shape = tuple(np.frombuffer(content, ">u4", axes, 4).astype(int))
    start, size = 4 + 4 * axes, int(np.prod(shape)) * kind.itemsize
    if len(content) != start + size:
        raise CannotDecode(f"an IDX file of {len(content)} bytes, expected {start + size} for the shape {shape}")
    return np.frombuffer(content, kind, offset=start).reshape(shape)
