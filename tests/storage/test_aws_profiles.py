"""Credentials and regions of AWS profiles: what is asked of the store shows which were taken."""

from __future__ import annotations

import datetime
import json
import re
import shlex
import sys
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import deltaic
import pytest
from deltaic.exceptions import TableNotFoundError

from harness.child import run_python
from harness.errors import code_of, describe, error_of
from services import faulty_store, mirror
from services.faulty_store import Answer, FaultyStore, Request

URI = "s3://lake/t"
QUICK = {"max_retries": "0"}
# Asks for a table by what the environment says alone.
BY_ENVIRONMENT = """
import deltaic, json, sys
print(deltaic.DeltaTable.is_deltatable("s3://lake/t", json.loads(sys.argv[1])))
"""


def _assumed(number: int, minutes: float = 60) -> str:
    ends = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=minutes)
    return (
        '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>'
        f"<Credentials><AccessKeyId>ROLEKEY{number}</AccessKeyId>"
        f"<SecretAccessKey>canary-role-secret-{number}</SecretAccessKey>"
        f"<SessionToken>canary-role-token-{number}</SessionToken>"
        f"<Expiration>{ends.strftime('%Y-%m-%dT%H:%M:%SZ')}</Expiration></Credentials>"
        "</AssumeRoleResult></AssumeRoleResponse>"
    )


class Cloud:
    """A store, STS and metadata service in one, and profiles for it."""

    def __init__(self, store: FaultyStore, folder: Path) -> None:
        self.store = store
        self.folder = folder
        self.roles: list[tuple[dict[str, str], str]] = []
        self.refusal: Answer | None = None
        self.minutes = 60.0
        store.respond = self._respond

    def _respond(self, request: Request) -> Answer | None:
        if request.method == "POST":
            form = dict(urllib.parse.parse_qsl(request.body))
            self.roles.append((form, _signer(request)))
            return self.refusal or Answer(200, _assumed(len(self.roles), self.minutes))
        if request.path == "/latest/api/token":
            return Answer(200, "canary-imds-token")
        if request.path == "/latest/meta-data/iam/security-credentials/":
            return Answer(200, "instance-role")
        if request.path.startswith("/latest/meta-data/"):
            keys = {"AccessKeyId": "IMDSKEY", "SecretAccessKey": "canary-imds", "Token": "canary-t"}
            return Answer(200, json.dumps({**keys, "Expiration": "2099-01-01T00:00:00Z"}))
        return None

    def write(self, config: str = "", credentials: str = "") -> dict[str, str]:
        """Writes both files; gives the options that name them."""
        (self.folder / "config").write_text(config)
        (self.folder / "credentials").write_text(credentials)
        return {
            "AWS_CONFIG_FILE": str(self.folder / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.folder / "credentials"),
            "AWS_ENDPOINT_URL": self.store.url,
            "AWS_ENDPOINT_URL_STS": self.store.url,
            "AWS_METADATA_ENDPOINT": self.store.url,
            "AWS_ALLOW_HTTP": "true",
            **QUICK,
        }

    def signers(self) -> set[str]:
        """Key and region of the requests for objects and lists."""
        asked = [one for one in self.store.requests if one.path.startswith("/lake")]
        return {_signer(request) for request in asked}


def _signer(request: Request) -> str:
    """KEY/REGION/SERVICE of a signed request."""
    header = request.headers.get("authorization", "")
    found = re.search(r"Credential=([^/]+)/\d+/([^/]+)/(\w+)/aws4_request", header)
    return "/".join(found.groups()) if found else "unsigned"


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    monkeypatch.setenv("HOME", str(tmp_path))
    with faulty_store.serve() as store:
        yield Cloud(store, tmp_path)


def _keys(name: str) -> str:
    return f"aws_access_key_id = {name}\naws_secret_access_key = canary-secret-of-{name}\n"


def _process(tmp_path: Path, output: str, status: int = 0) -> str:
    """A command that prints `output`, and counts its runs in the file `runs`."""
    script = tmp_path / "process.py"
    runs = tmp_path / "runs"
    script.write_text(
        f"import sys\nopen({str(runs)!r}, 'a').write('x')\n"
        f"print({output!r})\nprint({output!r}, file=sys.stderr)\nsys.exit({status})\n"
    )
    return f"{shlex.quote(sys.executable)} {shlex.quote(str(script))}"


def _printed(key: str, minutes: float | None) -> str:
    keys = {"Version": 1, "AccessKeyId": key, "SecretAccessKey": "canary-process-secret"}
    if minutes is not None:
        ends = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=minutes)
        keys["Expiration"] = ends.isoformat()
    return json.dumps({**keys, "SessionToken": "canary-process-token"})


def _ask(options: dict[str, str]) -> None:
    assert not deltaic.DeltaTable.is_deltatable(URI, options)


