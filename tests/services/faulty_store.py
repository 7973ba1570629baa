"""An empty store of any kind that fails first as it is told: clients of S3, Azure, Google and plain
HTTP take its answers. With answers of a test it is AWS STS or a metadata service, too."""

from __future__ import annotations

import socket
import struct
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

from services.process import LOOPBACK

# What comes instead of an answer: a status, a connection that is reset, or nothing at all.
Fault = int | Literal["reset", "silence"]

EMPTY_LISTS = {
    "list-type": "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>",
    "comp": "<EnumerationResults><Blobs></Blobs><NextMarker></NextMarker></EnumerationResults>",
}


@dataclass
class Request:
    """What a client asked for."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str


@dataclass
class Answer:
    """What a test answers in place of the store."""

    status: int
    body: str


@dataclass
class FaultyStore:
    """A running server. The faults come first, one a request; then `respond`, then the store."""

    url: str
    faults: list[Fault] = field(default_factory=list)
    respond: Callable[[Request], Answer | None] = lambda _: None
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def options(self, kind: str) -> dict[str, str]:
        """Storage options for a kind of store, without credentials."""
        anonymous = {
            "s3": {"aws_endpoint": self.url, "aws_skip_signature": "true"},
            "az": {
                "azure_storage_account_name": "account",
                "azure_storage_endpoint": self.url,
                "azure_skip_signature": "true",
            },
            "gs": {"google_base_url": self.url, "google_skip_signature": "true"},
            "http": {},
        }
        return {"allow_http": "true", **anonymous[kind]}

    def uri(self, kind: str) -> str:
        return f"{self.url}/lake/t" if kind == "http" else f"{kind}://lake/t"


def _handler(store: FaultyStore) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def setup(self) -> None:
            store.connections += 1
            super().setup()

        def _fail(self, fault: Fault) -> None:
            if fault == "silence":
                store.over.wait(60)
                self.close_connection = True
            elif fault == "reset":
                # Closing with data on the way sends RST.
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.close_connection = True
                self.connection.close()
            else:
                self._send(
                    fault, f"<Error><Code>Busy</Code><Message>fault {fault}</Message></Error>"
                )

        def _send(self, status: int, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def _answer(self) -> None:
            url = urllib.parse.urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            request = Request(
                self.command,
                urllib.parse.unquote(url.path),
                dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True)),
                {name.lower(): value for name, value in self.headers.items()},
                self.rfile.read(length).decode(),
            )
            store.requests.append(request)
            if store.faults:
                self._fail(store.faults.pop(0))
                return
            answer = store.respond(request)
            if answer is not None:
                self._send(answer.status, answer.body)
                return
            for name, text in EMPTY_LISTS.items():
                if name in request.query:
                    self._send(200, text)
                    return
            self._send(404, "<Error><Code>NoSuchKey</Code><Message>gone</Message></Error>")

        do_GET = do_HEAD = do_PUT = do_POST = _answer

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that give up are what is tested."""


@contextmanager
def serve(
    faults: list[Fault] | None = None,
    respond: Callable[[Request], Answer | None] = lambda _: None,
) -> Iterator[FaultyStore]:
    """Serves until the context ends."""
    store = FaultyStore("", list(faults or []), respond)
    server = _Server((LOOPBACK, 0), _handler(store))
    store.url = f"http://{LOOPBACK}:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield store
    finally:
        store.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
