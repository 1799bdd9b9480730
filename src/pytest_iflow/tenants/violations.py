"""What a tenant file breaks of its schema, in plain words; no message shows a value of the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import ValidationError

from pytest_iflow.secrets.registry import register_secret
from pytest_iflow.tenants.nearest import nearest
from pytest_iflow.tenants.tenant_schema import tenant_validator

_KINDS = {
    "string": "text in quotes",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "object": "a table of keys",
    "array": "a list",
}
# Spelled as in a service key, or as people write them by hand; hyphens and underscores do not count.
_OF_A_SERVICE_KEY = frozenset(
    (
        *("oauth", "clientid", "clientsecret", "tokenurl", "url", "certificate", "key"),
        *("secret", "password", "user", "username", "token", "accesstoken", "apikey", "privatekey"),
    )
)
_NO_SECRETS = (
    "must not stand in a tenant file, which goes into version control; keep the service key in a file or an "
    'environment variable of its own and write service-key = "file:PATH" or "env:NAME"'
)


@dataclass(frozen=True, slots=True)
class Violation:
    """One mistake of a tenant file: the keys that lead to it, and what is wrong there."""

    path: tuple[str, ...]
    message: str


def schema_violations(document: Mapping[str, Any]) -> list[Violation]:
    """Return all that a tenant file breaks of its schema, each once."""
    errors = tenant_validator().iter_errors(document)
    return list(dict.fromkeys(violation for error in errors for violation in _violations(error)))


def _violations(error: ValidationError) -> Iterator[Violation]:
    path = tuple(map(str, error.absolute_path))
    rule: Any = error.validator_value
    instance: Any = error.instance
    schema: Any = error.schema
    match error.validator:
        case "additionalProperties":
            known = schema["properties"]
            for key in [key for key in instance if key not in known]:
                yield Violation((*path, key), _unknown_key(key, instance[key], known))
        case "required":
            for key in rule:
                if key not in instance:
                    yield Violation(path, f'lacks the key "{key}"')
        case _ if "propertyNames" in error.absolute_schema_path:
            yield Violation((*path, instance), f"is no name: a name holds {schema['description']}")
        case _:
            yield Violation(path, _wrong_value(error.validator, rule, instance, schema))


def _unknown_key(key: str, value: object, known: Mapping[str, Any]) -> str:
    if key.replace("-", "").replace("_", "").casefold() in _OF_A_SERVICE_KEY:
        if isinstance(value, str):
            register_secret(value)
        return _NO_SECRETS
    if match := nearest(key, known):
        return f'unknown key; did you mean "{match}"?'
    return f"unknown key; known here: {', '.join(known)}"


def _wrong_value(validator: object, rule: Any, instance: object, schema: Mapping[str, Any]) -> str:
    match validator:
        case "type":
            # What TOML makes of a.b = 1, where the key was meant to be "a.b".
            hint = (
                " (a key with a dot in it goes in quotes)"
                if rule == "number" and isinstance(instance, dict)
                else ""
            )
            return f"must be {_KINDS[rule]}, not {_kind(instance)}{hint}"
        case "enum":
            return "must be " + " or ".join(f'"{value}"' for value in rule)
        case "minProperties":
            return "is empty; it needs one entry at least"
        case "exclusiveMinimum":
            return f"must be more than {rule}"
        case "maximum":
            return f"must be {rule} at most"
        case _:
            return f"is not what belongs here: {schema['description']}"


def _kind(value: object) -> str:
    match value:
        case bool():
            return f"{value}".lower()
        case str():
            return "text"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return "a date or time"