def _open(options: dict[str, str]) -> None:
    """Asks more than once: for a log, and for what is there instead."""
    with pytest.raises(TableNotFoundError):
        deltaic.DeltaTable(URI, storage_options=options)


def test_keys_and_region_of_a_profile(cloud: Cloud) -> None:
    options = cloud.write(f"[profile p]\nregion = eu-north-1\n{_keys('CONFIGKEY')}")
    _ask({**options, "AWS_PROFILE": "p"})
    assert cloud.signers() == {"CONFIGKEY/eu-north-1/s3"}


def test_credentials_file_wins_and_session_token_is_sent(cloud: Cloud) -> None:
    token = "aws_session_token = canary-session\n"
    options = cloud.write(f"[profile p]\n{_keys('CONFIGKEY')}", f"[p]\n{_keys('FILEKEY')}{token}")
    _ask({**options, "aws_profile": "p"})
    assert cloud.signers() == {"FILEKEY/us-east-1/s3"}
    tokens = {one.headers.get("x-amz-security-token") for one in cloud.store.requests}
    assert tokens == {"canary-session"}


def test_default_profile(cloud: Cloud) -> None:
    options = cloud.write("[default]\nregion = eu-west-3\n", f"[default]\n{_keys('DEFAULTKEY')}")
    _ask(options)
    assert cloud.signers() == {"DEFAULTKEY/eu-west-3/s3"}


def test_options_win_over_profiles(cloud: Cloud) -> None:
    options = cloud.write(f"[profile p]\nregion = eu-north-1\n{_keys('CONFIGKEY')}")
    given = {"AWS_ACCESS_KEY_ID": "GIVENKEY", "AWS_SECRET_ACCESS_KEY": "canary-given"}
    _ask({**options, **given, "AWS_PROFILE": "p"})
    _ask({**options, **given, "AWS_PROFILE": "p", "region": "eu-south-2"})
    assert cloud.signers() == {"GIVENKEY/eu-north-1/s3", "GIVENKEY/eu-south-2/s3"}


def test_files_of_the_home_directory_and_the_environment(cloud: Cloud, tmp_path: Path) -> None:
    options = cloud.write()
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text(f"[profile p]\nregion = r1\n{_keys('HOMEKEY')}")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text(f"[profile p]\nregion = r2\n{_keys('ELSEWHEREKEY')}")
    paths = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
    given = json.dumps({key: value for key, value in options.items() if key not in paths})
    keys = {"AWS_ACCESS_KEY_ID": "ENVKEY", "AWS_SECRET_ACCESS_KEY": "canary-environment"}
    home = {"HOME": str(tmp_path), "AWS_PROFILE": "p"}
    for environment, wanted in (
        (home, "HOMEKEY/r1/s3"),
        ({**home, "AWS_CONFIG_FILE": str(elsewhere)}, "ELSEWHEREKEY/r2/s3"),
        ({**home, **keys}, "ENVKEY/r1/s3"),
        ({**home, **keys, "AWS_REGION": "r3"}, "ENVKEY/r3/s3"),
    ):
        cloud.store.requests.clear()
        ended = run_python(BY_ENVIRONMENT, [given], environment=environment, timeout=60)
        assert ended.stdout == "False\n", ended.stderr
        assert cloud.signers() == {wanted}
    cloud.store.requests.clear()
    named = json.dumps({**json.loads(given), "AWS_PROFILE": "p"})
    ended = run_python(BY_ENVIRONMENT, [named], environment={**home, **keys}, timeout=60)
    assert ended.stdout == "False\n", ended.stderr
    assert cloud.signers() == {"HOMEKEY/r1/s3"}


def test_role_with_a_source_profile(cloud: Cloud) -> None:
    options = cloud.write(
        "[profile p]\nrole_arn = arn:aws:iam::1:role/reader\nsource_profile = base\n"
        "role_session_name = me\nexternal_id = x&y\nduration_seconds = 900\nregion = eu-north-1\n",
        f"[base]\n{_keys('BASEKEY')}",
    )
    _ask({**options, "AWS_PROFILE": "p"})
    assert cloud.signers() == {"ROLEKEY1/eu-north-1/s3"}
    form = {
        "Action": "AssumeRole",
        "Version": "2011-06-15",
        "RoleArn": "arn:aws:iam::1:role/reader",
        "RoleSessionName": "me",
        "ExternalId": "x&y",
        "DurationSeconds": "900",
    }
    assert cloud.roles == [(form, "BASEKEY/eu-north-1/sts")]


