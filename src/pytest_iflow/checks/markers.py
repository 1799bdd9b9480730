"""Markers in expected messages: ``${number}`` stands for any number, ``${optional}`` for what may be missing.

A marker that fills a text stands for a value. Within a longer text it stands for a part of it. ``$${`` is
``${`` itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from msgspec import Struct

from pytest_iflow.checks.quoting import quoted
from pytest_iflow.checks.relations import KINDS, Relation, both, of_kind
from pytest_iflow.checks.text_relations import matches
from pytest_iflow.lazy_pattern import lazy_pattern

ReadRelation = Callable[[str], Relation | None]
"""Reads a relation as a phrase says it, such as ``is greater than 5``; None for any other text."""

_MARKER = lazy_pattern(r"\$\$\{|\$\{((?:[^{}\"']|\{[^{}]*\}|\"[^\"]*\"|'[^']*')*)\}")
"""A marker; braces within have to be in pairs, as in a regular expression."""
_AND = lazy_pattern(r"\s+and\s+")
_WITHIN = {
    "any": ".*",
    "text": ".+",
    "number": r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?",
    "integer": r"[-+]?\d+",
    "boolean": "(?:true|false)",
    "date": r"\d{4}-\d\d-\d\d",
    "time": r"(?:\d{4}-\d\d-\d\d[T ])?\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?",
    "uuid": r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
}
"""What a marker within a text stands for, as a regular expression."""
NAMES = ("any", *KINDS, "matches:…", "optional", "absent", "each")


class Marker(Struct, frozen=True):
    """What stands in place of a value.

    ``is_optional``: there may be none. ``is_absent``: there may not be one. ``is_each``: what comes behind is
    expected of each item; where it is optional the list may be empty, or missing.
    """

    relation: Relation
    is_optional: bool = False
    is_absent: bool = False
    is_each: bool = False


_ANYTHING = Relation("any value", lambda _: True)


def markers_in(text: str) -> list[str]:
    """Return the markers of a text, as they are written."""
    return [found[0] for found in _MARKER.finditer(text) if found[1] is not None]


def read_marker(text: str, read_relation: ReadRelation) -> Marker | str:
    """Return the marker that a text is, or has within; the text itself, without escapes, where it has none.

    Raises ValueError for a marker that is not known.
    """
    if "${" not in text:
        return text
    whole = _MARKER.fullmatch(text.strip())
    if whole and whole[1] is not None:
        return _marker(whole[1].strip(), read_relation)
    pieces, last, has_markers = [], 0, False
    for found in _MARKER.finditer(text):
        pieces.append(re.escape(text[last : found.start()]))
        last = found.end()
        has_markers = has_markers or found[1] is not None
        pieces.append(re.escape("${") if found[1] is None else _part(found[1].strip()))
    pieces.append(re.escape(text[last:]))
    if not has_markers:
        return text.replace("$${", "${")
    relation = matches(f"(?s:{''.join(pieces)})")
    return Marker(Relation(quoted(text), relation.holds, ("", "not ")))


def _marker(name: str, read_relation: ReadRelation) -> Marker:
    if name == "absent":
        return Marker(Relation("nothing", lambda _: False, ("", "not ")), is_absent=True)
    if name in {"each", "optional each"}:
        return Marker(_ANYTHING, is_each=True, is_optional=name != "each")
    if name == "optional":
        return Marker(_ANYTHING, is_optional=True)
    if name.startswith("optional "):
        return Marker(_relation(name.removeprefix("optional ").strip(), read_relation), is_optional=True)
    return Marker(_relation(name, read_relation))


def _relation(name: str, read_relation: ReadRelation) -> Relation:
    if name == "any":
        return _ANYTHING
    if name in KINDS:
        return of_kind(name)
    if name.startswith("matches:"):
        return matches(name.removeprefix("matches:").strip())
    relation = read_relation(name) or _both(name, read_relation)
    if relation is None:
        raise ValueError(
            f"${{{name}}} is not known; there are {', '.join(NAMES)}, and what a step may say of a value, "
            "such as ${is greater than 5}; the characters themselves are written $${"
        )
    return relation


def _both(name: str, read_relation: ReadRelation) -> Relation | None:
    """Read two relations with "and" between them, such as ``number and is greater than 5``."""
    for found in _AND.finditer(name):
        try:
            one = _relation(name[: found.start()], read_relation)
            other = _relation(name[found.end() :], read_relation)
        except ValueError:
            continue
        return both(one, other)
    return None


def _part(name: str) -> str:
    if name.startswith("matches:"):
        pattern = name.removeprefix("matches:").strip()
        matches(pattern)
        return f"(?:{pattern})"
    if name not in _WITHIN:
        raise ValueError(
            f"${{{name}}} is not known within a text; there are {', '.join((*_WITHIN, 'matches:…'))}"
        )
    return _WITHIN[name]
