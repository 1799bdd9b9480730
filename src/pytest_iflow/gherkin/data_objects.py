"""Data files that are lists of objects: JSON, and YAML, whose library is an extra of this package.

Numbers are kept as the file writes them, digit by digit; null is an empty text.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pytest_iflow.gherkin.data_formats import DataError, DataSource, Record, not_installed, text_of

_WRITTEN_AS = 'write rows as in: [{"product": "HT-1080", "price": 51.00}, …]'
_WRITTEN_AS_YAML = 'write each row as "- product: HT-1080", its other columns below "product"'
_LISTED = 5
"""Columns that are named of those that a row lacks, or has beside the others."""
_YAML_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
"""How YAML 1.1 writes null, without quotes."""


class _Members(list[tuple[str, Any]]):
    """The members of an object of JSON, in their order and with those that come twice."""


def json_records(source: DataSource) -> Iterator[Record]:
    """Yield the rows of a JSON file, which is a list of objects."""
    return _records_of_objects(_JsonReader(text_of(source)).objects())


def json_line_records(source: DataSource) -> Iterator[Record]:
    """Yield the rows of a file that has one object in each line (JSON Lines)."""
    return _records_of_objects(_JsonReader(text_of(source)).lines())


_BLANKS = re.compile(r"[ \t\r\n]*")


class _JsonReader:
    """Reads a list one object at a time with Python's own decoder, and knows the line in which it is."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._decoder = json.JSONDecoder(
            object_pairs_hook=_Members, parse_int=str, parse_float=str, parse_constant=_refuse_constant
        )
        self._position = 0
        self._line = 1
        self._move(0)

    def _move(self, position: int) -> None:
        """Go to ``position``, and behind the blanks there."""
        found = _BLANKS.match(self._text, position)
        end = found.end() if found else position
        self._line += self._text.count("\n", self._position, end)
        self._position = end

    def _is_at(self, sign: str) -> bool:
        return self._text.startswith(sign, self._position)

    def _take(self, sign: str, otherwise: str) -> None:
        if not self._is_at(sign):
            raise DataError(self._line, otherwise, _WRITTEN_AS)
        self._move(self._position + 1)

    def objects(self) -> Iterator[tuple[int, _Members]]:
        """Yield each object with its line; raises DataError."""
        if self._position == len(self._text):
            return
        self._take("[", "the file is no list of objects")
        is_first = True
        while not self._is_at("]"):
            if not is_first:
                self._take(",", "a comma, or the end of the list, is missing here")
            is_first, line = False, self._line
            yield line, self._value()
        self._move(self._position + 1)
        if self._position != len(self._text):
            raise DataError(self._line, "something stands behind the end of the list", _WRITTEN_AS)

    def lines(self) -> Iterator[tuple[int, _Members]]:
        """Yield each of several objects that follow each other, with its line; raises DataError."""
        while self._position < len(self._text):
            line = self._line
            yield line, self._value()

    def _value(self) -> _Members:
        try:
            value, end = self._decoder.raw_decode(self._text, self._position)
        except json.JSONDecodeError as error:
            raise DataError(error.lineno, f"the file is no JSON: {error.msg}", _WRITTEN_AS) from None
        except ValueError as error:
            raise DataError(self._line, f"this row cannot be read: {error}", _WRITTEN_AS) from None
        except RecursionError:
            raise DataError(self._line, "this row is nested too deeply", _WRITTEN_AS) from None
        if not isinstance(value, _Members):
            raise DataError(self._line, "this row is no object", _WRITTEN_AS)
        self._move(end)
        return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no value of JSON")


def _records_of_objects(objects: Iterable[tuple[int, Sequence[tuple[str, Any]]]]) -> Iterator[Record]:
    """Yield the names of the first object as the first row, then each object, its values in that order."""
    names: list[str] = []
    known: set[str] = set()
    for number, (line, members) in enumerate(objects):
        row = dict(members)
        if number == 0:
            names, known = [name for name, _ in members], set(row)
            yield Record(line, names)
        try:
            problem = (
                "" if row.keys() == known and len(members) == len(names) else _other_names(members, known)
            )
            yield Record(line, () if problem else [_cell(name, row[name]) for name in names], problem)
        except ValueError as error:
            yield Record(line, (), str(error))


