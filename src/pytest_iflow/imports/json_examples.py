"""Example messages out of a JSON Schema: the same schema gives the same message, and it fits the schema."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from jsonschema.exceptions import SchemaError, ValidationError
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import specification_with

from pytest_iflow.checks.dialects import NEWEST, dialect_of, validator_kind
from pytest_iflow.checks.formats import FORMATS
from pytest_iflow.checks.quoting import json_path
from pytest_iflow.checks.time_limits import schema_time, shared_pattern_time
from pytest_iflow.errors import IflowError
from pytest_iflow.imports.pattern_texts import LONGEST, NoTextError, text_of_pattern

_FULL, _LEAST = 400, 5_000
"""How many parts a message may have with all that it may hold, and with what it has to hold only."""

_MOST_ITEMS = 100
_DEEPEST = 40
_SECONDS = 10.0
_JOINED = ("allOf", "anyOf", "oneOf")
_FORMATS = {
    "date-time": "2026-01-31T12:00:00Z",
    "date": "2026-01-31",
    "time": "12:00:00Z",
    "duration": "P1D",
    "email": "ada@example.com",
    "idn-email": "ada@example.com",
    "hostname": "example.com",
    "idn-hostname": "example.com",
    "host-name": "example.com",
    "ipv4": "192.0.2.1",
    "ip-address": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/1",
    "url": "https://example.com/1",
    "iri": "https://example.com/1",
    "uri-reference": "/1",
    "iri-reference": "/1",
    "uri-template": "/{id}",
    "json-pointer": "/id",
    "relative-json-pointer": "0/id",
    "regex": "[a-z]+",
    "uuid": "00000000-0000-4000-8000-000000000001",
    "byte": base64.b64encode(b"text").decode(),
    "binary": "text",
    "password": "text",
}
"""Texts for formats; ``byte`` and those below it are of OpenAPI."""

_TYPE_OF_KEYWORD = {
    "properties": "object",
    "additionalProperties": "object",
    "required": "object",
    "items": "array",
    "prefixItems": "array",
    "minItems": "array",
    "minimum": "number",
    "maximum": "number",
    "multipleOf": "number",
}
"""The type that a schema without one means by a keyword."""

Json = Any


class NoExampleError(Exception):
    """No message can be made of a schema; the text of the error says why."""


class _TooLargeError(NoExampleError):
    """A message would have too many parts."""


class JsonExamples:
    """Makes messages of a JSON Schema ``document`` and of its parts, which refer to each other by ``#/…``.

    Raises NoExampleError where the document is no JSON Schema.
    """

    def __init__(self, document: Json) -> None:
        try:
            dialect = dialect_of(document, "the schema")
            kind = validator_kind(dialect)
            kind.check_schema(document)
        except SchemaError as error:
            raise NoExampleError(
                f"this is no JSON Schema: {error.message} (at {json_path(error.absolute_path)})"
            ) from None
        except (IflowError, RecursionError) as error:
            raise NoExampleError(f"this is no JSON Schema that can be used: {error}") from None
        self._document = document
        resource = Resource.from_contents(document, default_specification=specification_with(dialect))
        registry: Registry[Any] = Registry()
        self._root = kind(
            document, registry=registry.with_resource("", resource), format_checker=FORMATS
        )
        self._parts = 0
        self._most = 0
        self._is_full = True

    def example(self) -> Json:
        """Return a message with all that it may hold, or with what it must hold where that is too much.

        Raises NoExampleError.
        """
        reasons = []
        for is_full, most in ((True, _FULL), (False, _LEAST)):
            self._is_full, self._parts, self._most = is_full, 0, most
            try:
                with schema_time(_SECONDS), shared_pattern_time():
                    value = self._value(self._document, (), 0)
                    self._require(value)
                return value
            except NoExampleError as error:
                reasons.append(str(error))
            except (Unresolvable, RecursionError, IflowError) as error:
                reasons.append(f"the schema cannot be followed: {error}")
        raise NoExampleError(reasons[-1])

    def _require(self, value: Json) -> None:
        """Raise NoExampleError unless a message fits the whole schema."""
        error: ValidationError | None = next(self._root.iter_errors(value), None)
        if error is not None:
            at = json_path(error.absolute_path)
            raise NoExampleError(f"no message was found that fits: at {at}: {error.message[:200]}")

    def _fits(self, value: Json, schema: Json) -> bool:
        return bool(self._root.evolve(schema=schema).is_valid(value))

    def _value(self, schema: Json, above: tuple[str, ...], depth: int) -> Json:
        """Return a message for a part; ``above`` are the references that led to it."""
        self._parts += 1
        if self._parts > self._most or depth > _DEEPEST:
            raise _TooLargeError("the message would be too large: the schema is nested too deep or too wide")
        if schema is False:
            raise NoExampleError("the schema allows no message at this place")
        if not isinstance(schema, dict):
            return "text"
        schema, above = self._joined(schema, above, 0)
        for value in _named_values(schema):
            if self._fits(value, schema):
                return value
        reason: NoExampleError | None = None
        for choice in self._choices(schema, above):
            try:
                value = self._of_type(choice, above, depth)
            except _TooLargeError:
                raise
            except NoExampleError as error:
                reason = reason or error
                continue
            if choice is schema or self._fits(value, schema):
                return value
        raise reason or NoExampleError("no choice of anyOf or oneOf gives a message that fits")

    def _joined(
        self, schema: dict[str, Json], above: tuple[str, ...], depth: int
    ) -> tuple[dict[str, Json], tuple[str, ...]]:
        """Return a part with what its ``$ref`` and ``allOf`` say in it."""
        if depth > _DEEPEST:
            raise _TooLargeError("$ref and allOf of the schema lead to each other without end")
        found: dict[str, Json] = {name: value for name, value in schema.items() if name not in ("$ref", "allOf")}
        if isinstance(reference := schema.get("$ref"), str):
            if reference in above:
                raise NoExampleError(f"the schema contains itself without end: {reference}")
            above = (*above, reference)
            target = self._target(reference)
            if not isinstance(target, dict):
                return {} if target is not False else {"not": {}}, above
            target, above = self._joined(target, above, depth + 1)
            found = _merged(target, found)
        for each in schema.get("allOf") or ():
            if isinstance(each, dict):
                part, above = self._joined(each, above, depth + 1)
                found = _merged(found, part)
        self._parts += 1
        if self._parts > self._most:
            raise _TooLargeError("$ref and allOf of the schema make too many parts")
        return found, above

    def _target(self, reference: str) -> Json:
        """Return what a reference within the document names; raises NoExampleError."""
        if not reference.startswith("#"):
            raise NoExampleError(f"the schema refers to {reference}, which is another document")
        found = self._document
        for step in filter(None, unquote(reference[1:]).split("/")):
            name = step.replace("~1", "/").replace("~0", "~")
            if isinstance(found, dict) and name in found:
                found = found[name]
            elif isinstance(found, list) and name.isdigit() and int(name) < len(found):
                found = found[int(name)]
            else:
                raise NoExampleError(f"the schema refers to {reference}, which is not there")
        return found

    def _choices(self, schema: dict[str, Json], above: tuple[str, ...]) -> Iterator[dict[str, Json]]:
        """Yield a part with each alternative of its first ``anyOf`` or ``oneOf`` in it, in their order."""
        for keyword in ("oneOf", "anyOf"):
            if options := schema.get(keyword):
                rest = {name: value for name, value in schema.items() if name != keyword}
                for option in options:
                    if not isinstance(option, dict):
                        continue
                    try:
                        part, _ = self._joined(option, above, 0)
                    except _TooLargeError:
                        raise
                    except NoExampleError:
                        continue
                    yield from self._choices(_merged(rest, part), above)
                return
        yield schema

    def _of_type(self, schema: dict[str, Json], above: tuple[str, ...], depth: int) -> Json:
        for value in _named_values(schema):
            if self._fits(value, schema):
                return value
        kind = _type_of(schema)
        if kind == "object":
            return self._object(schema, above, depth)
        if kind == "array":
            return self._array(schema, above, depth)
        if kind in ("integer", "number"):
            return _number(schema, whole=kind == "integer")
        if kind in ("boolean", "null"):
            return True if kind == "boolean" else None
        return _text(schema)

    def _object(self, schema: dict[str, Json], above: tuple[str, ...], depth: int) -> Json:
        properties = schema.get("properties") or {}
        required = [name for name in schema.get("required") or () if isinstance(name, str)]
        found: dict[str, Json] = {}
        for name, part in properties.items():
            if name not in required and not self._is_full:
                continue
            try:
                found[name] = self._value(part, above, depth + 1)
            except _TooLargeError:
                raise
            except NoExampleError:
                if name in required:
                    raise
        others = schema.get("additionalProperties")
        missing = [name for name in required if name not in found]
        least = schema.get("minProperties")
        more = min(least, _MOST_ITEMS) - len(found) - len(missing) if isinstance(least, int) else 0
        for name in (*missing, *(f"key{number}" for number in range(1, more + 1))):
            found[name] = self._value(others if isinstance(others, dict) else True, above, depth + 1)
        return found

    def _array(self, schema: dict[str, Json], above: tuple[str, ...], depth: int) -> Json:
        items = schema.get("items", True)
        first = schema.get("prefixItems") or (items if isinstance(items, list) else [])
        if isinstance(items, list):
            items = schema.get("additionalItems", True)
        least, most = schema.get("minItems") or 0, schema.get("maxItems")
        if least > _MOST_ITEMS:
            raise NoExampleError(f"the schema wants a list of more than {_MOST_ITEMS} items")
        wanted = max(least, len(first) or 1)
        wanted = min(wanted, most) if isinstance(most, int | float) else wanted
        parts = [*first, *[schema.get("contains", items)] * max(int(wanted) - len(first), 0)][: int(wanted)]
        found: list[Json] = []
        for number, part in enumerate(parts):
            try:
                value = self._value(part, above, depth + 1)
            except _TooLargeError:
                raise
            except NoExampleError:
                if number < least:
                    raise
                break
            if schema.get("uniqueItems") and value in found:
                value = self._another(value, part, found)
            found.append(value)
        return found

    def _another(self, value: Json, schema: Json, others: list[Json]) -> Json:
        """Return a value like one that a list already has, as each item of it is to be another."""
        candidates: Iterable[Json] = ()
        if isinstance(schema, dict) and isinstance(schema.get("enum"), list):
            candidates = schema["enum"]
        elif isinstance(value, str):
            candidates = (f"{value[: len(value) - len(str(one))]}{one}" for one in range(1, 200))
        elif isinstance(value, int | float):
            candidates = (value + one for one in range(1, 200))
        for candidate in candidates:
            if candidate not in others and self._fits(candidate, schema):
                return candidate
        raise NoExampleError("no further item was found for a list whose items have to differ")


def _named_values(schema: Mapping[str, Json]) -> Iterator[Json]:
    """Yield the values that a schema itself names, the best first."""
    if "example" in schema:  # of OpenAPI
        yield schema["example"]
    examples = schema.get("examples")
    yield from examples if isinstance(examples, list) else ()
    for keyword in ("const", "default"):
        if keyword in schema:
            yield schema[keyword]
    values = schema.get("enum")
    yield from (one for one in values if one is not None) if isinstance(values, list) else ()


def _merged(one: Mapping[str, Json], other: Mapping[str, Json]) -> dict[str, Json]:
    """Return what two schemas say together; of two limits of one kind the narrower one counts."""
    found = dict(one)
    for keyword, value in other.items():
        held = found.get(keyword)
        if keyword not in found:
            found[keyword] = value
        elif keyword == "properties" and isinstance(held, dict) and isinstance(value, dict):
            found[keyword] = {**held, **{name: _both(held.get(name), part) for name, part in value.items()}}
        elif keyword == "required" and isinstance(held, list) and isinstance(value, list):
            found[keyword] = [*held, *(name for name in value if name not in held)]
        elif keyword.startswith(("min", "exclusiveMin")) and _is_number(held) and _is_number(value):
            found[keyword] = max(held, value)
        elif keyword.startswith(("max", "exclusiveMax")) and _is_number(held) and _is_number(value):
            found[keyword] = min(held, value)
        elif keyword == "enum" and isinstance(held, list) and isinstance(value, list):
            found[keyword] = [each for each in held if each in value]
        elif keyword in _JOINED and isinstance(held, list) and isinstance(value, list):
            found["allOf"] = [*found.get("allOf", ()), {keyword: value}]
        else:
            found[keyword] = value
    return found


def _both(one: Json, other: Json) -> Json:
    if isinstance(one, dict) and isinstance(other, dict) and one != other:
        return {"allOf": [one, other]}
    return other


def _type_of(schema: Mapping[str, Json]) -> str:
    named = schema.get("type")
    if isinstance(named, list):
        named = next((one for one in named if one != "null"), "null")
    if isinstance(named, str):
        return named
    return next((kind for keyword, kind in _TYPE_OF_KEYWORD.items() if keyword in schema), "string")


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(schema: Mapping[str, Json], *, whole: bool) -> Json:
    """Return a number within its limits: 1 where that is one."""
    step = schema.get("multipleOf") or schema.get("divisibleBy") or (1 if whole else None)
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if _is_number(above):  # true and false belong to minimum, in draft 4
        low = above if low is None else max(low, above)
    if _is_number(below):
        high = below if high is None else min(high, below)
    value: float = 1
    if low is not None and value <= low:
        value = low + (1 if above and (step is None or whole) else 0)
    if high is not None and value >= high:
        value = high - (1 if below and (step is None or whole) else 0)
        if low is not None and value <= low:
            value = (low + high) / 2
    if step:
        least = math.ceil(value / step) * step
        value = least if high is None or least <= high else math.floor(value / step) * step
        value = round(value, 12) if isinstance(value, float) else value
    return int(value) if whole or (isinstance(value, float) and value.is_integer()) else value


def _text(schema: Mapping[str, Json]) -> str:
    least, most = schema.get("minLength") or 0, schema.get("maxLength")
    if least > LONGEST:
        raise NoExampleError(f"the schema wants a text of more than {LONGEST} characters")
    if isinstance(pattern := schema.get("pattern"), str):
        try:
            return text_of_pattern(pattern, int(least), LONGEST if most is None else int(most))
        except NoTextError as error:
            raise NoExampleError(str(error)) from None
    text = _FORMATS.get(str(schema.get("format")), "text")
    text += "x" * (int(least) - len(text))
    return text if most is None else text[: int(most)]
