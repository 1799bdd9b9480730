"""The schema of tenant files, as the plugin and as editors use it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.tenants.tenant_schema import check_name, tenant_schema, tenant_validator


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
