"""Azurite: Azure's own emulator of Blob Storage, an npm package that needs Node.js.

It is installed once into the cache folder (`DELTAIC_CACHE`, else `~/.cache/deltaic`).
"""

from __future__ import annotations

import base64
import email.utils
import hashlib
import hmac
import os
import shutil
import subprocess
import urllib.parse
import urllib.request
from pathlib import Path
from xml.etree import ElementTree

from services.process import LOOPBACK, Server, free_ports
from services.stored_objects import StoredObjects

# The last version that runs on the Node.js 18 of Debian 12.
VERSION = "3.35.0"
ACCOUNT = "deltaictests"
KEY = base64.b64encode(b"canary-azure-key-31c7 canary-azure-key-31c7").decode()


def cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(os.environ.get("DELTAIC_CACHE") or Path(base) / "deltaic")


def find_program() -> Path | None:
    """Returns the emulator's script, installing it first; None without Node.js and npm."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return None
    folder = cache_folder() / f"azurite-{VERSION}"
    script = folder / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
    if not script.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        install = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder)]
        subprocess.run(
            [*install, f"azurite@{VERSION}"],
            check=True,
            capture_output=True,
            text=True,
            timeout=600,
        )
    return script


class Azurite:
    """A running emulator with one account."""

    def __init__(self, program: Path, folder: Path) -> None:
        (port,) = free_ports(1)
        self.endpoint = f"http://{LOOPBACK}:{port}/{ACCOUNT}"
        command: list[str | Path] = ["node", program]
        command += ["--blobHost", LOOPBACK, "--blobPort", str(port)]
        command += ["--inMemoryPersistence", "--silent", "--disableTelemetry"]
        command += ["--skipApiVersionCheck"]
        accounts = {"AZURITE_ACCOUNTS": f"{ACCOUNT}:{KEY}"}
        self.server = Server(command, port, folder / "azurite.log", {**os.environ, **accounts})

    def make_container(self, name: str) -> None:
        self._put(f"/{name}", {"restype": "container"}, b"", {})

    def upload(self, folder: Path, container: str, prefix: str) -> None:
        """Copies a folder's files to blobs below `prefix`."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                name = f"{prefix}/{path.relative_to(folder).as_posix()}"
                self.put(container, name, path.read_bytes())

    def put(self, container: str, name: str, body: bytes) -> None:
        path = urllib.parse.quote(f"/{container}/{name}")
        self._put(path, {}, body, {"x-ms-blob-type": "BlockBlob"})

    def options(self, key: str = KEY) -> dict[str, str]:
        """Storage options for the emulator."""
        return {
            "azure_storage_account_name": ACCOUNT,
            "azure_storage_account_key": key,
            "azure_storage_endpoint": self.endpoint,
            "allow_http": "true",
        }

    def stop(self) -> None:
        self.server.stop()

    def objects(self, container: str, prefix: str) -> StoredObjects:
        """The blobs below `prefix`, by the rest of their names."""
        query = {"restype": "container", "comp": "list", "prefix": f"{prefix}/"}
        listing = ElementTree.fromstring(self._send("GET", f"/{container}", query))
        assert not listing.findtext("NextMarker"), "more than a page"
        sizes = {
            (blob.findtext("Name") or "")[len(prefix) + 1 :]: int(
                blob.findtext("Properties/Content-Length") or 0
            )
            for blob in listing.iter("Blob")
        }

        def get(name: str) -> bytes:
            return self._send("GET", urllib.parse.quote(f"/{container}/{prefix}/{name}"))

        return StoredObjects(sizes, get)

    def _put(self, path: str, query: dict[str, str], body: bytes, headers: dict[str, str]) -> None:
        self._send("PUT", path, query, body, headers)

    def _send(
        self,
        method: str,
        path: str,
        query: dict[str, str] | None = None,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
    ) -> bytes:
        """One request, signed as "Authorize with Shared Key" of the service's REST API says."""
        query = query or {}
        signed = {
            **(headers or {}),
            "x-ms-date": email.utils.formatdate(usegmt=True),
            "x-ms-version": "2021-12-02",
        }
        kind = "application/octet-stream"
        length = str(len(body)) if body else ""
        standard = [method, "", "", length, "", kind, "", "", "", "", "", ""]
        canonical = [f"{name}:{signed[name]}" for name in sorted(signed)]
        # The account is there twice: the emulator has it in the path as well.
        resource = f"/{ACCOUNT}/{ACCOUNT}{path}"
        parameters = [f"{name}:{query[name]}" for name in sorted(query)]
        text = "\n".join([*standard, *canonical, resource, *parameters])
        digest = hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()
        authorization = f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}"
        suffix = "?" + urllib.parse.urlencode(query) if query else ""
        request = urllib.request.Request(
            self.endpoint + path + suffix,
            data=body if method == "PUT" else None,
            method=method,
            headers={**signed, "Authorization": authorization, "Content-Type": kind},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.status == (201 if method == "PUT" else 200), answer.status
            content: bytes = answer.read()
            return content
