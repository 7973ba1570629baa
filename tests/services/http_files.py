"""A plain HTTP server over a folder: GET, HEAD and byte ranges, and no listing of any kind; or with
that of S3, of which the folders in the folder are the buckets."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from services.process import LOOPBACK


@dataclass
class HttpFiles:
    """A running server and the requests that it has seen."""

    url: str
    requests: list[tuple[str, str]] = field(default_factory=list)
    listed: list[str] = field(default_factory=list)
    """The keys in the listings that it has answered."""
    page_size: int = 1000
    """Keys, and folders, of a page of a listing."""
    connections: int = 0
    most_at_once: int = 0
    at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    before: Callable[[str, str], None] = lambda method, path: None
    """Is called with method and path of each request before that is answered, one at a time."""

    def s3_options(self) -> dict[str, str]:
        """The storage options for `s3://bucket/…`, where the server lists as S3 does."""
        return {
            "aws_endpoint": self.url,
            "aws_region": "nowhere",
            "aws_skip_signature": "true",
            "allow_http": "true",
        }

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Counts a request that is under way."""
        with self.lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            yield
        finally:
            with self.lock:
                self.at_once -= 1


def _contents(file: Path, key: str) -> str:
    stat = file.stat()
    modified = datetime.fromtimestamp(stat.st_mtime, UTC)
    return (
        f"<Contents><Key>{escape(key)}</Key><Size>{stat.st_size}</Size>"
        f"<LastModified>{modified:%Y-%m-%dT%H:%M:%S.000Z}</LastModified>"
        f'<ETag>"{stat.st_mtime_ns:x}"</ETag></Contents>'
    )


def _listing(folder: Path, bucket: str, query: dict[str, list[str]], files: HttpFiles) -> bytes:
    """ListObjectsV2: the token of a page is the last name of the one before."""
    given = {name: values[0] for name, values in query.items()}
    root, prefix, delimiter = folder / bucket, given.get("prefix", ""), given.get("delimiter", "")
    names: list[str] = []
    for key in sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()):
        if not key.startswith(prefix) or key <= given.get("start-after", ""):
            continue
        below = key[len(prefix) :]
        is_deeper = bool(delimiter) and delimiter in below
        name = f"{prefix}{below.partition(delimiter)[0]}{delimiter}" if is_deeper else key
        if name > given.get("continuation-token", "") and name not in names[-1:]:
            names.append(name)
    page, rest = names[: files.page_size], names[files.page_size :]
    parts = []
    for name in page:
        if delimiter and name.endswith(delimiter):
            parts.append(f"<CommonPrefixes><Prefix>{escape(name)}</Prefix></CommonPrefixes>")
        else:
            parts.append(_contents(root / name, name))
            files.listed.append(name)
    if rest:
        parts.append(f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>")
    truncated = "true" if rest else "false"
    answer = f"<IsTruncated>{truncated}</IsTruncated>{''.join(parts)}"
    return f"<ListBucketResult>{answer}</ListBucketResult>".encode()


def _handler(
    folder: Path, files: HttpFiles, lists: bool, seconds: float
) -> type[BaseHTTPRequestHandler]:
    one_at_a_time = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def setup(self) -> None:
            with files.lock:
                files.connections += 1
            super().setup()

        def _answer(self, with_body: bool) -> None:
            # Not to the end of the answer: with it the client may send the next request at once.
            with files.counted():
                time.sleep(seconds)
            self._find(with_body)

        def _find(self, with_body: bool) -> None:
            path = unquote(urlsplit(self.path).path)
            query = parse_qs(urlsplit(self.path).query)
            with one_at_a_time:
                files.requests.append((self.command, path))
                files.before(self.command, path)
            if lists and "list-type" in query:
                listing = _listing(folder, path.strip("/"), query, files)
                self._head(200, len(listing), {"Content-Type": "application/xml"})
                self.wfile.write(listing)
                return
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
def serve(folder: Path, *, lists: bool = False, seconds: float = 0) -> Iterator[HttpFiles]:
    """Serves `folder` until the context ends; `lists` adds the listing of S3.

    Each answer takes some `seconds` more.
    """
    files = HttpFiles("")
    server = ThreadingHTTPServer((LOOPBACK, 0), _handler(folder, files, lists, seconds))
    files.url = f"http://{LOOPBACK}:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield files
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
