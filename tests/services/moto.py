"""moto: an S3 server in one process, from the Python package of that name. It looks at no
signature, and is fast where many write at once."""

from __future__ import annotations

import sys
from pathlib import Path

import boto3
from botocore.client import BaseClient
from botocore.config import Config

from services.process import LOOPBACK, Server, free_ports
from services.seaweedfs import s3_objects
from services.stored_objects import StoredObjects

ACCESS_KEY = "deltaictestkey"
SECRET_KEY = "canary-s3-secret-5b0e77"


def find_program() -> Path | None:
    """Returns the program of the package, which is beside this Python."""
    beside = Path(sys.executable).with_name("moto_server")
    return beside if beside.is_file() else None


class Moto:
    """A running server."""

    def __init__(self, program: Path, folder: Path) -> None:
        (port,) = free_ports(1)
        self.endpoint = f"http://{LOOPBACK}:{port}"
        # By this Python, whatever the first line of the program says.
        command: list[str | Path] = [sys.executable, program, "-H", LOOPBACK, "-p", str(port)]
        self.server = Server(command, port, folder / "moto.log")
        self.client: BaseClient = boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            region_name="us-east-1",
            config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
        )

    def make_bucket(self, name: str) -> None:
        self.client.create_bucket(Bucket=name)

    def objects(self, bucket: str, prefix: str) -> StoredObjects:
        """The objects below `prefix`, by the rest of their keys."""
        return s3_objects(self.client, bucket, prefix)

    def options(self, endpoint: str | None = None) -> dict[str, str]:
        """Storage options for the server, or for a proxy of it at `endpoint`."""
        return {
            "AWS_ENDPOINT_URL": endpoint or self.endpoint,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": "us-east-1",
            "AWS_ALLOW_HTTP": "true",
        }

    def stop(self) -> None:
        self.server.stop()
