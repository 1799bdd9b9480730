"""Finds out quickly that a message matches a JSON Schema; ``jsonschema`` says what is wrong with any other.

``jsonschema`` makes a validator for each part of a message, each time. Here each part of a schema becomes a
function once, and a message that matches takes a seventh of the time. Common keywords have functions of their
own; any other is judged by the function of the library. So nothing matches here that does not match there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import islice
from types import NoneType
from typing import Any

from jsonschema import Draft202012Validator
from referencing.jsonschema import specification_with

from pytest_iflow.checks.dialects import additional_properties, pattern, subschemas
from pytest_iflow.checks.pattern_search import search
from pytest_iflow.checks.time_limits import check_schema_time

Matches = Callable[[Any], bool]
"""Whether a value matches a part of a schema."""

_TYPES = {"string": str, "object": dict, "array": list, "boolean": bool, "null": NoneType}
"""Types of JSON that are a type of Python in each dialect."""
_DYNAMIC = frozenset({"$dynamicRef", "$recursiveRef", "$dynamicAnchor", "$recursiveAnchor"})
"""Keywords whose meaning depends on the way by which a part of a schema was reached."""


class _DynamicSchemaError(Exception):
    """A part of a schema can be judged by ``jsonschema`` only."""


def quick_validation(validator: Any) -> Matches:
    """Return a function that tells whether a value is known to match the schema of ``validator``.

    Only ``jsonschema`` can tell whether another one matches. The function raises RecursionError for one that
    is nested too deep for both.
    """
    matches = _Compiler().root(validator)

    def is_known_to_match(value: Any) -> bool:
        try:
            return matches(value)
        except RecursionError:
            raise
        except Exception:  # noqa: BLE001, such as a $ref that leads nowhere: jsonschema says it in its words
            return False

    return is_known_to_match


class _Compiler:
    """Makes functions of the parts of one schema."""

    def __init__(self) -> None:
        self._targets: dict[tuple[int, type], Matches] = {}
        self._kept: list[Any] = []

    def root(self, validator: Any) -> Matches:
        """Return the function of a whole schema, or of what a ``$ref`` leads to.

        One that has a dynamic keyword, at whatever depth, is left to ``jsonschema``.
        """
        if any(_DYNAMIC & part.keys() for _, part in subschemas(validator.schema)):
            return _undecided
        return self.matches(validator)

    def matches(self, validator: Any) -> Matches:
        """Return the function of one part, for which the library has made a validator."""
        if isinstance(validator.schema, bool):
            return _always if validator.schema else _never
        keywords = list(validator._validators)  # noqa: SLF001, each with its function, name and rule
        if _TEXT_KEYWORDS.issuperset(function for function, _, _ in keywords):
            rules = {name: rule for _, name, rule in keywords}
            if rules.get("type") == "string":
                return _text(rules)
        checks = [self._check(validator, *each) for each in keywords]
        if len(checks) == 1:
            return checks[0]
        return _all_of(checks)

    def _check(self, validator: Any, function: Any, _: str, rule: Any) -> Matches:
        make = _QUICK.get(function)
        found = make(self, validator, rule) if make else None
        return found or partial(_by_library, function, validator, rule)

    def below(self, validator: Any, schema: Any) -> Matches:
        """Return the function of a part that the library descends into."""
        if isinstance(schema, bool):
            return _always if schema else _never
        specification = specification_with(_dialect(validator))
        resolver = validator._resolver.in_subresource(specification.create_resource(schema))  # noqa: SLF001, as in descend
        return self.matches(validator.evolve(schema=schema, _resolver=resolver))

    def beside(self, validator: Any, schema: Any) -> Matches:
        """Return the function of a part that the library judges without descending."""
        return self.matches(validator.evolve(schema=schema))

    def reference(self, validator: Any, rule: str) -> Matches:
        """Look up what a ``$ref`` leads to when a value gets there: it may be a file, or lead in a circle."""
        known: list[Matches] = []

        def check(value: Any) -> bool:
            check_schema_time()
            if not known:
                known.append(self._target(validator, rule))
            return known[0](value)

        return check

    def _target(self, validator: Any, rule: str) -> Matches:
        resolved = validator._resolver.lookup(rule)  # noqa: SLF001, as in _validate_reference
        key = id(resolved.contents), type(validator)
        if key not in self._targets:
            self._kept.append(resolved.contents)  # or another part could get its id
            evolved = validator.evolve(schema=resolved.contents, _resolver=resolved.resolver)
            self._targets[key] = self.root(evolved)
        return self._targets[key]

    def type(self, _: Any, rule: Any) -> Matches | None:
        names = [rule] if isinstance(rule, str) else rule
        if not all(isinstance(name, str) and name in _TYPES for name in names):
            return None
        types = tuple(_TYPES[name] for name in names)
        return lambda value: isinstance(value, types)

    def properties(self, validator: Any, rule: dict[str, Any]) -> Matches:
        parts = [(name, self.below(validator, schema)) for name, schema in rule.items()]

        def check(value: Any) -> bool:
            if isinstance(value, dict):
                for name, matches in parts:
                    if name in value and not matches(value[name]):
                        return False
            return True

        return check

    def required(self, _: Any, rule: Any) -> Matches | None:
        if not isinstance(rule, list):
            return None
        return lambda value: not isinstance(value, dict) or all(map(value.__contains__, rule))

    def additional_properties(self, validator: Any, rule: Any) -> Matches | None:
        if rule is not False or "patternProperties" in validator.schema:
            return None
        known = frozenset(validator.schema.get("properties", ()))
        return lambda value: not isinstance(value, dict) or known.issuperset(value)

    def items(self, validator: Any, rule: Any) -> Matches:
        first, matches = len(validator.schema.get("prefixItems", ())), self.below(validator, rule)
        return lambda value: not isinstance(value, list) or all(map(matches, islice(value, first, None)))

    def pattern(self, _: Any, rule: str) -> Matches:
        return lambda value: not isinstance(value, str) or search(rule, value)

    def min_length(self, _: Any, rule: float) -> Matches:
        return lambda value: not isinstance(value, str) or len(value) >= rule

    def max_length(self, _: Any, rule: float) -> Matches:
        return lambda value: not isinstance(value, str) or len(value) <= rule

    def all_of(self, validator: Any, rule: list[Any]) -> Matches:
        return _all_of([self.below(validator, schema) for schema in rule])

    def any_of(self, validator: Any, rule: list[Any]) -> Matches:
        parts = [self.below(validator, schema) for schema in rule]
        return lambda value: any(matches(value) for matches in parts)

    def condition(self, validator: Any, rule: Any) -> Matches:
        schema, holds = validator.schema, self.beside(validator, rule)
        then = self.below(validator, schema["then"]) if "then" in schema else _always
        otherwise = self.below(validator, schema["else"]) if "else" in schema else _always
        return lambda value: then(value) if holds(value) else otherwise(value)


_LIBRARY = Draft202012Validator.VALIDATORS
_QUICK: dict[Any, Callable[[_Compiler, Any, Any], Matches | None]] = {
    _LIBRARY["$ref"]: _Compiler.reference,
    _LIBRARY["type"]: _Compiler.type,
    _LIBRARY["properties"]: _Compiler.properties,
    _LIBRARY["required"]: _Compiler.required,
    _LIBRARY["items"]: _Compiler.items,
    _LIBRARY["minLength"]: _Compiler.min_length,
    _LIBRARY["maxLength"]: _Compiler.max_length,
    _LIBRARY["allOf"]: _Compiler.all_of,
    _LIBRARY["anyOf"]: _Compiler.any_of,
    _LIBRARY["if"]: _Compiler.condition,
    additional_properties: _Compiler.additional_properties,
    pattern: _Compiler.pattern,
}
"""What stands for a keyword, by the function of the library, or of ours, that judges it."""


_TEXT_KEYWORDS = frozenset({_LIBRARY["type"], _LIBRARY["minLength"], _LIBRARY["maxLength"], pattern})
"""What most schemas say of a text, and nothing else."""


def _text(rules: Mapping[str, Any]) -> Matches:
    """Return what checks a text by its length and by a pattern, in one go."""
    shortest, longest = rules.get("minLength", 0), rules.get("maxLength", math.inf)
    if "pattern" not in rules:
        return lambda value: isinstance(value, str) and shortest <= len(value) <= longest
    rule = rules["pattern"]
    return lambda value: isinstance(value, str) and shortest <= len(value) <= longest and search(rule, value)


def _all_of(checks: Sequence[Matches]) -> Matches:
    """Return what checks a value by each of them; a loop, since ``all`` takes twice as long for few."""

    def check(value: Any) -> bool:
        for each in checks:  # noqa: SIM110
            if not each(value):
                return False
        return True

    return check


def _always(_: Any) -> bool:
    return True


def _never(_: Any) -> bool:
    return False


def _undecided(_: Any) -> bool:
    raise _DynamicSchemaError


def _by_library(function: Any, validator: Any, rule: Any, value: Any) -> bool:
    errors: Iterable[Any] = function(validator, rule, value, validator.schema) or ()
    return next(iter(errors), None) is None


def _dialect(validator: Any) -> str:
    schema = validator.META_SCHEMA
    dialect: str = schema.get("$id") or schema.get("id", "")
    return dialect
