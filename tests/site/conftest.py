"""A server for the built pages, one browser for all tests, and one visit to each page that many tests look at."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from .pages import CHROMIUM, CHROMIUM_ARGUMENTS, SITE, missing
from .visit import PATIENCE, Visit, visit_page


class Quiet(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_) -> None:
        pass


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Path], str]]:
    """Serve a folder on 127.0.0.1; returns its address without a slash at its end."""
    servers = []

    def start(folder: Path) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
        server.daemon_threads = True
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def site(serve) -> str:
    """The address of the built site."""
    if not (SITE / "index.html").is_file():
        missing(f"no built site at {SITE} (make book builds it; MDDL_SITE names another folder)")
    return serve(SITE)


@pytest.fixture(scope="session")
def debugging_port() -> int:
    """A free port on which other tools (Lighthouse) can talk to the same browser."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def browser(debugging_port):
    """Headless Chromium of the system."""
    if not CHROMIUM:
        missing("no Chromium on the path (apt-get install chromium; MDDL_CHROMIUM names another one)")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        arguments = [*CHROMIUM_ARGUMENTS, f"--remote-debugging-port={debugging_port}"]
        started = driver.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield started
        started.close()


@pytest.fixture(scope="session")
def visit(browser, site) -> Callable[[str], Visit]:
    """Visit a page once; every test that asks for it looks at the same visit."""
    return functools.cache(lambda page: visit_page(browser, site, page))


@pytest.fixture
def open_page(browser):
    """Open an address in a fresh context; what the test opens is closed after it."""
    contexts = []

    def start(address: str, **options):
        context = browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | options))
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.goto(address, wait_until="load")
        return page

    yield start
    for context in contexts:
        context.close()
