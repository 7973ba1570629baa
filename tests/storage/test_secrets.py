"""No credential in any text, however it was handed over: errors, reprs, plans, the information
schema, URLs that tables show, standard error, the command line."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.child import run_python
from services import mirror
from services.seaweedfs import SeaweedFs

PROBE = Path(__file__).with_name("secret_probe.py")
# The most talkative log that the environment can ask for.
TALKATIVE = {"RUST_LOG": "trace", "RUST_BACKTRACE": "1"}

# Places where a credential may stand, with one that is recognisable wherever it shows up. MIRROR is
# a server that sends back what it gets; options are those of one store.
S3 = {"AWS_ENDPOINT_URL": "http://MIRROR", "AWS_ALLOW_HTTP": "true", "AWS_REGION": "us-east-1"}
AZURE = {
    "azure_storage_account_name": "account",
    "azure_storage_endpoint": "http://MIRROR",
    "allow_http": "true",
}
PLACES: dict[str, tuple[str, dict[str, str]]] = {
    "s3-secret": (
        "s3://lake/t",
        {**S3, "aws_access_key_id": "canary-key-id-00", "aws_secret_access_key": "canary-s3-01"},
    ),
    "s3-session-token": (
        "s3://lake/t",
        {
            **S3,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "canary-s3-02",
            "AWS_SESSION_TOKEN": "canary-session/token+02==",
        },
    ),
    "s3-no-truth-value": (
        "s3://lake/t",
        {**S3, "AWS_SECRET_ACCESS_KEY": "canary-s3-03", "AWS_ALLOW_HTTP": "no-truth-value"},
    ),
    "s3-sse-key": (
        "s3://lake/t",
        {
            **S3,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "canary-s3-04",
            "aws_sse_customer_key_base64": "canary-sse-04",
            "aws_server_side_encryption": "sse-c",
        },
    ),
    "endpoint-user-info": (
        "s3://lake/t",
        {
            **S3,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "canary-s3-05",
            "AWS_ENDPOINT_URL": "http://user:canary-endpoint-05@MIRROR",
        },
    ),
    "proxy-user-info": (
        "s3://lake/t",
        {
            **S3,
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "canary-s3-06",
            "proxy_url": "http://user:canary-proxy-06@MIRROR",
        },
    ),
    "s3-user-info": ("s3://user:canary-url-07@lake/t?sig=canary-query-07", dict(S3)),
    "azure-key": ("az://lake/t", {**AZURE, "azure_storage_account_key": "canary-azure-08"}),
    "azure-key-in-base64": (
        "az://lake/t",
        {**AZURE, "azure_storage_account_key": "Y2FuYXJ5LWF6dXJlLTA5"},
    ),
    "azure-bearer": ("az://lake/t", {**AZURE, "bearer_token": "canary-bearer-10"}),
    "azure-sas": (
        "az://lake/t",
        {**AZURE, "azure_storage_sas_key": "sv=2024-01-01&sp=r&sig=canary%2Fsas%2B11"},
    ),
    "azure-client-secret": (
        "az://lake/t",
        {
            **AZURE,
            "azure_client_id": "id",
            "azure_client_secret": "canary-client-12",
            "azure_tenant_id": "tenant",
            "azure_authority_host": "http://MIRROR",
        },
    ),
    "gcs-key": (
        "gs://lake/t",
        {
            "google_service_account_key": json.dumps(
                {
                    "type": "service_account",
                    "private_key": "canary-gcs-13",
                    "private_key_id": "canary-gcs-id-13",
                    "client_email": "a@b.c",
                    "client_id": "",
                    "token_uri": "http://MIRROR/token",
                }
            )
        },
    ),
    "gcs-broken-key": ("gs://lake/t", {"google_service_account_key": '{"private_key": "canary-14'}),
    "gcs-key-of-another-shape": (
        "gs://lake/t",
        {"google_service_account_key": '{"private_key": ["canary-gcs-15"], "type": "canary-15"}'},
    ),
    "http-user-info": ("http://user:canary%2Furl%40-16@MIRROR/t?sig=canary-query-16", {}),
    "http-token-as-user": ("http://canary-user-17@MIRROR/t", {}),
    "presigned": (
        "http://MIRROR/t?X-Amz-Credential=canary-cred-18%2Fx&X-Amz-Signature=canary-signature-18",
        {},
    ),
    "unknown-scheme": ("nonsense://user:canary-url-19@MIRROR/t?sig=canary-query-19", {}),
    "malformed-url": ("http://user:canary-url-20@[bad/t?sig=canary-query-20", {}),
    "unknown-option": ("s3://lake/t", {**S3, "no_such_secret_of_any_store": "canary-unknown-21"}),
}


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    with mirror.serve() as address:
        yield address


def _leaks(shown: str) -> list[str]:
    """The lines in which a credential shows, as it is or as base64 (of "canary" at any place)."""
    forms = ("canary", "Y2FuYXJ5", "NhbmFye", "jYW5hcn")
    return [line for line in shown.splitlines() if any(form in line for form in forms)]


def _at(endpoint: str, place: str) -> tuple[str, dict[str, str]]:
    uri, options = PLACES[place]
    put = {key: value.replace("MIRROR", endpoint) for key, value in options.items()}
    return uri.replace("MIRROR", endpoint), put


@pytest.mark.parametrize("place", PLACES)
def test_no_secret_where_the_store_refuses(place: str, endpoint: str) -> None:
    uri, options = _at(endpoint, place)
    ended = run_python(PROBE, [uri, json.dumps(options)], timeout=120, environment=TALKATIVE)
    assert ended.returncode == 0, ended.stderr
    assert "Error" in ended.stdout, "opening must fail here"
    assert _leaks(ended.stdout + ended.stderr) == []


@pytest.mark.parametrize("place", [name for name, (_, options) in PLACES.items() if options])
def test_no_secret_of_the_environment(place: str, endpoint: str) -> None:
    uri, options = _at(endpoint, place)
    environment = {key.upper(): value for key, value in options.items()} | TALKATIVE
    ended = run_python(PROBE, [uri, "{}"], timeout=120, environment=environment)
    assert ended.returncode == 0, ended.stderr
    assert _leaks(ended.stdout + ended.stderr) == []


@pytest.mark.parametrize("place", ["s3-secret", "azure-sas", "http-user-info", "gcs-key"])
def test_no_secret_of_the_shell(place: str, endpoint: str, shell: Path) -> None:
    uri, options = _at(endpoint, place)
    pairs = [f"--storage-option={key}={value}" for key, value in options.items()]
    given = options or {"a": "b"}
    clause = ", ".join(f"'{key}' '{value}'" for key, value in given.items())
    create = f"CREATE EXTERNAL TABLE t STORED AS DELTA LOCATION '{uri}'"
    for arguments in (
        [*pairs, "-c", f"SELECT * FROM '{uri}'"],
        [*pairs, "--catalog", f"c={uri}", "-c", "SELECT * FROM c.a.b"],
        ["-c", f"{create} OPTIONS ({clause})"],
        [*pairs, "--set", "no.such.setting=canary", "-c", "SELECT 1"],
        [*pairs, "--no-such-argument", "-c", "SELECT 1"],
        *([[*(pair.replace("=", " ", 1) for pair in pairs), "-c", "SELECT 1"]] if pairs else []),
    ):
        done = subprocess.run(
            [shell, *arguments], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode != 0, done.stdout
        assert _leaks(done.stdout + done.stderr) == []


def test_command_line_of_the_shell_is_blanked(shell: Path) -> None:
    """Other users of the machine see the arguments of a process."""
    with subprocess.Popen(
        [
            shell,
            "--storage-option",
            "aws_secret_access_key=canary-1",
            "--storage-option=b=canary-2",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write("SELECT 'ready';\n")
        process.stdin.flush()
        while "ready" not in process.stdout.readline():
            pass
        line = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        process.stdin.close()
        assert process.wait(timeout=10) == 0
    assert b"aws_secret_access_key" in line
    assert b"canary" not in line


def test_no_secret_where_all_goes_well(s3: SeaweedFs) -> None:
    options = s3.options()
    uri = "s3://lake/some/table"
    for environment in (TALKATIVE, {**TALKATIVE, **options}):
        handed = {} if "AWS_REGION" in environment else options
        ended = run_python(PROBE, [uri, json.dumps(handed)], timeout=120, environment=environment)
        assert ended.returncode == 0, ended.stderr
        assert "some/table" in ended.stdout and "two %25.parquet" in ended.stdout
        assert _leaks(ended.stdout + ended.stderr) == []
