"""No credential in any text: messages, reprs, plans, URLs that tables show, standard error."""

from __future__ import annotations

import json

import deltaic
import pytest

from harness.arrow import query
from harness.child import run_python
from services.process import LOOPBACK, free_ports
from services.seaweedfs import SeaweedFs

# Each secret of the storage options and URLs that are tried, recognisable wherever it shows up.
CANARIES = [
    "canary-secret-key-11",
    "canary-session-token-22",
    "canary-url-password-33",
    "canary-query-signature-44",
    "canary-azure-key-55",
    "canary-bearer-66",
]

# Opens the table of argument 1 with the options of argument 2 (JSON) and prints every text that
# comes of it, with the most talkative log that the environment can ask for.
SHOW = """
import json, sys, traceback
import deltaic
uri, options = sys.argv[1], json.loads(sys.argv[2])
try:
    table = deltaic.DeltaTable(uri, storage_options=options)
    print(repr(table), str(table), table.table_uri, table.file_uris(), table.metadata())
except Exception as error:
    print(type(error), repr(error), str(error), error.args, vars(error))
    traceback.print_exc()
"""


def _unused_endpoint() -> str:
    (port,) = free_ports(1)
    return f"http://{LOOPBACK}:{port}"


def _cases() -> list[tuple[str, dict[str, str]]]:
    endpoint = _unused_endpoint()
    s3 = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": CANARIES[0],
        "AWS_SESSION_TOKEN": CANARIES[1],
        "AWS_REGION": "us-east-1",
        "AWS_ALLOW_HTTP": "true",
        "timeout": "2s",
    }
    host = endpoint.removeprefix("http://")
    return [
        ("s3://lake/t", s3),
        ("s3://lake/t", {**s3, "AWS_ALLOW_HTTP": "no-truth-value"}),
        ("s3://lake/t", {**s3, "no_such_option_of_any_store": CANARIES[0]}),
        (f"http://user:{CANARIES[2]}@{host}/t?sig={CANARIES[3]}", {"allow_http": "true"}),
        (f"nonsense://user:{CANARIES[2]}@{host}/t?sig={CANARIES[3]}", {}),
        (f"http://user:{CANARIES[2]}@[bad/t?sig={CANARIES[3]}", {"allow_http": "true"}),
        (
            "az://lake/t",
            {"azure_storage_account_name": "a", "azure_storage_account_key": CANARIES[4]},
        ),
        (
            "az://lake/t",
            {
                "azure_storage_account_name": "a",
                "bearer_token": CANARIES[5],
                "azure_storage_endpoint": endpoint,
                "allow_http": "true",
                "timeout": "2s",
            },
        ),
        ("gs://lake/t", {"google_service_account_key": f'{{"private_key": "{CANARIES[0]}"'}),
    ]


@pytest.mark.parametrize("number", range(len(_cases())))
def test_no_secret_where_opening_fails(number: int) -> None:
    uri, options = _cases()[number]
    talkative = {"RUST_LOG": "trace", "RUST_BACKTRACE": "1"}
    ended = run_python(SHOW, [uri, json.dumps(options)], timeout=240, environment=talkative)
    assert ended.returncode == 0, ended.stderr
    assert "Error" in ended.stdout, "opening must fail here"
    shown = ended.stdout + ended.stderr
    assert [canary for canary in CANARIES if canary in shown] == []


def test_no_secret_where_opening_succeeds(s3: SeaweedFs) -> None:
    options = s3.options()
    secret = options["AWS_SECRET_ACCESS_KEY"]
    table = deltaic.DeltaTable("s3://lake/some/table", storage_options=options)
    shown = [repr(table), str(table), table.table_uri, str(table.file_uris())]
    for statement in ("EXPLAIN", "EXPLAIN VERBOSE", "EXPLAIN ANALYZE"):
        plan = query(f"{statement} SELECT sum(x) FROM t WHERE p = 'a'", t=table)
        shown.append(str(plan.to_pylist()))
    shown.append(str(query("SELECT * FROM t", t=table).schema))
    assert all(secret not in text for text in shown)
    assert any("some/table" in text for text in shown)
