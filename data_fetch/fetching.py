"""A whole data set into the cache: what is missing, in parallel, each file appearing at once or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING

from .cache import cache_folder, location, looks_present, read_checked
from .errors import DataError, DiskFull, HashMismatch, HttpRefusal, NoNetwork, ReadOnlyCache, TruncatedFile, WrongSetup
from .registry import Entry, RegisteredFile, find

if TYPE_CHECKING:
    from .network import Patience

PARTIAL = ".partial-"  # folders with this prefix hold transfers under way
READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST}
FULL = {errno.ENOSPC, errno.EDQUOT}


def fetch(name: str, patience: Patience | None = None) -> Path:
    """Make sure that every file of a data set (``chest_mr``) or subset (``chest_mr/train``) is here and right.

    Every file's sha256 is checked. What is missing, cut or altered is downloaded; nothing is written when nothing is.

    :returns: the folder of the data set; the cache folder for a set made by code, which has no files.
    :raises DataError: `UnknownName`, `NoNetwork`, `HttpRefusal`, `HashMismatch`, `TruncatedFile`, `DiskFull`,
        `ReadOnlyCache` or another `WrongSetup`.
    """
    entry = find(name)
    if entry.embedded:
        return cache_folder()
    fetch_files(entry, entry.files, patience)
    return cache_folder() / entry.dataset


def fetch_files(entry: Entry, files: tuple[RegisteredFile, ...], patience: Patience | None = None) -> None:
    """`fetch` for some files of a set only."""
    wrong = {file: problem for file in files if (problem := problem_of(entry, file)) is not None}
    if not wrong:
        return
    try:
        bring(entry, tuple(wrong), patience)
    except (NoNetwork, HttpRefusal, WrongSetup) as error:
        damaged = next((problem for problem in wrong.values() if isinstance(problem, DataError)), None)
        if damaged is None:
            raise
        raise type(damaged)(f"{damaged}; and it cannot be replaced: {error}") from error


def problem_of(entry: Entry, file: RegisteredFile) -> Exception | None:
    """What is wrong with the cached file: not there, cut, altered, unreadable; None when nothing is."""
    try:
        read_checked(entry, file)
    except (TruncatedFile, HashMismatch, OSError) as error:
        return error
    return None


def available(name: str) -> bool:
    """Whether all files lie in the cache with their registered size (no network, no hashing); a set made by code is here.

    :raises UnknownName: for a name that no set has.
    """
    entry = find(name)
    return all(looks_present(entry, file) for file in entry.files)


def bring(entry: Entry, files: tuple[RegisteredFile, ...], patience: Patience | None = None) -> None:
    """Download ``files``; the first failure stops all. What had arrived by then stays: complete and checked.

    Many small files come side by side over a few connections, and their host is asked no faster than it likes.
    """
    from tqdm import tqdm  # here, with the network's modules: where all files lie in the cache, nobody waits for them

    from .download import download
    from .network import PATIENCE, Pace, Stopped, host_of, require_reachable

    patience = patience or PATIENCE
    with writable_folder(entry) as partial:
        for url in {host_of(file.url): file.url for file in files}.values():
            require_reachable(url, patience)
        stop, pace = threading.Event(), Pace(patience.apart)
        quiet = "1" in (os.environ.get("MDDL_STATIC"), os.environ.get("MDDL_QUIET"))
        size = sum(file.bytes for file in files)
        with tqdm(desc=entry.name, total=size, unit="B", unit_scale=True, disable=quiet, leave=False) as bar:
            guard = threading.Lock()

            def arrived(count: int) -> None:
                with guard:
                    bar.update(count)

            def one(number: int, file: RegisteredFile) -> None:
                if stop.is_set():
                    raise Stopped
                temporary = partial / str(number)
                download(file, temporary, stop, arrived, patience, pace)
                final = location(entry, file)
                final.parent.mkdir(parents=True, exist_ok=True)
                os.replace(temporary, final)  # atomic: on the same disk, a reader sees the whole file or none

            with ThreadPoolExecutor(patience.workers) as pool:
                futures = [pool.submit(one, number, file) for number, file in enumerate(files)]
                try:
                    wait(futures, return_when=FIRST_EXCEPTION)
                finally:  # also on Ctrl-C: the transfers under way end at their next chunk
                    stop.set()
                    pool.shutdown(cancel_futures=True)
            errors = [f.exception() for f in futures if not f.cancelled() and f.exception()]
            for error in sorted(errors, key=lambda error: isinstance(error, Stopped)):
                raise error


@contextlib.contextmanager
def writable_folder(entry: Entry) -> Iterator[Path]:
    """A temporary folder beside the files to come, removed at the end; says what a refused or full disk means."""
    folder = cache_folder() / entry.dataset
    partial, new = None, [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        remove_leftovers(folder)
        partial = Path(tempfile.mkdtemp(prefix=PARTIAL, dir=folder))
        yield partial
    except OSError as error:
        if error.errno in FULL:
            raise DiskFull(f"no room left for {entry.name} ({entry.bytes / 1e6:.1f} MB) in {folder}") from error
        if error.errno in READ_ONLY:
            raise ReadOnlyCache(
                f"{entry.name} is not complete in {folder}, and that folder cannot be written ({error.strerror}):"
                " set MDDL_DATA to a folder that can"
            ) from error
        raise WrongSetup(
            f"{folder} cannot be used for {entry.name} ({error.strerror or error}): set MDDL_DATA"
        ) from error
    finally:
        if partial is not None:
            shutil.rmtree(partial, ignore_errors=True)
        with contextlib.suppress(OSError):
            for empty in new or [folder]:
                empty.rmdir()  # when nothing came, nothing is left; a folder with files in it stays, and those above it


def remove_leftovers(folder: Path, older_than: float = 24 * 3600) -> None:
    """Remove what a killed process left more than a day ago; younger ones may be another process at work."""
    for path in folder.glob(f"{PARTIAL}*"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > older_than:
                shutil.rmtree(path, ignore_errors=True)
