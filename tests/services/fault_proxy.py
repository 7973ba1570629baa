"""A proxy before the real server of a store, which does to requests what networks do: each goes to
the server once, never, twice or late, and its answer comes back whole, torn or not at all."""

from __future__ import annotations

import http.client
import socket
import struct
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

from services.process import LOOPBACK

Fault = Literal[
    "lost request",  # The connection ends, and the server never sees the request.
    "lost answer",  # The server does what is asked; the connection ends without an answer.
    "torn answer",  # So, after half of the answer.
    "refused",  # 503, and the server never sees the request.
    "refused late",  # 503, though the server has done what is asked.
    "twice",  # The server gets the request twice; the second answer counts.
    "slow",  # The server gets the request after `SLOW` seconds.
]
SLOW = 0.3

FAULTS: tuple[Fault, ...] = (
    "lost request",
    "lost answer",
    "torn answer",
    "refused",
    "refused late",
    "twice",
    "slow",
)

_BUSY = b"<Error><Code>SlowDown</Code><Message>a fault</Message></Error>"
# Headers of one connection, not of what is sent over it; lengths are counted anew.
_OF_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "content-length", "date"}


@dataclass(frozen=True)
class Request:
    """What a client asked for."""

    method: str
    path: str
    """With its query, percent-encoded."""
    headers: dict[str, str]
    """With names in lower case."""

    @property
    def location(self) -> str:
        """The path without the query, decoded."""
        return urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)


@dataclass
class FaultProxy:
    """A running proxy. Its settings may change while it runs."""

    url: str
    choose: Callable[[Request], Fault | None] = lambda _: None
    """Says what goes wrong with a request; called for one at a time."""
    rewrite: Callable[[dict[str, str]], dict[str, str]] = lambda headers: headers
    """Headers of a request as the server gets them."""
    before: Callable[[Request], int | None] = lambda _: None
    """Called before a request is passed on, for many at a time; answers it with a status."""
    requests: list[Request] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


def _handler(proxy: FaultProxy, upstream: str) -> type[BaseHTTPRequestHandler]:
    server = urllib.parse.urlsplit(upstream)
    connections = threading.local()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, format: str, *args: object) -> None:
            pass

        def _pass_on(self, headers: dict[str, str], body: bytes) -> _Answer:
            for is_last in (False, True):
                connection = getattr(connections, "open", None)
                if connection is None:
                    connection = http.client.HTTPConnection(
                        str(server.hostname), server.port, timeout=60
                    )
                    connections.open = connection
                try:
                    connection.putrequest(
                        self.command, self.path, skip_host=True, skip_accept_encoding=True
                    )
                    for name, value in headers.items():
                        if name not in _OF_CONNECTION:
                            connection.putheader(name, value)
                    connection.putheader("content-length", str(len(body)))
                    connection.endheaders(body)
                    answer = connection.getresponse()
                    return _Answer(answer.status, answer.getheaders(), answer.read())
                except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                    # A connection that was idle may have ended: nothing was sent over it.
                    connection.close()
                    connections.open = None
                    if is_last:
                        raise
            raise AssertionError("unreachable")

        def _send(self, answer: _Answer, part: float = 1) -> None:
            self.send_response_only(answer.status)
            length = str(len(answer.body))
            for name, value in answer.headers:
                if name.lower() == "content-length" and self.command == "HEAD":
                    length = value
                if name.lower() not in _OF_CONNECTION:
                    self.send_header(name, value)
            if answer.status not in (204, 304):
                self.send_header("Content-Length", length)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body[: int(len(answer.body) * part)])

        def _reset(self) -> None:
            # Closing with this set sends RST.
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.close_connection = True
            self.connection.close()

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, self.path, headers)
            with proxy.lock:
                proxy.requests.append(request)
                fault = proxy.choose(request)
            busy = _Answer(503, [("Content-Type", "application/xml")], _BUSY)
            if fault == "lost request":
                self._reset()
                return
            if fault == "refused":
                self._send(busy)
                return
            if fault == "slow":
                time.sleep(SLOW)
            status = proxy.before(request)
            if status is not None:
                self._send(_Answer(status, [], b""))
                return
            sent = proxy.rewrite(headers)
            answer = self._pass_on(sent, body)
            if fault == "twice":
                answer = self._pass_on(sent, body)
            if fault == "refused late":
                answer = busy
            if fault == "torn answer":
                self._send(answer, 0.5)
            if fault in ("lost answer", "torn answer"):
                self._reset()
            else:
                self._send(answer)

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _answer

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that give up are what is tested."""


@contextmanager
def serve(upstream: str) -> Iterator[FaultProxy]:
    """Passes requests on to the server at the URL `upstream` until the context ends.

    Signatures stay right where clients know the proxy's URL alone: it keeps their header Host.
    """
    proxy = FaultProxy("")
    server = _Server((LOOPBACK, 0), _handler(proxy, upstream))
    proxy.url = f"http://{LOOPBACK}:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
