"""A real HTTP server on this machine that serves files well or badly, as each test tells it."""

from __future__ import annotations

import gzip
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Server:
    """Serves ``contents[path]``; ``behaviour[path]`` says how, a list is used up one request at a time.

    ``starts`` are the times of all GET requests, ``most_at_once`` how many of them ran side by side.
    Behaviours: ``ok``, ``cut`` (half, then the connection closes), ``drop`` (closes without a word), ``stall`` (half,
    then silence until `close`), ``alter`` (same length, one byte differs), ``drip`` (a byte every 20 ms), ``drip head`` (the
    same, before anything of it), ``endless`` (of no declared length, until nobody listens), or an HTTP status as a number.
    ``gzip`` compresses on the way. ``sent`` counts the bytes of an endless file.
    """

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}
        self.behaviour: dict[str, str | int | list] = {}
        self.asked: list[tuple[str, str]] = []
        self.retry_after = self.sent = 0
        self.starts: list[float] = []
        self.at_once = self.most_at_once = 0
        self.guard = threading.Lock()
        self.stalled = threading.Event()
        self.closing = threading.Event()
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.http.daemon_threads = True
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        """``http://127.0.0.1:port``."""
        return f"http://127.0.0.1:{self.http.server_address[1]}"

    def gets(self, path: str | None = None) -> int:
        """How many GET requests came, for one path or for all."""
        return sum(method == "GET" and path in (None, asked) for method, asked in self.asked)

    def close(self) -> None:
        """Stop serving: later connections are refused."""
        self.closing.set()
        self.http.shutdown()
        self.http.server_close()

    def handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args: object) -> None:
                pass

            def do_HEAD(self) -> None:
                server.asked.append(("HEAD", self.path))
                self.send_response(200)
                self.end_headers()

            def do_GET(self) -> None:
                with server.guard:
                    server.starts.append(time.monotonic())
                    server.at_once += 1
                    server.most_at_once = max(server.most_at_once, server.at_once)
                try:
                    self.answer()
                finally:
                    with server.guard:
                        server.at_once -= 1

            def drip(self, content: bytes) -> None:
                self.close_connection = True
                for place in range(len(content)):
                    try:
                        self.wfile.write(content[place : place + 1])
                        self.wfile.flush()
                    except OSError:
                        return
                    if server.closing.wait(0.02):
                        return

            def answer(self) -> None:
                server.asked.append(("GET", self.path))
                how = server.behaviour.get(self.path, "ok")
                if isinstance(how, list):
                    how = how.pop(0) if len(how) > 1 else how[0]
                if how == "drop":
                    self.close_connection = True
                    return
                if isinstance(how, int):
                    self.send_response(how)
                    self.send_header("Retry-After", str(server.retry_after))
                    self.end_headers()
                    return
                content = server.contents[self.path]
                if how == "drip head":
                    self.drip(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"." * 1000)
                    return
                if how == "endless":
                    self.send_response(200)
                    self.end_headers()
                    while not server.closing.is_set() and server.sent < 200_000_000:
                        try:
                            self.wfile.write(bytes(1 << 16))
                        except OSError:
                            break
                        server.sent += 1 << 16
                    self.close_connection = True
                    return
                self.send_response(200)
                if how == "gzip":
                    content = gzip.compress(content)
                    self.send_header("Content-Encoding", "gzip")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if how == "alter":
                    content = bytes([content[0] ^ 1]) + content[1:]
                if how == "drip":
                    self.drip(content)
                    return
                if how in ("cut", "stall"):
                    content = content[: len(content) // 2]
                self.wfile.write(content)
                self.wfile.flush()
                if how == "stall":
                    server.stalled.set()
                    server.closing.wait(20)
                if how in ("cut", "stall"):
                    self.close_connection = True

        return Handler
