"""How the text of a JSON message becomes a value: numbers as written, and names that an object has twice.

JSON allows an object to have a name twice, and leaves open which value counts (RFC 8259, 4). Here the last
one does, as with most readers; whoever wrote the message is told.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any, NoReturn

from msgspec import Struct

from pytest_iflow.checks.json_number import JsonFloat, json_integer
from pytest_iflow.checks.quoting import excerpt, json_path, listed, quoted
from pytest_iflow.errors import CheckError
from pytest_iflow.lazy_pattern import lazy_pattern

_TOKEN = lazy_pattern(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]', re.DOTALL)
_OPENING = frozenset("{[")
_CLOSING = frozenset("}]")
_LISTED = 10
"""Repeated names of a message that are listed."""
_LONGEST_SEARCHED = 20_000_000
"""Characters of a text in which places are looked for: some seconds' worth."""
_ONCE = "Remove one of the two: which one counts depends on the reader."


class RepeatedName(Struct, frozen=True):
    """A name that an object has once more; line and column, from 1, are those of the later one.

    In very long texts the place is not looked for: the path is empty, and the line 0.
    """

    name: str
    path: str = ""
    line: int = 0
    column: int = 0
    near: str = ""

    @property
    def place(self) -> str:
        """Where it stands in the text."""
        return f"line {self.line}, column {self.column}, near {self.near}"

    def __str__(self) -> str:
        place = f": {self.path} (line {self.line}, column {self.column})" if self.line else ""
        return f"the name {quoted(self.name)} stands twice{place}"


class JsonText(Struct, frozen=True):
    """The value of a JSON text, and the names that its objects have twice, the first ten of them."""

    value: Any
    repeated: tuple[RepeatedName, ...]


def read_json(text: str) -> JsonText:
    """Read JSON; numbers are exact, and of a name that stands twice the last value counts.

    Raises ValueError, JSONDecodeError among it, for what is no JSON, and RecursionError for what is nested
    too deeply.
    """
    names: list[str] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs) and len(names) < _LISTED:
            names.extend(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        return found

    value = json.loads(
        text,
        object_pairs_hook=members,
        parse_float=JsonFloat,
        parse_int=json_integer,
        parse_constant=_refuse_constant,
    )
    if not names:  # no message in order is read twice
        return JsonText(value, ())
    if len(text) > _LONGEST_SEARCHED:
        return JsonText(value, tuple(map(RepeatedName, dict.fromkeys(names[:_LISTED]))))
    return JsonText(value, tuple(islice(_repeated(text), _LISTED)))


def require_names_once(repeated: tuple[RepeatedName, ...], subject: str) -> None:
    """Raise CheckError, about the text that errors call ``subject``, for names that stand twice in it."""
    if len(repeated) == 1:
        (first,) = repeated
        path = f": {first.path}" if first.line else ""
        what = f"{subject} has the name {quoted(first.name)} twice{path}"
        raise CheckError(what, where=first.place if first.line else None, remedy=_ONCE)
    if repeated:
        raise CheckError(f"{subject} has names twice:{listed([*map(str, repeated)])}", remedy=_ONCE)


def _repeated(text: str) -> Iterator[RepeatedName]:
    """Yield each name that its object has already; ``text`` is valid JSON. Any depth is followed."""
    path: list[str | int] = []
    names: list[set[str]] = []
    before: re.Match[str] | None = None
    for found in _TOKEN.finditer(text):
        sign = found[0]
        if sign in _OPENING:
            names.append(set())
            path.append("" if sign == "{" else 0)
        elif sign in _CLOSING:
            names.pop()
            path.pop()
        elif sign == "," and isinstance(index := path[-1], int):
            path[-1] = index + 1
        elif sign == ":" and before:
            name = path[-1] = json.loads(before[0])
            if name in names[-1]:
                yield _at(text, before.start(), name, json_path(path))
            names[-1].add(name)
        before = found


def _at(text: str, start: int, name: str, path: str) -> RepeatedName:
    line, column = text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)
    return RepeatedName(name, path, line, column, excerpt(text, start))


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")
