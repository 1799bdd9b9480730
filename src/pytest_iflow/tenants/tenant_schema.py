"""The JSON Schema of tenant files: the same one that editors complete keys with."""

from __future__ import annotations

import functools
import json
from importlib import resources
from typing import Any

from jsonschema import Draft202012Validator

from pytest_iflow.errors import ConfigurationError


@functools.cache
def tenant_schema() -> dict[str, Any]:
    """Return the schema, read once."""
    schema = resources.files("pytest_iflow.schemas").joinpath("tenant.schema.json")
    document: dict[str, Any] = json.loads(schema.read_text(encoding="utf-8"))
    return document


@functools.cache
def tenant_validator() -> Draft202012Validator:
    """Return the validator of tenant files, built once."""
    return Draft202012Validator(tenant_schema())


def check_name(name: str, kind: str) -> None:
    """Raise ConfigurationError unless ``name`` is fit for a tenant file: names become folder names."""
    rule = tenant_schema()["$defs"]["name"]
    if not Draft202012Validator(rule).is_valid(name):
        raise ConfigurationError(
            f'"{name}" cannot be the name of {kind}.',
            remedy=f"A name holds {rule['description']}. Give the name alone, without folder and .toml.",
        )
