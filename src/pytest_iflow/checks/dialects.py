"""The dialects of JSON Schema: by which names they go, and how each judges.

Judged by ``jsonschema``, but for patterns, which are those of ECMA-262, and for limits, which compare numbers
to the last digit.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

import jsonschema
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend
from referencing.jsonschema import lookup_recursive_ref

from pytest_iflow.checks.json_number import as_decimal
from pytest_iflow.checks.pattern_search import search
from pytest_iflow.checks.quoting import shown
from pytest_iflow.checks.time_limits import check_schema_time
from pytest_iflow.errors import ConfigurationError

Kind = type[Any]
"""A class of ``jsonschema`` that validates by one dialect."""

NEWEST = "https://json-schema.org/draft/2020-12/schema"
"""The dialect of a schema that names none."""

_STOCK = {
    "http://json-schema.org/draft-03/schema#": jsonschema.Draft3Validator,
    "http://json-schema.org/draft-04/schema#": jsonschema.Draft4Validator,
    "http://json-schema.org/draft-06/schema#": jsonschema.Draft6Validator,
    "http://json-schema.org/draft-07/schema#": jsonschema.Draft7Validator,
    "https://json-schema.org/draft/2019-09/schema": jsonschema.Draft201909Validator,
    NEWEST: jsonschema.Draft202012Validator,
}

DIALECTS = tuple(_STOCK)
"""All that are known, the oldest first."""


def _bare(address: str) -> str:
    return address.strip().lower().removesuffix("#").partition("://")[2]


_NAMES = {_bare(name): name for name in _STOCK}


MAPS = frozenset(
    {"properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"}
)
"""Keywords whose members are named by the author, each a schema."""
_DATA = frozenset({"const", "enum", "default", "examples", "example"})
"""Keywords whose values are no schemas."""

Place = tuple[str | int, ...]


def subschemas(schema: object, place: Place = ()) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Yield a schema and every schema in it, each with its place."""
    if isinstance(schema, list):
        for index, item in enumerate(schema):
            yield from subschemas(item, (*place, index))
    if not isinstance(schema, dict):
        return
    yield place, schema
    for keyword, value in schema.items():
        if keyword in MAPS and isinstance(value, dict):
            for name, member in value.items():
                yield from subschemas(member, (*place, keyword, name))
        elif keyword not in _DATA:
            yield from subschemas(value, (*place, keyword))


def dialect_of(schema: object, place: str, default: str = NEWEST) -> str:
    """Return the dialect that ``$schema`` names, in the spelling of its own; http is https, ``#`` is free.

    Raises ConfigurationError for one that is not known.
    """
    if not isinstance(schema, Mapping) or "$schema" not in schema:
        return default
    named = schema["$schema"]
    known = _NAMES.get(_bare(named)) if isinstance(named, str) else None
    if known is None:
        raise ConfigurationError(
            f"$schema names a dialect of JSON Schema that is not known here: {shown(named)}",
            where=place,
            remedy=f"Known are draft 3, 4, 6, 7, 2019-09 and 2020-12: {NEWEST}.",
        )
    return known


@lru_cache(maxsize=len(_STOCK))
def validator_kind(dialect: str) -> Kind:
    """Return the class that validates by a dialect."""
    stock: Kind = _STOCK[dialect]
    own = {name: check for name, check in _KEYWORDS.items() if name in stock.VALIDATORS}
    # Newer dialects let a validator take the old keyword; left alone it would check nothing.
    own = {"dependencies": jsonschema.Draft7Validator.VALIDATORS["dependencies"], **stock.VALIDATORS, **own}
    kind: Kind = extend(stock, validators=own)  # type: ignore[no-untyped-call]  # of the library
    kind.evolve = _evolve
    return kind


def _evolve(self: Any, **changes: Any) -> Any:
    """Step into a part of a schema; one that names its dialect is judged by our class for that one.

    So much is done for each part of a message that here the time is looked at.
    """
    check_schema_time()
    schema = changes.get("schema", self.schema)
    names_dialect = isinstance(schema, dict) and "$schema" in schema
    kind = validator_kind(dialect_of(schema, "a part of the schema")) if names_dialect else type(self)
    return kind(
        schema,
        registry=self._registry,
        format_checker=self.format_checker,
        _resolver=changes.get("_resolver", self._resolver),
    )


def pattern(_: Validator, rule: str, value: object, __: object) -> Iterator[ValidationError]:
    """Judge a text by a pattern of ECMA-262."""
    if isinstance(value, str) and not search(rule, value):
        yield ValidationError(f"does not match {rule}")


def _pattern_properties(
    validator: Any, patterns: Mapping[str, Any], value: object, _: object
) -> Iterator[ValidationError]:
    if isinstance(value, dict):
        for pattern, schema in patterns.items():
            for name, member in value.items():
                if search(pattern, name):
                    yield from validator.descend(member, schema, path=name, schema_path=pattern)


