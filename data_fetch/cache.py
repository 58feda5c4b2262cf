"""Where files lie, and the check that every one of them passes before it is opened."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from pathlib import Path

from .errors import HashMismatch, TruncatedFile, WrongSetup
from .registry import Entry, RegisteredFile


def cache_folder() -> Path:
    """``$MDDL_DATA`` when set, else the user's cache folder; files lie at ``<folder>/<data set>/<file name>``.

    A relative ``$MDDL_DATA`` is made absolute here once, so that a later change of folder does not move the data. It must
    exist then: notebooks run in folders of their own, where the same words name another place.

    :raises WrongSetup: for a value that names no folder.
    """
    chosen = os.environ.get("MDDL_DATA")
    if chosen:
        return named_folder(chosen)
    import pooch  # here: a tenth of a second that a reader with a folder of their own does not need

    return Path(pooch.os_cache("mddl"))


def settle() -> None:
    """Make ``$MDDL_DATA`` absolute as seen from the folder that this process started in, there or not.

    For commands: whoever set it stands in that folder. What they start, kernels too, inherits it.
    """
    chosen = os.environ.get("MDDL_DATA")
    if chosen:
        with contextlib.suppress(RuntimeError, OSError):  # `named_folder` says what is wrong
            os.environ["MDDL_DATA"] = str(Path(chosen).expanduser().absolute())


def named_folder(chosen: str) -> Path:
    """The folder that ``$MDDL_DATA`` names.

    :raises WrongSetup: when that can be none.
    """
    said = f"MDDL_DATA is {shortened(chosen)!r}"
    try:
        path = Path(chosen).expanduser()
        if not path.is_absolute():
            path = path.absolute()
            if not path.exists():
                raise WrongSetup(
                    f"{said}, a relative path, and there is no such folder in {path.parents[len(Path(chosen).parts) - 1]}: "
                    "expected an absolute path, or one that is there"
                )
            os.environ["MDDL_DATA"] = str(path)
        mode = path.stat().st_mode
    except FileNotFoundError:
        if path.is_symlink():
            raise WrongSetup(f"{said}, a link that leads nowhere: expected a folder") from None
        return path  # it is made when something comes
    except RuntimeError:  # of expanduser
        raise WrongSetup(f"{said}, and nobody of that name has a home here: expected a folder") from None
    except OSError as error:
        raise WrongSetup(f"{said}, which cannot be opened ({error.strerror}): expected a folder") from None
    if not stat.S_ISDIR(mode):
        raise WrongSetup(f"{said}, which is a file: expected a folder")
    return path


def shortened(text: str, most: int = 80) -> str:
    """The beginning of a long text."""
    return text if len(text) <= most else text[:most] + "…"


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
