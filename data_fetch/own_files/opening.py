"""Files from anywhere are opened with care: regular ones, of bounded size, and never one that waits."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from ..decoders.guards.compressed import LARGEST

KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


def opened(path: Path) -> BinaryIO:
    """A regular file, opened for reading.

    :raises ValueError: for a folder, a pipe, a device.
    :raises OSError: as `open` does.
    """
    try:
        # without O_NONBLOCK, opening a pipe waits until somebody writes into it
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except PermissionError:
        if path.is_dir():  # as Windows says it
            raise ValueError(f"{path} is a folder: expected a file") from None
        raise
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        what = next((words for test, words in KINDS if test(mode)), "no regular file")
        raise ValueError(f"{path} is {what}: expected a file")
    return open(descriptor, "rb")


def beginning(path: Path, count: int = 1024) -> bytes:
    """The first bytes of a regular file.

    :raises ValueError: as `opened` does, and for an empty file.
    :raises OSError: as `open` does.
    """
    with opened(path) as file:
        content = file.read(count)
    if not content:
        raise ValueError(f"{path} is empty")
    return content


def read_regular(path: Path, largest: int = LARGEST) -> bytes:
    """The bytes of a regular file.

    :raises ValueError: for a folder, a pipe, a device, an empty file, or one larger than ``largest``.
    :raises OSError: as `open` does.
    """
    with opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        content = file.read(largest + 1) if size <= largest else b""
    if max(len(content), size) > largest:
        raise ValueError(f"{path} has more than {largest / 2**20:.0f} MB: nothing so large is read")
    if not content:
        raise ValueError(f"{path} is empty")
    return content


def split(path: Path) -> tuple[Path, list[str]]:
    """The file, and what is meant in it: ``head.nii.gz:40`` is number 40 of that file, ``scan.h5:image`` its data set
    ``image``, ``scan.h5:image:3`` number 3 of that one. A file of the whole name is just that file.
    """
    file, names = Path(path), []
    while not file.exists() and ":" in file.name and file.name.rpartition(":")[0]:
        shorter, _, name = file.name.rpartition(":")
        file, names = file.with_name(shorter), [name, *names]
    return (file, names) if file.exists() else (Path(path), [])