def test_role_of_a_role(cloud: Cloud) -> None:
    options = cloud.write(
        "[profile p]\nrole_arn = outer\nsource_profile = q\n"
        "[profile q]\nrole_arn = inner\nsource_profile = base\n",
        f"[base]\n{_keys('BASEKEY')}",
    )
    _ask({**options, "AWS_PROFILE": "p"})
    assert [(form["RoleArn"], signer) for form, signer in cloud.roles] == [
        ("inner", "BASEKEY/us-east-1/sts"),
        ("outer", "ROLEKEY1/us-east-1/sts"),
    ]
    assert cloud.signers() == {"ROLEKEY2/us-east-1/s3"}


@pytest.mark.parametrize("source", ["keys", "profile", "instance"])
def test_role_of_the_options(cloud: Cloud, source: str) -> None:
    options = cloud.write(credentials=f"[p]\n{_keys('CONFIGKEY')}")
    given = {
        "keys": {"AWS_ACCESS_KEY_ID": "GIVENKEY", "AWS_SECRET_ACCESS_KEY": "canary-given"},
        "profile": {"AWS_PROFILE": "p"},
        "instance": {},
    }[source]
    key = {"keys": "GIVENKEY", "profile": "CONFIGKEY", "instance": "IMDSKEY"}[source]
    _ask({**options, **given, "AWS_IAM_ROLE_ARN": "r", "AWS_IAM_ROLE_SESSION_NAME": "s"})
    ((form, signer),) = cloud.roles
    assert (form["RoleArn"], form["RoleSessionName"], signer) == ("r", "s", f"{key}/us-east-1/sts")
    assert cloud.signers() == {"ROLEKEY1/us-east-1/s3"}


def test_instance_as_the_source_of_a_profile(cloud: Cloud) -> None:
    # The endpoint of the metadata service is not part of a profile.
    options = cloud.write("[profile p]\nrole_arn = r\ncredential_source = Environment\n")
    environment = {"AWS_ACCESS_KEY_ID": "ENVKEY", "AWS_SECRET_ACCESS_KEY": "canary-environment"}
    given = json.dumps({**options, "AWS_PROFILE": "p"})
    ended = run_python(BY_ENVIRONMENT, [given], environment=environment, timeout=60)
    assert ended.stdout == "False\n", ended.stderr
    assert [signer for _, signer in cloud.roles] == ["ENVKEY/us-east-1/sts"]
    assert cloud.signers() == {"ROLEKEY1/us-east-1/s3"}


def test_roles_are_asked_for_once_while_they_live(cloud: Cloud) -> None:
    options = cloud.write(
        "[profile p]\nrole_arn = r\nsource_profile = base\n", f"[base]\n{_keys('BASEKEY')}"
    )
    for minutes, asked in ((60.0, 1), (1.0, 1), (-1.0, 2)):
        cloud.minutes = minutes
        cloud.roles.clear()
        cloud.store.requests.clear()
        _open({**options, "AWS_PROFILE": "p"})
        assert len([one for one in cloud.store.requests if one.method != "POST"]) >= 2
        assert min(len(cloud.roles), 2) == asked, minutes


def test_role_that_is_refused(cloud: Cloud) -> None:
    options = cloud.write(
        "[profile p]\nrole_arn = r\nsource_profile = base\n", f"[base]\n{_keys('BASEKEY')}"
    )
    text = "<Error><Code>AccessDenied</Code><Message>no &lt;role&gt; for you</Message></Error>"
    cloud.refusal = Answer(403, f"<ErrorResponse>{text}</ErrorResponse>")
    error = error_of(lambda: _ask({**options, "AWS_PROFILE": "p"}))
    assert code_of(error) == "permission_denied", describe(error)
    assert "AccessDenied: no <role> for you" in str(error), describe(error)
    assert "canary" not in str(error)
    cloud.refusal = Answer(500, "busy")
    error = error_of(lambda: _ask({**options, "AWS_PROFILE": "p"}))
    assert code_of(error) == "io", describe(error)
    assert len(cloud.roles) == 1 + 3


def test_credential_process(cloud: Cloud, tmp_path: Path) -> None:
    for minutes, runs in ((None, 1), (60, 1), (1, 1), (-1, 2)):
        command = _process(tmp_path, _printed("PROCESSKEY", minutes))
        options = cloud.write(f"[profile p]\ncredential_process = {command}\n")
        (tmp_path / "runs").write_text("")
        cloud.store.requests.clear()
        _open({**options, "AWS_PROFILE": "p"})
        assert cloud.signers() == {"PROCESSKEY/us-east-1/s3"}
        tokens = {one.headers.get("x-amz-security-token") for one in cloud.store.requests}
        assert tokens == {"canary-process-token"}
        assert min(len((tmp_path / "runs").read_text()), 2) == runs, minutes


