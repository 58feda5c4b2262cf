"""What a transfer knows of the network: how long to wait, which hosts are silent, how gently to ask."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests

from .causes import no_network, of_contact, reason_of
from .errors import NoNetwork

T = TypeVar("T")


@dataclass(frozen=True)
class Patience:
    """How long to wait for a host, and how often to ask again."""

    attempts: int = 4  # per file, for cut transfers, silence and server errors
    reconnects: int = 2  # of these, how many may fail to connect at all
    first_pause: float = 0.5  # seconds before the second attempt; doubles each time
    longest_pause: float = 30.0  # seconds, for a host that asks to be left alone for longer
    connect: float = 3.0  # seconds to open a connection
    silence: float = 15.0  # seconds without a byte before a transfer counts as stalled
    contact: float = 40.0  # seconds, wall clock, until the head of an answer must be here
    least: float = 1000.0  # bytes a second that a transfer brings at least …
    window: float = 30.0  # … over so many seconds
    total: float = 600.0  # seconds for one file with all its attempts, and more for a large one, …
    average: float = 5000.0  # … a second for so many bytes
    probe: float = 8.0  # seconds, wall clock, until the first host that gives no sign of life counts as offline
    remember: float = 60.0  # seconds for which that verdict holds in this process
    workers: int = 4  # transfers at a time: many small files keep a host no busier than one reader's browser does
    apart: float = 0.025  # seconds between the starts of two transfers


PATIENCE = Patience()
unreachable: dict[str, tuple[float, str]] = {}  # host → when it was found silent, and why


class Stopped(Exception):
    """Raised inside a transfer when another one has already failed for all."""


class Pace:
    """The rate at which transfers start: some moments apart, and not before the end of a pause that the host asked for."""

    def __init__(self, apart: float) -> None:
        self.apart, self.next, self.guard = apart, 0.0, threading.Lock()

    def wait(self, stop: threading.Event) -> None:
        """Return when the next transfer may start.

        :raises Stopped: when ``stop`` is set before that.
        """
        while True:
            with self.guard:
                pause = self.next - time.monotonic()
                if pause <= 0:
                    self.next = time.monotonic() + self.apart
            if stop.wait(max(pause, 0)):
                raise Stopped
            if pause <= 0:
                return

    def hold(self, seconds: float) -> None:
        """No transfer starts for so long: one file was told to wait, and the others come from the same host."""
        with self.guard:
            self.next = max(self.next, time.monotonic() + seconds)


def host_of(url: str) -> str:
    """``host`` or ``host:port`` of a URL, for messages and for the memory of silent hosts."""
    try:
        return urlsplit(url).netloc or url
    except ValueError:  # such as "Invalid IPv6 URL"
        return url


def beside(work: Callable[[], T], seconds: float) -> T:
    """What ``work`` returns or raises, unless that takes too long: then it is left behind.

    A name server that does not answer, a firewall that drops packets for each of a host's addresses in turn, or a host
    that sends one byte of its head at a time can hold a request for hours, whatever its timeouts say.

    :raises TimeoutError: after so many seconds.
    """
    found: queue.SimpleQueue[tuple[bool, Any]] = queue.SimpleQueue()

    def run() -> None:
        try:
            found.put((True, work()))
        except Exception as error:  # of whatever kind: it is raised again for the one who waits
            found.put((False, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        good, result = found.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError("no answer") from None
    if good:
        return result
    raise result


def require_reachable(url: str, patience: Patience = PATIENCE) -> None:
    """Return when the host of ``url`` gives a sign of life; any HTTP answer is one.

    :raises NoNetwork: after ``patience.probe`` seconds at the latest, and at once while a host is known to be silent.
    :raises WrongSetup: for a certificate, a proxy or an address that is not right.
    """
    host = host_of(url)
    since, reason = unreachable.get(host, (float("-inf"), ""))
    if time.monotonic() - since < patience.remember:
        raise NoNetwork(no_network(host, reason))
    try:
        beside(lambda: requests.head(url, timeout=(patience.connect, patience.probe)), patience.probe)
    except TimeoutError as error:
        unreachable[host] = (time.monotonic(), str(error))
        raise NoNetwork(no_network(host, str(error))) from None
    except Exception as error:  # a connection that was taken and then failed is for the transfer to judge
        cause = of_contact(error, url, host)
        if isinstance(cause, NoNetwork):
            unreachable[host] = (time.monotonic(), reason_of(error))
        if cause is not None:
            raise cause from error
