"""Values out of one part of a JSON Schema, what parts say together, and which values they name themselves."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator, Mapping
from typing import Any

from pytest_iflow.imports.messages.pattern_texts import LONGEST, NoTextError, text_of_pattern

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

_JOINED = ("allOf", "anyOf", "oneOf")

Json = Any
"""What JSON holds."""


class NoExampleError(Exception):
    """No message can be made of a schema; the text of the error says why."""


def named_values(schema: Mapping[str, Json]) -> Iterator[Json]:
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


def merged(one: Mapping[str, Json], other: Mapping[str, Json]) -> dict[str, Json]:
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


def type_of(schema: Mapping[str, Json]) -> str:
    """Return the type of a schema: of several the first one but null, else the one that its keywords mean."""
    named = schema.get("type")
    if isinstance(named, list):
        named = next((one for one in named if one != "null"), "null")
    if isinstance(named, str):
        return named
    return next((kind for keyword, kind in _TYPE_OF_KEYWORD.items() if keyword in schema), "string")


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def number_of(schema: Mapping[str, Json], *, whole: bool) -> Json:
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


def text_of(schema: Mapping[str, Json]) -> str:
    """Return a text of its format or pattern, or one of its length; raises NoExampleError."""
    least, most = schema.get("minLength") or 0, schema.get("maxLength")
    if least > LONGEST:
        raise NoExampleError(f"the schema wants a text of more than {LONGEST} characters")
    if isinstance(pattern := schema.get("pattern"), str):
        try:
            return text_of_pattern(pattern, int(least), LONGEST if most is None else int(most))
        except NoTextError as error:
            raise NoExampleError(str(error)) from None
    made = _FORMATS.get(str(schema.get("format")), "text")
    made += "x" * (int(least) - len(made))
    return made if most is None else made[: int(most)]