def _other_names(members: Sequence[tuple[str, Any]], known: set[str]) -> str:
    names = Counter(name for name, _ in members)
    found = [f'has "{name}" twice' for name, times in names.items() if times > 1]
    found += [f'lacks "{name}"' for name in sorted(known.difference(names))]
    found += [f'has "{name}", which the first row has not' for name in names if name not in known]
    if len(found) > _LISTED:
        found[_LISTED:] = [f"and {len(found) - _LISTED:,} more"]
    return f"the row {', '.join(found)}"


def _cell(name: str, value: Any) -> str:
    """Return a value as the text of a cell; raises ValueError for what is none."""
    if isinstance(value, list):
        kind = "an object" if isinstance(value, _Members) else "a list"
        raise ValueError(f'"{name}" is {kind}; a cell is a text, a number, true, false or null')  # noqa: TRY004
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ValueError(f'"{name}" holds half of a character ({text[:40]!a})') from None
    return text


def yaml_records(source: DataSource) -> Iterator[Record]:
    """Yield the rows of a YAML file, which is a list of mappings; nothing in it is made an object of Python.

    Aliases are refused, so that no row is larger than what is written.
    """
    try:
        import yaml
    except ImportError:
        raise not_installed("PyYAML", "yaml") from None
    events = yaml.parse(text_of(source), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    try:
        yield from _records_of_objects(_mappings_of(events))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = f"the file is no YAML: {error.problem or error.context}"
        raise DataError(mark.line + 1 if mark else 1, what, _WRITTEN_AS_YAML) from None
    except yaml.YAMLError as error:
        what = f"the file is no YAML: {str(error).splitlines()[0]}"
        raise DataError(1, what, _WRITTEN_AS_YAML) from None


def _mappings_of(events: Iterable[Any]) -> Iterator[tuple[int, Sequence[tuple[str, Any]]]]:
    """Yield each mapping of the list with its line, by the events of a parser: no depth can exhaust it."""
    row: list[tuple[str, Any]] = []
    key: str | None = None
    begun, depth, documents = 0, 0, 0
    for event in events:
        line, kind = event.start_mark.line + 1, type(event).__name__.removesuffix("Event")
        _require_known_tag(event, line)
        if kind == "DocumentStart":
            documents += 1
            if documents > 1:
                raise DataError(line, "a second document begins here", "write one list into the file")
        elif kind == "MappingEnd":
            depth = 1
            yield begun, row
        elif (kind, depth) == ("SequenceStart", 0):
            depth = 1
        elif (kind, depth) == ("MappingStart", 1):
            row, begun, depth = [], line, 2
        elif (kind, depth, key) == ("Scalar", 2, None):
            key = event.value
        elif kind == "Scalar" and key is not None:
            row.append((key, None if event.implicit[0] and event.value in _YAML_NULLS else event.value))
            key = None
        elif kind in _VALUES:
            raise DataError(line, _unfit_yaml(kind, depth, key), _WRITTEN_AS_YAML)


_YAML_TAGS = frozenset(
    {
        "!",
        *(
            f"tag:yaml.org,2002:{kind}"
            for kind in ("str", "int", "float", "bool", "null", "timestamp", "map", "seq")
        ),
    }
)
"""Tags of YAML that say nothing but what a value is."""


def _require_known_tag(event: Any, line: int) -> None:
    tag = getattr(event, "tag", None)
    if tag and tag not in _YAML_TAGS:
        raise DataError(line, f"the tag {tag[:80]} is not read here", "write the value itself")


_VALUES = frozenset({"Alias", "Scalar", "SequenceStart", "MappingStart"})


def _unfit_yaml(kind: str, depth: int, key: str | None) -> str:
    if kind == "Alias":
        return "aliases (*name) are not read here: write the value itself"
    if depth < 2:  # noqa: PLR2004, outside of a row
        return ("the file is no list of mappings", "this row is no mapping")[depth]
    if key is None:
        return "the name of a column is no text"
    return f'"{key}" is a list or a mapping; a cell is a text, a number, true, false or null'
