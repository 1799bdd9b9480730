"""What a JSON Schema finds wrong with a message, in plain words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jsonschema.exceptions import ValidationError, relevance

from pytest_iflow.checks.dialects import MAPS
from pytest_iflow.checks.quoting import cut, json_path, look_alike, shown, tell_apart, visible

# Keywords that are not here say it well themselves, and without repeating the message.
_RULES = {
    "type": "must be of type {}",
    "enum": "must be one of {}",
    "const": "must be {}",
    "pattern": "must match the pattern {}",
    "format": "must be a valid {}",
    "minLength": "must have at least {} character(s)",
    "maxLength": "must have at most {} character(s)",
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "exclusiveMinimum": "must be more than {}",
    "exclusiveMaximum": "must be less than {}",
    "divisibleBy": "must be a multiple of {}",  # draft 3
    "disallow": "must not be of type {}",  # draft 3
    "multipleOf": "must be a multiple of {}",
    "minItems": "must have at least {} item(s)",
    "maxItems": "must have at most {} item(s)",
    "uniqueItems": "must not have equal items",
    "contains": "must have an item that matches {}",
    "minProperties": "must have at least {} member(s)",
    "maxProperties": "must have at most {} member(s)",
    "not": "must not match {}",
    "None": "is not allowed here",  # the schema ``false`` has no keyword
}

_STRICT = {"minimum": "exclusiveMinimum", "maximum": "exclusiveMaximum"}
"""In drafts 3 and 4 a truth value beside a limit."""
_COUNTED = {
    "minContains": "must have at least {} item(s) that match",
    "maxContains": "must have at most {} item(s) that match",
}


def violations(errors: Iterable[ValidationError], start: str = "$") -> list[str]:
    """Describe each error: JSONPath, the value found, the rule it breaks; ordered by path.

    ``start`` is the path of the value that is judged.
    """
    return [_described(error, start) for error in sorted(errors, key=_sort_key)]


def _sort_key(error: ValidationError) -> list[tuple[bool, str | int]]:
    # Indexes sort as numbers and never meet names in a comparison.
    return [(isinstance(key, str), key) for key in error.absolute_path]


def _described(error: ValidationError, start: str) -> str:
    found = shown(error.instance)
    if isinstance(error.instance, str) and (twin := _twin(error)) is not None:
        found = tell_apart(twin, error.instance)[1]
    return f"{json_path(error.absolute_path, start)}: {_rule(error)}; found {found}"


def _rule(error: ValidationError) -> str:
    return f"each member name {_words(error)}" if _is_about_a_name(error) else _words(error)


def _words(error: ValidationError) -> str:
    keyword, value = str(error.validator), error.validator_value
    if keyword in {"anyOf", "oneOf"}:
        return _no_alternative(error)
    schema = error.schema if isinstance(error.schema, dict) else {}
    keyword = _STRICT[keyword] if schema.get(_STRICT.get(keyword, "")) is True else keyword
    if keyword in _COUNTED:
        return f"{_COUNTED[keyword].format(value)} {shown(schema.get('contains'))}"
    if keyword not in _RULES:
        return f"{cut(visible(error.message))}{_similar_name(error)}"
    return _RULES[keyword].format(_alternatives(error, value))


def _similar_name(error: ValidationError) -> str:
    """The member whose name only looks like one that the schema has."""
    if not isinstance(error.instance, dict) or not isinstance(error.schema, dict):
        return ""
    required = error.schema.get("required")
    wanted = [*error.schema.get("properties", ()), *(required if isinstance(required, list) else ())]
    pairs = ((each, name) for name in error.instance for each in wanted if look_alike(each, name))
    return next((f", it has {tell_apart(*pair)[1]}" for pair in pairs), "")


def _is_about_a_name(error: ValidationError) -> bool:
    """Whether what was found is the name of a member: a rule below propertyNames."""
    keywords = [str(each) for each in error.absolute_schema_path]
    return any(
        keyword == "propertyNames" and (not place or keywords[place - 1] not in MAPS)
        for place, keyword in enumerate(keywords[:-1])
    )


def _alternatives(error: ValidationError, value: object) -> str:
    keyword, twin = str(error.validator), _twin(error)
    if twin is not None:
        value = [twin] if keyword == "enum" else twin
    if isinstance(value, str) and keyword != "const":
        return visible(value)
    if isinstance(value, list) and keyword in {"enum", "type"}:
        return cut(", ".join(shown(item, only_ascii=twin is not None) for item in value))
    return shown(value, only_ascii=twin is not None)


def _twin(error: ValidationError) -> str | None:
    """The text that was expected and only looks like the one that was found."""
    if not isinstance(error.instance, str) or error.validator not in {"const", "enum"}:
        return None
    value: Any = error.validator_value
    wanted = value if error.validator == "enum" else [value]
    return next((each for each in wanted if isinstance(each, str) and look_alike(each, error.instance)), None)


def _no_alternative(error: ValidationError) -> str:
    count = len(error.validator_value) if isinstance(error.validator_value, list) else 0
    if not error.context:
        return f"must match exactly one of {count} alternatives, but matches several"
    # As jsonschema's best_match has it: the deepest error belongs to the alternative that was meant.
    nearest = min(error.context, key=relevance)
    place = json_path(nearest.absolute_path)
    return f"must match one of {count} alternatives, the nearest wants: {place} {_rule(nearest)}"
