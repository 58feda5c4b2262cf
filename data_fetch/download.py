"""One file over HTTP: pooch's downloader with a deadline, retries, and no trace left by a transfer that fails."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

import requests
from pooch import HTTPDownloader
from urllib3.exceptions import MaxRetryError

from .cache import check_bytes
from .errors import DataError, HttpRefusal, NoNetwork, TruncatedFile
from .registry import RegisteredFile


@dataclass(frozen=True)
class Patience:
    """How long to wait for a host, and how often to ask again.

    Taught in :doc:`/data`.
    """

    attempts: int = 4  # per file, for cut transfers, silence and server errors
    reconnects: int = 2  # of these, how many may fail to connect at all
    first_pause: float = 0.5  # seconds before the second attempt; doubles each time
    longest_pause: float = 30.0  # seconds, for a host that asks to be left alone for longer
    connect: float = 3.0  # seconds to open a connection
    silence: float = 15.0  # seconds without a byte before a transfer counts as stalled
    probe: float = 8.0  # seconds, wall clock, until the first host that gives no sign of life counts as offline
    remember: float = 60.0  # seconds for which that verdict holds in this process
    workers: int = 8  # transfers at a time


PATIENCE = Patience()
CUT = (
    requests.exceptions.ConnectionError,
    requests.exceptions.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)
unreachable: dict[str, tuple[float, str]] = {}  # host → when it was found silent, and why


class Stopped(Exception):
    """Raised inside a transfer when another one has already failed for all.

    Taught in :doc:`/data`.
    """


class Sink:
    """The file a transfer writes to: counts the bytes that arrive and ends the transfer when all are told to stop.

    Taught in :doc:`/data`.
    """

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


def host_of(url: str) -> str:
    """``host`` or ``host:port`` of a URL, for messages and for the memory of silent hosts.

    Taught in :doc:`/data`.
    """
    return urlsplit(url).netloc


def require_reachable(url: str, patience: Patience = PATIENCE) -> None:
    """Raise `NoNetwork` within ``patience.probe`` seconds unless the host of ``url`` gives a sign of life.

    A name server that does not answer, or a firewall that drops packets for each of a host's addresses in turn, can
    hold a request for minutes; so it runs beside us and we leave it after the deadline. Any HTTP answer is a sign of
    life.

    Taught in :doc:`/data`.
    """
    host = host_of(url)
    since, reason = unreachable.get(host, (float("-inf"), ""))
    if time.monotonic() - since < patience.remember:
        raise NoNetwork(no_network(host, reason))
    failures: list[str] = ["no answer"]
    done = threading.Event()

    def probe() -> None:
        try:
            requests.head(url, timeout=(patience.connect, patience.probe))
            failures.clear()
        except requests.exceptions.RequestException as error:
            # a connection that was taken and then failed is for the transfer to judge
            failures[:] = [reason_of(error)] if never_connected(error) else []
        finally:
            done.set()

    threading.Thread(target=probe, daemon=True).start()
    done.wait(patience.probe)
    if failures:
        unreachable[host] = (time.monotonic(), failures[0])
        raise NoNetwork(no_network(host, failures[0]))


def no_network(host: str, reason: str) -> str:
    """The one message for every way of being offline.

    Taught in :doc:`/data`.
    """
    return f"{host} cannot be reached ({reason}): no network? A folder that has the data can be named in $MDDL_DATA"


def never_connected(error: BaseException) -> bool:
    """Whether no connection came about (no name, no route, refused, no TLS, no proxy): nothing was asked yet.

    Taught in :doc:`/data`.
    """
    wrapped = error.args[0] if error.args else None
    return isinstance(error, requests.exceptions.ConnectionError) and isinstance(wrapped, MaxRetryError)


def reason_of(error: BaseException) -> str:
    """The innermost cause of a requests error in a few words, without urllib3's object addresses.

    Taught in :doc:`/data`.
    """
    for _ in range(20):
        inner = error.__cause__ or error.__context__ or next((a for a in error.args if isinstance(a, Exception)), None)
        inner = getattr(error, "reason", None) if isinstance(getattr(error, "reason", None), Exception) else inner
        if inner is None:
            break
        error = inner
    text = getattr(error, "strerror", None) or str(error).rpartition(": ")[2]
    return f"{type(error).__name__}: {text}".replace("\n", " ")[:160]


def download(
    file: RegisteredFile,
    target: Path,
    stop: threading.Event,
    arrived: Callable[[int], None] = lambda count: None,
    patience: Patience = PATIENCE,
) -> None:
    """Fetch ``file.url`` to ``target`` (a temporary place) and check it; the caller renames it when this returns.

    Asked again, with doubling pauses: a cut or stalled transfer, 429 and 5xx. Not asked again: any other HTTP status,
    and a file of full length with another sha256.
    Raises `NoNetwork`, `HttpRefusal`, `TruncatedFile`, `HashMismatch`, OSError.

    Taught in :doc:`/data`.
    """
    pause = patience.first_pause
    for attempt in range(1, patience.attempts + 1):
        try:
            return transfer(file, target, stop, arrived, patience)
        except (TruncatedFile, NoNetwork, HttpRefusal) as error:
            final = (
                attempt == patience.attempts
                or (isinstance(error, HttpRefusal) and not is_passing(error))
                or (isinstance(error, NoNetwork) and attempt == patience.reconnects)
            )
            asked = min(getattr(error, "retry_after", 0), patience.longest_pause)
            if final or stop.wait(max(asked, pause * random.uniform(0.8, 1.2))):
                raise
            pause *= 2
    raise AssertionError("unreachable")


def is_passing(refusal: HttpRefusal) -> bool:
    """Whether the status is one that passes: too many requests, or the server's own trouble.

    Taught in :doc:`/data`.
    """
    return refusal.status == 429 or 500 <= refusal.status < 600


def transfer(
    file: RegisteredFile, target: Path, stop: threading.Event, arrived: Callable[[int], None], patience: Patience
) -> None:
    """One attempt of `download`.

    Taught in :doc:`/data`.
    """
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
    """The error of ours that says what a requests error means.

    Taught in :doc:`/data`.
    """
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
