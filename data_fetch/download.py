"""One file over HTTP: pooch's downloader with a deadline, retries, and no trace left by a transfer that fails."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import requests
from pooch import HTTPDownloader

from .cache import check_bytes
from .errors import DataError, HttpRefusal, NoNetwork, TruncatedFile
from .network import PATIENCE, Pace, Patience, Stopped, host_of, never_connected, no_network, reason_of
from .registry import RegisteredFile

CUT = (
    requests.exceptions.ConnectionError,
    requests.exceptions.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)


class Sink:
    """The file a transfer writes to: counts the bytes that arrive and ends the transfer when all are told to stop."""

    def __init__(self, file: BinaryIO, stop: threading.Event, arrived: Callable[[int], None]) -> None:
        self.file, self.stop, self.arrived, self.count = file, stop, arrived, 0

    def write(self, chunk: bytes) -> None:
        if self.stop.is_set():
            raise Stopped
        self.file.write(chunk)
        self.count += len(chunk)
        self.arrived(len(chunk))

    def flush(self) -> None:
        self.file.flush()


def download(
    file: RegisteredFile,
    target: Path,
    stop: threading.Event,
    arrived: Callable[[int], None] = lambda count: None,
    patience: Patience = PATIENCE,
    pace: Pace | None = None,
) -> None:
    """Fetch ``file.url`` to ``target`` (a temporary place) and check it; the caller renames it when this returns.

    Asked again, with doubling pauses: a cut or stalled transfer, 429 and 5xx. Not asked again: any other HTTP status,
    and a file of full length with another sha256.

    :param arrived: called with the number of bytes that came, a negative one when they do not count after all.
    :param pace: shared by all transfers of a set.
    :raises NoNetwork: as `HttpRefusal`, `TruncatedFile` and `HashMismatch`, after the last attempt.
    :raises OSError: for a disk that is full or cannot be written.
    """
    pause, pace = patience.first_pause, pace or Pace(patience.apart)
    for attempt in range(1, patience.attempts + 1):
        pace.wait(stop)
        try:
            return transfer(file, target, stop, arrived, patience)
        except (TruncatedFile, NoNetwork, HttpRefusal) as error:
            asked = min(getattr(error, "retry_after", 0), patience.longest_pause)
            pace.hold(asked)
            final = (
                attempt == patience.attempts
                or (isinstance(error, HttpRefusal) and not is_passing(error))
                or (isinstance(error, NoNetwork) and attempt == patience.reconnects)
            )
            if final or stop.wait(max(asked, pause * random.uniform(0.8, 1.2))):
                raise
            pause *= 2
    raise AssertionError("unreachable")


def is_passing(refusal: HttpRefusal) -> bool:
    """Whether the status is one that passes: too many requests, or the server's own trouble."""
    return refusal.status == 429 or 500 <= refusal.status < 600


def transfer(
    file: RegisteredFile, target: Path, stop: threading.Event, arrived: Callable[[int], None], patience: Patience
) -> None:
    """One attempt of `download`."""
    with target.open("wb") as opened:
        sink = Sink(opened, stop, arrived)
        try:
            HTTPDownloader(chunk_size=1 << 16, timeout=(patience.connect, patience.silence))(file.url, sink, None)
        except requests.exceptions.RequestException as error:
            arrived(-sink.count)  # the bar goes back
            raise translated(error, file, sink.count) from error
    content = target.read_bytes()
    try:
        check_bytes(content, file, file.url)
    except DataError:
        arrived(-sink.count)
        raise


def translated(error: requests.exceptions.RequestException, file: RegisteredFile, received: int) -> DataError:
    """The error of ours that says what a requests error means."""
    if isinstance(error, requests.exceptions.HTTPError):
        status, reason = error.response.status_code, error.response.reason
        asked = error.response.headers.get("Retry-After", "")
        message = f"{host_of(file.url)} refuses {file.url}: {status} {reason}"
        return HttpRefusal(message, status=status, retry_after=float(asked) if asked.isdigit() else 0)
    if never_connected(error):
        return NoNetwork(no_network(host_of(file.url), reason_of(error)))
    if isinstance(error, CUT):
        return TruncatedFile(
            f"{file.url} was cut after {received} of {file.bytes} bytes ({reason_of(error)}); nothing of it is kept"
        )
    return HttpRefusal(f"{file.url} cannot be fetched ({reason_of(error)})")
