"""Tables on Azure Blob Storage: Azure's emulator on loopback, with real shared-key signatures."""

from __future__ import annotations

import base64

import deltaic
import pytest
from deltaic.exceptions import TableNotFoundError

from harness.child import run_python
from harness.errors import code_of, describe, error_of
from reading import BY_ENVIRONMENT, check_table
from services.azurite import ACCOUNT, KEY, Azurite

URI = "az://lake/some/table"
WRONG = base64.b64encode(b"canary-wrong-azure-key-9b20").decode()


@pytest.mark.parametrize("uri", [URI, f"abfss://lake@{ACCOUNT}.dfs.core.windows.net/some/table"])
def test_read_with_options(azure: Azurite, uri: str) -> None:
    check_table(uri, azure.options())


def test_read_with_environment_variables(azure: Azurite) -> None:
    environment = {
        "AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT,
        "AZURE_STORAGE_ACCOUNT_KEY": KEY,
        "AZURE_STORAGE_ENDPOINT": azure.endpoint,
        "AZURE_ALLOW_HTTP": "true",
    }
    ended = run_python(BY_ENVIRONMENT, [URI], environment=environment, timeout=60)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.split() == ["1", "5"]


def test_wrong_key(azure: Azurite) -> None:
    error = error_of(lambda: deltaic.DeltaTable(URI, storage_options=azure.options(WRONG)))
    assert code_of(error) == "permission_denied", describe(error)
    assert isinstance(error, OSError), describe(error)
    assert WRONG not in str(error) + repr(error)


def test_missing_table(azure: Azurite) -> None:
    options = azure.options()
    error = error_of(lambda: deltaic.DeltaTable("az://lake/no/table", storage_options=options))
    assert isinstance(error, TableNotFoundError), describe(error)
    assert code_of(error) == "table_not_found", describe(error)
    assert KEY not in str(error)
