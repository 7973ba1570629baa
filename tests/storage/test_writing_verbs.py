"""What stores promise to those who write: the C++ tests of memory and folders, on real servers."""

from __future__ import annotations

import os
import subprocess

from harness.requirement import unavailable
from services.azurite import Azurite
from services.seaweedfs import SeaweedFs

TESTS = "Stores/ObjectStoreWriting.*/server"


def _run_on(url: str, options: dict[str, str]) -> None:
    program = os.environ.get("DELTAIC_UNIT_TESTS")
    if program is None:
        unavailable("DELTAIC_UNIT_TESTS does not name the program of the unit tests")
    done = subprocess.run(
        [program, f"--gtest_filter={TESTS}"],
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, **options, "DELTAIC_TEST_STORE": url},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASSED" in done.stdout
    assert " 0 tests" not in done.stdout


def test_on_s3(s3: SeaweedFs) -> None:
    _run_on("s3://lake/verbs/", s3.options())
    uploads = s3.client.list_multipart_uploads(Bucket="lake")
    assert uploads.get("Uploads", []) == [], "An upload was not given up"


def test_on_azure(azure: Azurite) -> None:
    variables = {name.upper(): value for name, value in azure.options().items()}
    variables["AZURE_ALLOW_HTTP"] = variables.pop("ALLOW_HTTP")
    _run_on("az://lake/verbs/", variables)
