"""JSON with other texts and numbers in it: all else stays as it is written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from pytest_iflow.recording.anonymiser import Anonymiser

_PART = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s"\[\]{},:]+')
_CONSTANTS = frozenset({"true", "false", "null"})

_Place = tuple[str | int, ...]


def rewritten_json(text: str, ruled: AbstractSet[_Place], anonymiser: Anonymiser, place: str = "") -> str:
    """Return JSON with what ``anonymiser`` puts for its values; ``ruled`` are places that a rule names.

    Raises ValueError for what is no JSON, RecursionError for what is nested too deeply.
    """
    json.loads(
        text.removeprefix("\ufeff"), parse_int=str, parse_float=str
    )  # below, all is where it should be
    return _JsonRewriting(text, ruled, anonymiser, place).text()


class _JsonRewriting:
    def __init__(self, text: str, ruled: AbstractSet[_Place], anonymiser: Anonymiser, place: str) -> None:
        self._text = text
        self._ruled = ruled
        self._anonymiser = anonymiser
        self._begin = f"{place} $".strip()
        self._parts: Iterator[re.Match[str]] = _PART.finditer(text.replace("\ufeff", " ", 1))
        self._pieces: list[str] = []
        self._end = 0

    def text(self) -> str:
        self._value(next(self._parts), (), self._begin, by_rule=False)
        return "".join([*self._pieces, self._text[self._end :]])

    def _value(self, first: re.Match[str], place: _Place, path: str, *, by_rule: bool) -> None:
        by_rule = by_rule or place in self._ruled
        if first[0] == "{":
            self._object(place, path, by_rule=by_rule)
        elif first[0] == "[":
            self._array(place, path, by_rule=by_rule)
        elif first[0].startswith('"'):
            value = json.loads(first[0])
            self._put(first, value, self._field(place, value, path, by_rule=by_rule))
        elif first[0] not in _CONSTANTS:
            made = self._field(place, first[0], path, by_rule=by_rule)
            if made != first[0] and _is_number(made):
                self._replace(first, made)

    def _object(self, place: _Place, path: str, *, by_rule: bool) -> None:
        while (part := next(self._parts))[0] != "}":
            if part[0] == ",":
                continue
            name = json.loads(part[0])
            made = self._anonymiser.text(name, "name of a member")
            self._put(part, name, made)
            next(self._parts)  # the colon
            self._value(next(self._parts), (*place, name), f"{path}.{made}", by_rule=by_rule)

    def _array(self, place: _Place, path: str, *, by_rule: bool) -> None:
        index = 0
        while (part := next(self._parts))[0] != "]":
            if part[0] != ",":
                self._value(part, (*place, index), f"{path}[*]", by_rule=by_rule)
                index += 1

    def _field(self, place: _Place, value: str, path: str, *, by_rule: bool) -> str:
        """Return what stands for a value: its field is the member that it, or the list around it, is of."""
        above, name = ["", "", *(key for key in place if isinstance(key, str))][-2:]
        return self._anonymiser.field(name, value, path, above=above, by_rule=by_rule)

    def _put(self, part: re.Match[str], value: str, made: str) -> None:
        if made != value:
            self._replace(part, json.dumps(made, ensure_ascii=part[0].isascii()))

    def _replace(self, part: re.Match[str], written: str) -> None:
        self._pieces += [self._text[self._end : part.start()], written]
        self._end = part.end()


def _is_number(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