@pytest.mark.parametrize(
    ("output", "status", "wanted"),
    [
        ("canary-output", 0, "prints something else than JSON"),
        (_printed("canary-key", None), 7, "failed (exit status: 7)"),
        ('{"Version": 2, "x": "canary"}', 0, "JSON whose Version is not 1"),
        ('{"Version": 1, "AccessKeyId": "canary"}', 0, "without AccessKeyId or SecretAccessKey"),
        ("x" * 100_000, 0, "The credential_process of an AWS profile"),
        (
            '{"Version": 1, "AccessKeyId": "canary-k", "SecretAccessKey": "canary s"}',
            0,
            "credentials are malformed",
        ),
        (
            '{"Version": 1, "AccessKeyId": "canary-k", "SecretAccessKey": "canary-s",'
            ' "Expiration": "canary"}',
            0,
            "an Expiration that is no time",
        ),
    ],
)
def test_credential_process_that_fails(
    cloud: Cloud, tmp_path: Path, output: str, status: int, wanted: str
) -> None:
    command = _process(tmp_path, output, status)
    options = cloud.write(f"[profile p]\ncredential_process = {command}\n")
    error = error_of(lambda: _ask({**options, "AWS_PROFILE": "p"}))
    assert code_of(error) == "permission_denied", describe(error)
    assert wanted in str(error), describe(error)
    assert "canary" not in str(error) + repr(error), describe(error)
    assert cloud.store.requests == []


def test_files_are_read_again_only_with_a_store(cloud: Cloud) -> None:
    options = cloud.write(credentials=f"[p]\n{_keys('OLDKEY')}")
    _ask({**options, "AWS_PROFILE": "p"})
    cloud.write(credentials=f"[p]\n{_keys('NEWKEY')}")
    _ask({**options, "AWS_PROFILE": "p"})
    assert cloud.signers() == {"OLDKEY/us-east-1/s3", "NEWKEY/us-east-1/s3"}


@pytest.mark.parametrize(
    ("config", "code", "wanted"),
    [
        ("", "invalid_argument", "The AWS profile is in neither"),
        ("[profile p]\nsso_session = s\n", "not_implemented", "SSO"),
        (
            "[profile p]\nrole_arn = r\nsource_profile = p\nmfa_serial = m\n",
            "not_implemented",
            "mfa_serial",
        ),
        ("[profile p]\nrole_arn = r\nsource_profile = q\n", "invalid_argument", "neither"),
        ("[profile p]\nrole_arn = r\n", "invalid_argument", "lacks a source"),
        ("[profile p\n", "invalid_argument", "malformed"),
    ],
)
def test_profile_that_cannot_be_followed(cloud: Cloud, config: str, code: str, wanted: str) -> None:
    options = cloud.write(config)
    error = error_of(lambda: _ask({**options, "AWS_PROFILE": "p"}))
    assert code_of(error) == code, describe(error)
    assert wanted in str(error), describe(error)
    assert cloud.store.requests == []


def test_instance_is_asked_last_and_only_if_allowed(cloud: Cloud) -> None:
    options = cloud.write()
    _ask(options)
    assert cloud.signers() == {"IMDSKEY/us-east-1/s3"}
    cloud.store.requests.clear()
    error = error_of(lambda: _ask({**options, "AWS_EC2_METADATA_DISABLED": "true"}))
    assert code_of(error) == "permission_denied", describe(error)
    assert "There are no AWS credentials" in str(error), describe(error)
    assert cloud.store.requests == []


def test_addressing_style(cloud: Cloud) -> None:
    options = cloud.write(credentials=f"[default]\n{_keys('K')}")
    _ask({**options, "AWS_S3_ADDRESSING_STYLE": "virtual"})
    paths = {request.path.split("/")[1] for request in cloud.store.requests}
    assert paths <= {"t", ""}, paths


@pytest.mark.parametrize("source", ["keys", "process", "role"])
def test_no_credential_of_a_profile_shows(cloud: Cloud, tmp_path: Path, source: str) -> None:
    """The server sends back all that it gets."""
    command = _process(tmp_path, _printed("canary-process-key", 60))
    keys = "aws_access_key_id = canary-key\naws_secret_access_key = canary-secret\n"
    token = "aws_session_token = canary-session-token\n"
    config = {
        "keys": f"[profile p]\n{keys}{token}",
        "process": f"[profile p]\ncredential_process = {command}\n",
        "role": f"[profile p]\nrole_arn = r\nsource_profile = base\n[profile base]\n{keys}{token}",
    }[source]
    options = cloud.write(config)
    with mirror.serve() as address:
        url = f"http://{address}"
        ends = {"AWS_ENDPOINT_URL": url, "AWS_ENDPOINT_URL_STS": url, "AWS_PROFILE": "p"}
        error = error_of(lambda: _ask({**options, **ends}))
    assert code_of(error) == "permission_denied", describe(error)
    assert "REDACTED" in str(error), describe(error)
    assert "canary" not in str(error) + repr(error), describe(error)
