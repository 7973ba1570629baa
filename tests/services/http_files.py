"""A plain HTTP server over a folder: GET, HEAD and byte ranges, and no listing of any kind."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from services.process import LOOPBACK


@dataclass
class HttpFiles:
    """A running server and the requests that it has seen."""

    url: str
    requests: list[tuple[str, str]] = field(default_factory=list)


def _handler(folder: Path, files: HttpFiles) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def _answer(self, with_body: bool) -> None:
            path = unquote(urlsplit(self.path).path)
            files.requests.append((self.command, path))
            file = (folder / path.lstrip("/")).resolve()
            if not (file.is_file() and file.is_relative_to(folder.resolve())):
                self._head(404, 0, {})
                return
            content = file.read_bytes()
            headers = {
                "Accept-Ranges": "bytes",
                "Last-Modified": formatdate(file.stat().st_mtime, usegmt=True),
                "ETag": f'"{file.stat().st_mtime_ns:x}"',
            }
            total = len(content)
            status = 200
            asked = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range") or "")
            if asked:
                first, last = asked.groups()
                if not first:
                    start, end = max(total - int(last), 0), total
                else:
                    start = int(first)
                    end = min(int(last) + 1, total) if last else total
                if start >= total:
                    self._head(416, 0, {"Content-Range": f"bytes */{total}"})
                    return
                status = 206
                headers["Content-Range"] = f"bytes {start}-{end - 1}/{total}"
                content = content[start:end]
            self._head(status, len(content), headers)
            if with_body:
                self.wfile.write(content)

        def _head(self, status: int, length: int, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(length))
            self.end_headers()

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def _refuse(self) -> None:
            files.requests.append((self.command, self.path))
            self._head(405, 0, {})

        do_PROPFIND = do_PUT = do_POST = do_DELETE = _refuse

    return Handler


@contextmanager
def serve(folder: Path) -> Iterator[HttpFiles]:
    """Serves `folder` until the context ends."""
    files = HttpFiles("")
    server = ThreadingHTTPServer((LOOPBACK, 0), _handler(folder, files))
    files.url = f"http://{LOOPBACK}:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield files
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
