"""The schema of tenant files, as the plugin and as editors use it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.secrets.registry import mask
from pytest_iflow.tenants.tenant_schema import (
    Violation,
    check_name,
    line_of,
    schema_violations,
    tenant_schema,
    tenant_validator,
)


def keys(schema: dict[str, Any], name: str = "tenant file") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every key that a tenant file may have, with its schema."""
    yield name, schema
    for key, value in {**schema.get("properties", {}), **schema.get("$defs", {})}.items():
        yield from keys(value, key)


def test_the_schema_is_valid_and_read_once() -> None:
    """It is JSON Schema 2020-12."""
    Draft202012Validator.check_schema(tenant_schema())
    assert tenant_validator() is tenant_validator()


def test_every_key_is_explained() -> None:
    """Editors show title and description of each key."""
    unexplained = [
        name
        for name, schema in keys(tenant_schema())
        if "$ref" not in schema and not (schema.get("title") and schema.get("description"))
    ]
    assert unexplained == []


@pytest.mark.parametrize("name", ["dev", "QA", "eu10-003", "a", "0", "a.b_c-d", "console", "null"])
def test_a_name_is_accepted(name: str) -> None:
    """Letters, digits, dot, underscore and hyphen make a folder name everywhere."""
    check_name(name, "a tenant")


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "-dev", "a b", "a/b", "a\\b", "dev.", "dev\n", "größe"),
        *("CON", "nul", "Nul.txt", "com1", "LPT9.x"),
        *("tenants/trial.toml", "../trial"),
    ],
)
def test_a_name_is_refused(name: str) -> None:
    """What is no folder name on some system is no name."""
    with pytest.raises(ConfigurationError, match="cannot be the name of a tenant"):
        check_name(name, "a tenant")


CLIENT = {"service-key": "env:KEY"}


def document(**environment: Any) -> dict[str, Any]:
    """Return a tenant file with the environment dev."""
    return {"environments": {"dev": {"clients": {"default": CLIENT}, **environment}}}


def only(found: list[Violation]) -> tuple[str, str]:
    """Return key path and message of the one violation there is."""
    (violation,) = found
    return ".".join(violation.path), violation.message


