"""What a JSON Schema finds wrong with a message, in plain words."""

from __future__ import annotations

from collections.abc import Iterable

from jsonschema.exceptions import ValidationError, relevance

from pytest_iflow.checks.quoting import cut, json_path, shown

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


def violations(errors: Iterable[ValidationError]) -> list[str]:
    """Describe each error: JSONPath, the value found, the rule it breaks; ordered by path."""
    return [_described(error) for error in sorted(errors, key=_place)]


def _place(error: ValidationError) -> list[tuple[bool, str | int]]:
    # Indexes sort as numbers and never meet names in a comparison.
    return [(isinstance(key, str), key) for key in error.absolute_path]


def _described(error: ValidationError) -> str:
    return f"{json_path(error.absolute_path)}: {_rule(error)}; found {shown(error.instance)}"


def _rule(error: ValidationError) -> str:
    keyword = str(error.validator)
    if keyword in {"anyOf", "oneOf"}:
        return _no_alternative(error)
    if keyword not in _RULES:
        return cut(error.message)
    return _RULES[keyword].format(_alternatives(keyword, error.validator_value))


def _alternatives(keyword: str, value: object) -> str:
    if isinstance(value, str) and keyword != "const":
        return value
    if isinstance(value, list) and keyword in {"enum", "type"}:
        return cut(", ".join(shown(item) for item in value))
    return shown(value)


def _no_alternative(error: ValidationError) -> str:
    count = len(error.validator_value) if isinstance(error.validator_value, list) else 0
    if not error.context:
        return f"must match exactly one of {count} alternatives, but matches several"
    # As jsonschema's best_match has it: the deepest error belongs to the alternative that was meant.
    nearest = min(error.context, key=relevance)
    place = json_path(nearest.absolute_path)
    return f"must match one of {count} alternatives, the nearest wants: {place} {_rule(nearest)}"
