"""Secrets in files of a suite: what is one, and what only looks like it."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from pytest_iflow.lint.pasted_secrets import pasted_secrets

UUID = "0a1b2c3d-0a1b-4c3d-8e5f-0123456789ab"
CLIENT_SECRET = f"{UUID}$Q7xkP2mV9sT4wZ8nB3cR6yH1jL5gD0fA-_uE="
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl"
BASIC = "Basic " + base64.b64encode(b"somebody:tR7!pL2#qX9$").decode()
KEY = (
    "-----BEGIN PRIVATE KEY-----\n" + "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n" * 4 + "-----END PRIVATE KEY-----\n"
)


def lines_with_secrets(root: Path, name: str, text: str) -> list[int]:
    """Return the lines of a file of the suite in which a secret stands."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return [finding.line for finding in pasted_secrets(root, [path])]


@pytest.mark.parametrize(
    "line",
    [
        f'Given the request header "Authorization" is "Bearer {TOKEN}"',
        f'Given the request header "Authorization" is "{BASIC}"',
        f'I call the iFlow "orders" with the token "{TOKEN}"',
        f'I request an access token for client "a" with the secret "{CLIENT_SECRET}"',
        'I request an access token for client "a" with the secret "9xKq2LmV7tRw"',
        f'{{"clientsecret": "{CLIENT_SECRET}"}}',
        '{"password": "tR7!pL2#qX9$"}',
        "<Password>tR7!pL2#qX9$</Password>",
        'api-key = "k9X2mQ7vT4wZ8nB3"',
        KEY,
    ],
)
def test_a_secret_is_found_in_its_line(tmp_path: Path, line: str) -> None:
    """Once, whatever it is."""
    assert lines_with_secrets(tmp_path, "features/a.feature", f"first\n{line}\nlast\n") == [2]


@pytest.mark.parametrize(
    "line",
    [
        'an access token for client "default"',
        'I request an access token for client "a" with the secret "wrong-secret"',
        '{"clientsecret": "${secret}", "password": "<password>"}',
        "<password>********</password>",
        'service-key = "env:TRIAL_DEV_API_KEY"',
        '{"password": "changeme"}',
        f'{{"id": "{UUID}"}}',
        "Basic authentication is used",
    ],
)
def test_words_variables_and_names_are_none(tmp_path: Path, line: str) -> None:
    """A suite speaks of secrets without holding one."""
    assert lines_with_secrets(tmp_path, "features/a.feature", line) == []


def test_service_keys_and_other_folders_are_left_alone(tmp_path: Path) -> None:
    """Git ignores a service key by its name; the tests of a project may hold what looks like secrets."""
    text = f'{{"clientsecret": "{CLIENT_SECRET}"}}'
    assert lines_with_secrets(tmp_path, "tenants/trial.service-key.json", text) == []
    assert lines_with_secrets(tmp_path, "tests/test_a.py", text) == []
    assert lines_with_secrets(tmp_path, "tenants/trial.json", text) == [1]


def test_a_file_in_utf_16_is_read(tmp_path: Path) -> None:
    """PowerShell writes it."""
    path = tmp_path / "payloads" / "key.json"
    path.parent.mkdir()
    path.write_text(f'\n{{"clientsecret": "{CLIENT_SECRET}"}}', encoding="utf-16")
    assert [finding.line for finding in pasted_secrets(tmp_path, [path])] == [2]
