"""Where files lie, and the check that every one of them passes before it is opened."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from .errors import HashMismatch, TruncatedFile
from .registry import Entry, RegisteredFile


def cache_folder() -> Path:
    """``$MDDL_DATA`` when set, else the user's cache folder; files lie at ``<folder>/<data set>/<file name>``."""
    chosen = os.environ.get("MDDL_DATA")
    if chosen:
        return Path(chosen).expanduser()
    import pooch  # here: a tenth of a second that a reader with a folder of their own does not need

    return Path(pooch.os_cache("mddl"))


def location(entry: Entry, file: RegisteredFile) -> Path:
    """Where this file lies, or will lie."""
    return cache_folder() / entry.dataset / file.name


def looks_present(entry: Entry, file: RegisteredFile) -> bool:
    """Whether a file of the registered size lies there; cheap, and no replacement for `read_checked`."""
    try:
        return location(entry, file).stat().st_size == file.bytes
    except OSError:
        return False


def check_bytes(content: bytes, file: RegisteredFile, where: Path | str) -> bytes:
    """Return ``content`` if it is the registered one.

    :raises TruncatedFile: naming ``where``, for fewer bytes than are registered.
    :raises HashMismatch: naming ``where``, for others.
    """
    if len(content) < file.bytes:
        raise TruncatedFile(f"{where} is cut: {len(content)} bytes, registered are {file.bytes}")
    found = hashlib.sha256(content).hexdigest()
    if found != file.sha256:
        raise HashMismatch(f"{where} is not the registered file: its sha256 is {found}, registered is {file.sha256}")
    return content


def read_checked(entry: Entry, file: RegisteredFile) -> bytes:
    """Read a cached file and check its sha256; what is decoded afterwards is these very bytes.

    :raises FileNotFoundError: when it is not here.
    :raises TruncatedFile: as `HashMismatch`, when it is not the registered one.
    """
    path = location(entry, file)
    return check_bytes(path.read_bytes(), file, path)
