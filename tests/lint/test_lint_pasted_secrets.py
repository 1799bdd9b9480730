"""Secrets in files of a suite: what is one, and what only looks like it."""

from __future__ import annotations

import base64
import time
from pathlib import Path

import pytest

from pytest_iflow.lint.pasted_secrets import pasted_secrets

UUID = "0a1b2c3d-0a1b-4c3d-8e5f-0123456789ab"
CLIENT_SECRET = f"{UUID}$Q7xkP2mV9sT4wZ8nB3cR6yH1jL5gD0fA-_uE="
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl"
BASIC = "Basic " + base64.b64encode(b"somebody:tR7!pL2#qX9$").decode()
OF_GITHUB = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
OF_AWS = "AKIA" + "IOSFODNN7EXAMPLX"
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
        'Given the request header "X-API-Key" is "k9X2mQ7vT4wZ8nB3"',
        'And the query parameter "access_token" is also "k9X2mQ7vT4wZ8nB3"',
        'And the form field "password" is "tR7!pL2#qX9$"',
        "client_secret=k9X2mQ7vT4wZ8nB3&grant_type=client_credentials",
        '<wsse:Password Type="text">tR7!pL2#qX9$</wsse:Password>',
        '{"dbPwd": "k9X2mQ7vT4wZ8nB3"}',
        "| client_secret | k9X2mQ7vT4wZ8nB3 |",
        "https://somebody:tR7!pL2qX9@host.example/orders",
        'Given the request header "X" is "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"'.replace(
            '" + "', ""
        ),
        'Given the request header "X" is "AKIA" + "IOSFODNN7EXAMPLX"'.replace('" + "', ""),
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
        '{"productId": "HT-1080-XL-2026", "ean": "4006381333931", "batch": "A7K2M9P4Q1"}',
        '{"passwordPolicy": "MinimumLength12", "tokenType": "Bearer", "api_key": "YOUR-API-KEY"}',
        'Given the request header "X-Hash" is "da39a3ee5e6b4b0d3255bfef95601890afd80709"',
        'And the request header "SAP_MessageId" is "AGsLf_8pMkIYxeeca4R4dpmJUn_j"',
        'And the query parameter "token" is "expired"',
        "https://${user}:${password}@host.example/, https://host.example:8443/a@b",
        "password=${password}&user=me",
        "| password | wrong-password |",
    ],
)
def test_words_variables_and_names_are_none(tmp_path: Path, line: str) -> None:
    """A suite speaks of secrets without holding one."""
    assert lines_with_secrets(tmp_path, "features/a.feature", line) == []


def test_long_lines_are_searched_in_linear_time(tmp_path: Path) -> None:
    """A line of a payload may be as long as the file."""
    started = time.process_time()
    for text in ("password ", "secret | ", "x://a:", "apikey="):
        assert lines_with_secrets(tmp_path, "payloads/a.txt", text * 100_000) == []
    assert time.process_time() - started < 5


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
