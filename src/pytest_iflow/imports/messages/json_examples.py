"""Example messages out of a JSON Schema: the same schema gives the same message, and it fits the schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote

from jsonschema.exceptions import SchemaError, ValidationError
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import specification_with

from pytest_iflow.checks.dialects import Kind, dialect_of, subschemas, validator_kind
from pytest_iflow.checks.ecma_pattern import check_pattern
from pytest_iflow.checks.formats import FORMATS
from pytest_iflow.checks.quoting import json_path
from pytest_iflow.checks.time_limits import schema_time, shared_pattern_time
from pytest_iflow.errors import IflowError
from pytest_iflow.imports.messages.json_values import (
    Json,
    NoExampleError,
    merged,
    named_values,
    number_of,
    text_of,
    type_of,
)

_LEVELS = ((99, 400), (4, 400), (2, 400), (1, 400), (0, 5_000))
"""How a message is tried, one after the other: to which depth it has all that it may hold, below only what it
has to; and of how many parts it may be made."""

_MOST_ITEMS = 100
_DEEPEST = 40
_SECONDS = 5.0


class _TooLargeError(NoExampleError):
    """A message would have too many parts."""


def _validator(document: Json, kind: Kind, dialect: str) -> Any:
    """Return what judges by a document; raises NoExampleError."""
    try:
        resource = Resource.from_contents(document, default_specification=specification_with(dialect))
        registry: Registry[Any] = Registry()
        return kind(document, registry=registry.with_resource("", resource), format_checker=FORMATS)
    except (AttributeError, TypeError, ValueError) as error:  # an $id that is no text
        raise NoExampleError(f"this is no JSON Schema: {error}") from None


class JsonExamples:
    """Makes messages of a JSON Schema ``document`` and of its parts, which refer to each other by ``#/…``.

    Raises NoExampleError where the document is no JSON Schema.
    """

    def __init__(self, document: Json) -> None:
        try:
            dialect = dialect_of(document, "the schema")
            kind = validator_kind(dialect)
            kind.check_schema(document)
            for _, part in subschemas(document):
                for pattern in (part.get("pattern"), *(part.get("patternProperties") or ())):
                    if isinstance(pattern, str):
                        check_pattern(pattern, "the schema", pattern)
        except SchemaError as error:
            raise NoExampleError(
                f"this is no JSON Schema: {error.message} (at {json_path(error.absolute_path)})"
            ) from None
        except IflowError as error:
            raise NoExampleError(error.what) from None
        except RecursionError:
            raise NoExampleError("the schema is nested too deep") from None
        self._document = document
        self._root = _validator(document, kind, dialect)
        self._parts = 0
        self._most = 0
        self._full_to = 0

    def example(self) -> Json:
        """Return a message that fits, with as much of what it may hold as is good to read.

        Raises NoExampleError.
        """
        reason, is_too_large = "", True
        with schema_time(_SECONDS), shared_pattern_time():
            for self._full_to, self._most in _LEVELS:
                if not is_too_large and self._full_to:
                    continue  # what does not fit may be one that may be left out: without those it is tried
                self._parts = 0
                try:
                    return self._fitting()
                except NoExampleError as error:
                    reason, is_too_large = str(error), isinstance(error, _TooLargeError)
                except IflowError:
                    reason = f"no message was found within {_SECONDS:g} seconds"
                    break
                except (Unresolvable, RecursionError, AttributeError, TypeError) as error:
                    reason = f"the schema cannot be followed: {error}"
        raise NoExampleError(reason)

    def _fitting(self) -> Json:
        """Return a message of which is sure that it fits the whole schema; raises NoExampleError."""
        value = self._value(self._document, (), 0)
        error: ValidationError | None = next(self._root.iter_errors(value), None)
        if error is not None:
            at = json_path(error.absolute_path)
            raise NoExampleError(f"no message was found that fits: at {at}: {error.message[:200]}")
        return value

    def _count(self) -> None:
        self._parts += 1
        if self._parts > self._most:
            raise _TooLargeError("the schema leads to too many parts")

    def _fits(self, value: Json, schema: Json) -> bool:
        return bool(self._root.evolve(schema=schema).is_valid(value))

    def _value(self, schema: Json, above: tuple[str, ...], depth: int) -> Json:
        """Return a message for a part; ``above`` are the references that led to it."""
        self._count()
        if depth > _DEEPEST:
            raise _TooLargeError("the schema is nested too deep")
        if schema is False:
            raise NoExampleError("the schema allows no message at this place")
        if not isinstance(schema, dict):
            return "text"
        schema, above = self._joined(schema, above, 0)
        for value in named_values(schema):
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
            if choice is schema or (self._fits(value, choice) and self._fits(value, schema)):
                return value
        raise reason or NoExampleError("no choice of anyOf or oneOf gives a message that fits")

    def _joined(
        self, schema: dict[str, Json], above: tuple[str, ...], depth: int
    ) -> tuple[dict[str, Json], tuple[str, ...]]:
        """Return a part with what its ``$ref`` and ``allOf`` say in it."""
        if depth > _DEEPEST:
            raise _TooLargeError("$ref and allOf of the schema lead to each other without end")
        found: dict[str, Json] = {
            name: value for name, value in schema.items() if name not in ("$ref", "allOf")
        }
        if isinstance(reference := schema.get("$ref"), str):
            if reference in above:
                raise NoExampleError(f"the schema contains itself without end: {reference}")
            above = (*above, reference)
            target = self._target(reference)
            if not isinstance(target, dict):
                return {} if target is not False else {"not": {}}, above
            target, above = self._joined(target, above, depth + 1)
            found = merged(target, found)
        for each in schema.get("allOf") or ():
            if isinstance(each, dict):
                part, above = self._joined(each, above, depth + 1)
                found = merged(found, part)
        self._count()
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
        self._count()
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
                    yield from self._choices(merged(rest, part), above)
                return
        yield schema

    def _of_type(self, schema: dict[str, Json], above: tuple[str, ...], depth: int) -> Json:
        for value in named_values(schema):
            if self._fits(value, schema):
                return value
        kind = type_of(schema)
        if kind == "object":
            return self._object(schema, above, depth)
        if kind == "array":
            return self._array(schema, above, depth)
        if kind in ("integer", "number"):
            return number_of(schema, whole=kind == "integer")
        if kind in ("boolean", "null"):
            return True if kind == "boolean" else None
        return text_of(schema)

    def _object(self, schema: dict[str, Json], above: tuple[str, ...], depth: int) -> Json:
        properties = schema.get("properties") or {}
        required = [name for name in schema.get("required") or () if isinstance(name, str)]
        found: dict[str, Json] = {}
        for name, part in properties.items():
            if name not in required and depth >= self._full_to:
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