def test_a_good_file_has_no_violations() -> None:
    """All keys with good values pass."""
    good = document(
        **{"ca-bundle": "ca.pem", "protected": False, "timeouts": {"connect": 1, "read": 2.5}},
        iflows={"a": {"address": "/a", "artifact": "A"}, "b": {}},
    )
    assert schema_violations({"description": "x", "default-environment": "dev", **good}) == []


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (1, "a number"),
        (1.5, "a number"),
        (True, "true"),
        ([], "a list"),
        ({}, "a table"),
        (dt.date(2026, 1, 1), "a date or time"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named_in_plain_words(value: object, kind: str) -> None:
    """Both kinds are said as a tester would."""
    path, message = only(schema_violations({"description": value, **document()}))
    assert (path, message) == ("description", f"must be text in quotes, not {kind}")


@pytest.mark.parametrize(
    ("environment", "path", "message"),
    [
        ({"protected": "yes"}, "protected", "must be true or false, not text"),
        ({"timeouts": 3}, "timeouts", "must be a table of keys, not a number"),
        ({"timeouts": {"read": "3"}}, "timeouts.read", "must be a number, not text"),
        ({"timeouts": {"read": True}}, "timeouts.read", "must be a number, not true"),
        ({"timeouts": {"read": 0}}, "timeouts.read", "must be more than 0"),
        ({"emulator": {"seed": 0.5}}, "emulator.seed", "must be a whole number, not a number"),
        ({"emulator": {"profile": 2022}}, "emulator.profile", "must be text in quotes, not a number"),
        (
            {"emulator": {"faults": {"runtime": {"latency": 1}}}},
            "emulator.faults.runtime",
            "must be a number, not a table (a key with a dot in it goes in quotes)",
        ),
        (
            {"emulator": {"faults": {"Latency": 1}}},
            "emulator.faults.Latency",
            "is no name: a name holds lower-case letters, digits and underscores, perhaps after the name "
            "of a plane and a dot",
        ),
        ({"timeouts": {"read": float("inf")}}, "timeouts.read", "must be 86400 at most"),
        ({"clients": {}}, "clients", "is empty; it needs one entry at least"),
        ({"clients": {"x": {}}}, "clients.x", 'lacks the key "service-key"'),
        ({"clients": {"x": {**CLIENT, "auth": "form"}}}, "clients.x.auth", 'must be "basic" or "post"'),
        (
            {"clients": {"x": {**CLIENT, "runtime-auth": 1}}},
            "clients.x.runtime-auth",
            'must be "bearer" or "basic"',
        ),
        ({"iflow": {}}, "iflow", 'unknown key; did you mean "iflows"?'),
        ({"clients": {"x": {**CLIENT, "Auth": "post"}}}, "clients.x.Auth", 'did you mean "auth"?'),
        (
            {"zzz": 1},
            "zzz",
            "known here: ca-bundle, strict-certificates, system-trust, protected, require-monitoring,",
        ),
        ({"iflows": {"a": {"address": "a"}}}, "iflows.a.address", "beginning with a slash"),
        ({"iflows": {"a": {"artifact": ""}}}, "iflows.a.artifact", "ID of the iFlow"),
        ({"iflows": {"a b": {}}}, "iflows.a b", "is no name"),
        ({"clients": {"CON": CLIENT}}, "clients.CON", "Windows"),
        ({"ca-bundle": ""}, "ca-bundle", "PEM file"),
    ],
)
def test_a_mistake_is_named_with_its_key(environment: dict[str, Any], path: str, message: str) -> None:
    """Key path and a message that says what belongs there."""
    found_path, found_message = only(schema_violations(document(**environment)))
    assert found_path == f"environments.dev.{path}"
    assert message in found_message


@pytest.mark.parametrize(
    "reference",
    [
        "trial.json",
        "file:",
        "file: ",
        "env:",
        "env:MY-KEY",
        "env:A B",
        "https://x",
        '{"oauth": {}}',
        "env:A\n",
    ],
)
def test_a_reference_that_is_none_is_refused_unshown(reference: str) -> None:
    """A service key is referred to with file:, env: or emulator:; whatever else stands there stays hidden."""
    path, message = only(schema_violations(document(clients={"x": {"service-key": reference}})))
    assert path == "environments.dev.clients.x.service-key"
    assert '"file:PATH"' in message
    assert reference not in message.replace('"file:PATH"', "").replace('"env:NAME"', "")


@pytest.mark.parametrize(
    "reference", ["file:a b.json", "file:C:\\keys\\x.json", "env:_A1", "emulator:api.json"]
)
def test_a_reference_is_accepted(reference: str) -> None:
    """Paths with spaces and Windows paths are good references."""
    assert schema_violations(document(clients={"x": {"service-key": reference}})) == []


@pytest.mark.parametrize(
    "key", ["clientsecret", "client_secret", "client-secret", "ClientId", "password", "tokenurl", "oauth"]
)
def test_a_secret_in_the_file_is_refused_with_the_reason(key: str) -> None:
    """Fields of a service key do not belong in a file under version control; their values get masked."""
    value = f"written-in-the-file-{key}"
    path, message = only(schema_violations(document(clients={"x": {**CLIENT, key: value}})))
    assert path == f"environments.dev.clients.x.{key}"
    assert "version control" in message
    assert "service-key" in message
    assert mask(value) == "***"


def test_a_whole_service_key_as_a_table_is_refused() -> None:
    """The reason is the same for nested secrets."""
    message = only(schema_violations(document(clients={"x": {**CLIENT, "oauth": {"clientid": "a"}}})))[1]
    assert "version control" in message


def test_all_mistakes_are_found_at_once() -> None:
    """A file is corrected in one go."""
    found = schema_violations({"descripton": 1, "environments": {"dev": {"protected": 1}, "a b": {}}})
    assert {".".join(violation.path) for violation in found} == {
        "descripton",
        "environments.dev",
        "environments.dev.protected",
        "environments.a b",
    }


def test_a_file_without_environments_is_refused() -> None:
    """A tenant is its environments."""
    assert only(schema_violations({})) == ("", 'lacks the key "environments"')
    assert only(schema_violations({"environments": {}}))[1].startswith("is empty")


TEXT = '''description = "a = b"
# clients = none
[environments.dev]
protected = true

[environments."my.stage".clients.default]  # the stage
service-key = "env:X"
auth = "post"
environments.deep."a b" = 1
text = """
inline = not a key, [nor.a.table
no key either = 1
= nothing
"""
[[list]]
item = { inner = 1 }
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (["description"], 1),
        (["environments"], 3),
        (["environments", "dev"], 3),
        (["environments", "dev", "protected"], 4),
        (["environments", "my.stage", "clients", "default", "auth"], 8),
        (["environments", "my.stage", "clients", "default", "environments", "deep", "a b"], 9),
        (["list", "item"], 16),
        (["list", "item", "inner"], 16),
        (["environments", "dev", "unknown"], 3),
        (["unknown"], None),
        ([], None),
    ],
)
def test_a_key_is_found_on_its_line(path: list[str], line: int | None) -> None:
    """A key has its own line, what is not written has that of the table around it."""
    assert line_of(TEXT, path) == line


def test_windows_line_ends_count_once() -> None:
    """Lines are those that an editor shows."""
    assert line_of("a = 1\r\nb = 2\r\n", ["b"]) == 2