def additional_properties(
    validator: Any, rule: Any, value: object, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    """Judge the members of an object that are neither a property nor fit a pattern."""
    if not isinstance(value, dict):
        return
    patterns = schema.get("patternProperties", ())
    extra = [
        name
        for name in value
        if name not in schema.get("properties", ()) and not any(search(each, name) for each in patterns)
    ]
    if isinstance(rule, dict):
        for name in extra:
            yield from validator.descend(value[name], rule, path=name)
    elif not rule and extra:
        yield ValidationError(f"Additional properties are not allowed ({_unexpected(extra)})")


def _unevaluated_properties(
    validator: Any, rule: Any, value: object, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if not isinstance(value, dict):
        return
    known = _evaluated(validator, value, schema)
    rest = [name for name in value if name not in known]
    bad = [name for name in rest if any(True for _ in validator.descend(value[name], rule))]
    if bad:
        yield ValidationError(f"Unevaluated properties are not allowed ({_unexpected(bad)})")


def _evaluated(validator: Any, value: dict[str, Any], schema: Any) -> set[str]:
    """The members of an object that a schema has a word about (JSON Schema 2020-12, 11.3)."""
    if not isinstance(schema, dict):
        return set()
    names = {name for name in schema.get("properties", ()) if name in value}
    names |= {name for name in value for each in schema.get("patternProperties", ()) if search(each, name)}
    for keyword in ("additionalProperties", "unevaluatedProperties"):
        if keyword in schema:
            names |= {name for name in value if _fits(validator, value[name], schema[keyword])}
    parts = [part for name, part in schema.get("dependentSchemas", {}).items() if name in value]
    for keyword in ("allOf", "anyOf", "oneOf"):
        parts += [part for part in schema.get(keyword, ()) if _fits(validator, value, part)]
    if "if" in schema:
        holds = _fits(validator, value, schema["if"])
        parts += [schema["if"]] if holds else []
        parts += [schema[keyword] for keyword in ("then" if holds else "else",) if keyword in schema]
    for part in parts:
        names |= _evaluated(validator, value, part)
    resolver = validator._resolver  # noqa: SLF001, a keyword is given no other
    targets = [resolver.lookup(schema[each]) for each in ("$ref", "$dynamicRef") if each in schema]
    targets += [lookup_recursive_ref(resolver)] if "$recursiveRef" in schema else []
    for target in targets:
        inner = validator.evolve(schema=target.contents, _resolver=target.resolver)
        names |= _evaluated(inner, value, target.contents)
    return names


def _fits(validator: Any, value: Any, schema: Any) -> bool:
    return next(validator.descend(value, schema), None) is None


def _unexpected(names: list[str]) -> str:
    listed = ", ".join(repr(name) for name in sorted(names))
    return f"{listed} {'was' if len(names) == 1 else 'were'} unexpected"


def _limit(good: Callable[[Any, Any], bool], strict: Callable[[Any, Any], bool], exclusive: str) -> Any:
    """A limit for numbers; in drafts 3 and 4 ``exclusive`` beside it makes it a strict one."""

    def keyword(
        validator: Any, limit: Any, value: Any, schema: Mapping[str, Any]
    ) -> Iterator[ValidationError]:
        if not validator.is_type(value, "number"):
            return
        fits = strict if schema.get(exclusive) is True else good
        # Floats are rounded; what is equal then may still differ.
        is_rounded = isinstance(value, float) or isinstance(limit, float)
        numbers = [as_decimal(each) for each in (value, limit)] if is_rounded else [value, limit]
        if None in numbers or not fits(*numbers):
            yield ValidationError(f"is beyond {limit}")

    return keyword


def _multiple_of(validator: Any, step: float, value: Any, _: object) -> Iterator[ValidationError]:
    if not validator.is_type(value, "number"):
        return
    number, divisor = as_decimal(value), as_decimal(step)
    if number is None or divisor is None or not _divides(divisor, number):
        yield ValidationError(f"is not a multiple of {step}")


def _divides(divisor: Decimal, number: Decimal) -> bool:
    """Divide without rounding: by the digits of both, and the difference of their exponents."""
    (_, digits, exponent), (_, parts, other) = number.as_tuple(), divisor.as_tuple()
    dividend, by = _whole(digits), _whole(parts)
    shift = int(exponent) - int(other)
    if shift >= 0:
        return dividend * pow(10, shift, by) % by == 0
    return dividend == 0 or (-shift <= len(digits) and dividend % (by * 10**-shift) == 0)


def _whole(digits: tuple[int, ...]) -> int:
    return int(Decimal((0, digits, 0)))


_KEYWORDS = {
    "pattern": pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": additional_properties,
    "unevaluatedProperties": _unevaluated_properties,
    "minimum": _limit(operator.ge, operator.gt, "exclusiveMinimum"),
    "maximum": _limit(operator.le, operator.lt, "exclusiveMaximum"),
    "exclusiveMinimum": _limit(operator.gt, operator.gt, ""),
    "exclusiveMaximum": _limit(operator.lt, operator.lt, ""),
    "multipleOf": _multiple_of,
    "divisibleBy": _multiple_of,
}
