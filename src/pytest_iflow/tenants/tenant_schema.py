"""The schema of tenant files, which editors use as well; what a file breaks of it, and on which line.

No message shows a value of the file.
"""

from __future__ import annotations

import functools
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import resources
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from msgspec import Struct

from pytest_iflow.errors import ConfigurationError, closest_name
from pytest_iflow.lazy_pattern import lazy_pattern
from pytest_iflow.secrets.registry import register_secret


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


class Violation(Struct, frozen=True):
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
    if match := closest_name(key, known):
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


_TABLE = lazy_pattern(r"\s*\[{1,2}([^\[\]]+)\]{1,2}\s*(#.*)?")
_KEY = lazy_pattern(r"\s*([^=#\[\]]+?)\s*=")


def line_of(text: str, path: Sequence[str]) -> int | None:
    """Return the line (from 1) of a key, or of the nearest table around it; None if neither is found.

    ``text`` is TOML that tomllib accepts. Keys of inline tables are found as their table.
    """
    found = _lines(text)
    ends = range(len(path), 0, -1)
    return next((found[key] for end in ends if (key := tuple(path[:end])) in found), None)


@functools.lru_cache(maxsize=1)  # a file with many mistakes is searched once
def _lines(text: str) -> dict[tuple[str, ...], int]:
    """Return the first line of each key and table."""
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _TABLE.fullmatch(line):
            table = _parts(header[1])
            key = table
        elif entry := _KEY.match(line):
            key = (*table, *_parts(entry[1]))
        else:
            continue
        for length in range(1, len(key) + 1):
            found.setdefault(key[:length], number)
    return found


def _parts(dotted: str) -> tuple[str, ...]:
    """Split a key such as ``environments."dev".clients``; a line inside a long text may be no key."""
    try:
        level: Any = tomllib.loads(f"{dotted} = 0")
    except tomllib.TOMLDecodeError:
        return ()
    parts: list[str] = []
    while isinstance(level, dict):
        (part, level), *_ = level.items()
        parts.append(part)
    return tuple(parts)


_POSITION = lazy_pattern(
    r"(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)"
)
_TWICE = lazy_pattern(r"Cannot overwrite a value|Cannot declare .* twice|Duplicate inline table key .*")


class TomlMistake(Struct, frozen=True):
    """Why a text is no TOML, and where, both from 1."""

    what: str
    line: int
    column: int


_DEEP_KEY = lazy_pattern(r"(?:\.[\w\s\"'-]*){500}")
"""A key of so many parts that tomllib would take minutes for it: its time grows with the square of them."""


def read_toml(text: str, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """Read TOML; raises tomllib.TOMLDecodeError, and RecursionError where it is nested too deeply."""
    if _DEEP_KEY.search(text):
        raise RecursionError("a key has more than 500 parts")
    return tomllib.loads(text, parse_float=parse_float)


def toml_mistake(error: ValueError, text: str) -> TomlMistake:
    """Return what an error of tomllib says about a text; a key that stands twice is named."""
    lines = text.splitlines() or [""]
    what, line, column = str(error), len(lines), len(lines[-1]) + 1
    if at := _POSITION.fullmatch(what):
        what = at["what"]
        if at["line"]:
            line, column = int(at["line"]), int(at["column"])
    if _TWICE.fullmatch(what):
        written = lines[line - 1]
        found = _TABLE.fullmatch(written) or _KEY.match(written)
        what = f"{found[1] if found else 'a key'} stands here a second time"
    return TomlMistake(what, line, column)
