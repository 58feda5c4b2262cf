"""What can go wrong with data, one class each; a message is one line: what was met, what was expected."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class DataError(Exception):
    """Base of every error of this package: ``except DataError`` catches them all."""


class UnknownName(DataError, LookupError):
    """No data set, subset, file or sample of this name; the message suggests the nearest one."""


class HashMismatch(DataError):
    """A file has the right size or more, but not the registered sha256; the message names the file and both hashes."""


class TruncatedFile(DataError):
    """A file, or a transfer, is shorter than registered: it was cut."""


class DiskFull(DataError):
    """The cache folder's disk, or its quota, has no room left."""


class WrongSetup(DataError):
    """Something that a person has set is wrong: a certificate, a proxy, an address, a cache folder that is none.

    It is not taken for a missing network: no data stand in for it in silence.
    """


class ReadOnlyCache(WrongSetup):
    """A file is missing and the cache folder cannot be written."""


class NoNetwork(DataError):
    """The host of the data cannot be reached at all, or stopped answering."""


class HttpRefusal(DataError):
    """The host answers, and refuses: 403, 404, or a server error that stays.

    ``status`` is its HTTP status, ``retry_after`` the seconds that it asks to be left alone (0 when it does not say).
    """

    def __init__(self, message: str, status: int = 0, retry_after: float = 0) -> None:
        super().__init__(message)
        self.status, self.retry_after = status, retry_after


class CannotDecode(DataError):
    """The file is what the registry says, but holds no array of the kind that was asked for."""


def nearest(name: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` with the known name nearest to ``name``, or nothing when none is near."""
    by_lower = {k.lower(): k for k in known}
    found = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.5)
    return f"; did you mean {by_lower[found[0]]!r}?" if found else ""
