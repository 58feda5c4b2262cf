"""What a transfer knows of the network: how long to wait, which hosts are silent, how gently to ask."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import MaxRetryError

from .errors import NoNetwork


@dataclass(frozen=True)
class Patience:
    """How long to wait for a host, and how often to ask again."""

    attempts: int = 4  # per file, for cut transfers, silence and server errors
    reconnects: int = 2  # of these, how many may fail to connect at all
    first_pause: float = 0.5  # seconds before the second attempt; doubles each time
    longest_pause: float = 30.0  # seconds, for a host that asks to be left alone for longer
    connect: float = 3.0  # seconds to open a connection
    silence: float = 15.0  # seconds without a byte before a transfer counts as stalled
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
    return urlsplit(url).netloc


def require_reachable(url: str, patience: Patience = PATIENCE) -> None:
    """Return when the host of ``url`` gives a sign of life; any HTTP answer is one.

    A name server that does not answer, or a firewall that drops packets for each of a host's addresses in turn, can
    hold a request for minutes; so it runs beside us and we leave it after the deadline.

    :raises NoNetwork: after ``patience.probe`` seconds at the latest, and at once while a host is known to be silent.
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
    """The one message for every way of being offline."""
    return f"{host} cannot be reached ({reason}): no network? A folder that has the data can be named in $MDDL_DATA"


def never_connected(error: BaseException) -> bool:
    """Whether no connection came about (no name, no route, refused, no TLS, no proxy): nothing was asked yet."""
    wrapped = error.args[0] if error.args else None
    return isinstance(error, requests.exceptions.ConnectionError) and isinstance(wrapped, MaxRetryError)


def reason_of(error: BaseException) -> str:
    """The innermost cause of a requests error in a few words, without urllib3's object addresses."""
    for _ in range(20):
        inner = error.__cause__ or error.__context__ or next((a for a in error.args if isinstance(a, Exception)), None)
        inner = getattr(error, "reason", None) if isinstance(getattr(error, "reason", None), Exception) else inner
        if inner is None:
            break
        error = inner
    text = getattr(error, "strerror", None) or str(error).rpartition(": ")[2]
    return f"{type(error).__name__}: {text}".replace("\n", " ")[:160]
