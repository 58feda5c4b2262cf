"""What is compressed is let out up to a limit: a few kilobytes can hold gigabytes of zeros."""

from __future__ import annotations

import struct
import zlib

from ...errors import CannotDecode

LARGEST = 2**30
"""bytes that a file, or one array of it, may have"""
STEP = 1 << 20
COMPRESSED = 15  # miCOMPRESSED, the type of a compressed element of a MATLAB v5 file


def is_gzip(content: bytes) -> bool:
    """Whether gzip made it."""
    return content[:2] == b"\x1f\x8b"


def unzipped(content: bytes, largest: int = LARGEST, cut: bool = False) -> bytes:
    """The inside of a gzip file.

    :param cut: whether only the beginning of the file is given: then what is inside that much.
    :raises CannotDecode: for more than ``largest`` bytes.
    :raises EOFError: for a file that is cut.
    """
    parts, length = [], 0
    while content:
        inside = zlib.decompressobj(wbits=31)
        while not inside.eof:
            part = inside.decompress(content, STEP)
            content = inside.unconsumed_tail
            length += len(part)
            require_bounded(length, largest)
            parts.append(part)
            if not part and not content and not inside.eof:
                if cut:
                    return b"".join(parts)
                raise EOFError("it is cut")
        content = inside.unused_data.lstrip(b"\0")
    return b"".join(parts)


def require_bounded(length: int, largest: int = LARGEST) -> None:
    """Say so when an array, or what is inside a compressed file, is larger than anything that is read here.

    :raises CannotDecode: then.
    """
    if length > largest:
        raise CannotDecode(f"more than {largest / 2**20:.0f} MB inside: nothing so large is read")


def require_bounded_matlab(content: bytes, largest: int = LARGEST) -> None:
    """Let the compressed elements of a v5 file out, bit by bit and without keeping them, to see how large they are.

    :raises CannotDecode: when they are too large together.
    """
    order = "<" if content[126:128] == b"IM" else ">"
    place, length = 128, 0
    while place + 8 <= len(content):
        kind, size = struct.unpack(order + "II", content[place : place + 8])
        if kind == COMPRESSED:
            inside, rest = zlib.decompressobj(), content[place + 8 : place + 8 + size]
            while rest and not inside.eof:
                length += len(inside.decompress(rest, STEP))
                rest = inside.unconsumed_tail
                require_bounded(length, largest)
        place += 8 + size
