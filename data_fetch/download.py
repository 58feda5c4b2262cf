"""One file over HTTP: within bounds of bytes, rate and time, with retries, and no trace left by a transfer that fails."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import requests
import urllib3.exceptions

from .cache import check_bytes
from .causes import of_contact, reason_of
from .errors import DataError, HashMismatch, HttpRefusal, NoNetwork, TruncatedFile, WrongSetup
from .network import PATIENCE, Pace, Patience, Stopped, beside, host_of
from .registry import RegisteredFile

CHUNK = 1 << 16
LOGIN = {
    407: "the proxy asks for a name and a password (HTTPS_PROXY and HTTP_PROXY may hold them)",
    511: "this network asks for a login first",
}
"""statuses of what stands between us and the host"""


class Sink:
    """The file a transfer writes to: it counts the bytes that arrive, and ends the transfer when all are told to stop, at the
    registered number of bytes, below the least rate, and when its time is over.
    """

    def __init__(
        self,
        opened: BinaryIO,
        stop: threading.Event,
        arrived: Callable[[int], None],
        file: RegisteredFile,
        patience: Patience,
        end: float,
    ) -> None:
        self.opened, self.stop, self.arrived, self.file, self.patience = opened, stop, arrived, file, patience
        self.count, self.before, self.since, self.end = 0, 0, time.monotonic(), end

    def write(self, chunk: bytes) -> None:
        """Take what has arrived, if it may.

        :raises HashMismatch: for more bytes than are registered.
        :raises TruncatedFile: when they come too slowly, or too late.
        """
        if self.stop.is_set():
            raise Stopped
        if self.count + len(chunk) > self.file.bytes:
            raise HashMismatch(
                f"{self.file.url} is not the registered file: it sends more than the {self.file.bytes} bytes that are registered"
            )
        self.opened.write(chunk)
        self.count += len(chunk)
        self.arrived(len(chunk))
        now, patience = time.monotonic(), self.patience
        if now > self.end:
            raise self.cut("its time is over")
        if now - self.since >= patience.window:
            if self.count - self.before < patience.least * (now - self.since) and self.count < self.file.bytes:
                raise self.cut(f"{(self.count - self.before) / (now - self.since):.0f} bytes a second: too slow")
            self.before, self.since = self.count, now

    def cut(self, reason: str) -> TruncatedFile:
        """The error for a transfer that ended too early."""
        return TruncatedFile(
            f"{self.file.url} was cut after {self.count} of {self.file.bytes} bytes ({reason}); nothing of it is kept"
        )


def download(
    file: RegisteredFile,
    target: Path,
    stop: threading.Event,
    arrived: Callable[[int], None] = lambda count: None,
    patience: Patience = PATIENCE,
    pace: Pace | None = None,
) -> None:
    """Fetch ``file.url`` to ``target`` (a temporary place) and check it; the caller renames it when this returns.

    Asked again, with doubling pauses: a cut, stalled or slow transfer, 429 and 5xx. Not asked again: any other HTTP status,
    and a file of full length with another sha256.

    :param arrived: called with the number of bytes that came, a negative one when they do not count after all.
    :param pace: shared by all transfers of a set.
    :raises NoNetwork: as `HttpRefusal`, `TruncatedFile` and `HashMismatch`, after the last attempt.
    :raises OSError: for a disk that is full or cannot be written.
    """
    pause, pace = patience.first_pause, pace or Pace(patience.apart)
    end = time.monotonic() + patience.total + file.bytes / patience.average
    for attempt in range(1, patience.attempts + 1):
        pace.wait(stop)
        try:
            return transfer(file, target, stop, arrived, patience, end)
        except (TruncatedFile, NoNetwork, HttpRefusal) as error:
            asked = min(getattr(error, "retry_after", 0), patience.longest_pause)
            pace.hold(asked)
            final = (
                attempt == patience.attempts
                or time.monotonic() > end
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
    file: RegisteredFile,
    target: Path,
    stop: threading.Event,
    arrived: Callable[[int], None],
    patience: Patience,
    end: float = float("inf"),
) -> None:
    """One attempt of `download`."""
    with target.open("wb") as opened:
        sink = Sink(opened, stop, arrived, file, patience, end)
        try:
            with answer(file, sink, patience) as response:
                receive(response, sink)
            opened.flush()
            check_bytes(target.read_bytes(), file, file.url)
        except DataError:
            arrived(-sink.count)  # the bar goes back
            raise


def answer(file: RegisteredFile, sink: Sink, patience: Patience) -> requests.Response:
    """The head of the host's answer; what comes after it is still to be read.

    :raises DataError: when there is none, or it is a refusal.
    """

    def ask() -> requests.Response:
        return requests.get(file.url, stream=True, timeout=(patience.connect, patience.silence))

    try:
        response = beside(ask, patience.contact)
    except TimeoutError as error:
        raise sink.cut(str(error)) from None
    except Exception as error:
        raise of_contact(error, file.url, host_of(file.url)) or broken(error, file, sink) from error
    if response.status_code >= 400:
        response.close()
        if response.status_code in LOGIN:
            raise WrongSetup(
                f"{host_of(file.url)} is not reached: {response.status_code}, {LOGIN[response.status_code]}"
            )
        asked = response.headers.get("Retry-After", "")
        raise HttpRefusal(
            f"{host_of(file.url)} refuses {file.url}: {response.status_code} {response.reason}",
            status=response.status_code,
            retry_after=float(asked) if asked.isdigit() else 0,
        )
    return response


def receive(response: requests.Response, sink: Sink) -> None:
    """Read what comes, as soon as it comes: a host that sends one byte a second is found out after a window.

    :raises DataError: when the transfer breaks, or is ended by its `Sink`.
    """
    while True:
        try:
            chunk = response.raw.read1(CHUNK, decode_content=True)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise sink.cut(reason_of(error)) from error
        if not chunk:
            return
        sink.write(chunk)


def broken(error: BaseException, file: RegisteredFile, sink: Sink) -> DataError:
    """The error of ours for a request that failed after the host was reached."""
    if isinstance(error, requests.exceptions.ConnectionError | requests.exceptions.Timeout):
        return sink.cut(reason_of(error))
    return HttpRefusal(f"{file.url} cannot be fetched ({reason_of(error)})")
