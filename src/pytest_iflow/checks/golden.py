"""Golden messages: the answer that was once found good, kept as a file, and how an answer differs from it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any, Self

from lxml.etree import QName, _Element

from pytest_iflow.checks.document import Document, parse_document, too_deep
from pytest_iflow.checks.json_number import as_decimal
from pytest_iflow.checks.quoting import json_path, listed, shown, tell_apart, twin_note
from pytest_iflow.errors import CheckError, ConfigurationError
from pytest_iflow.tenants.suite_files import read_regular

_NOTHING = object()
_Place = tuple[str | int, ...]
_XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


@dataclass(frozen=True)
class GoldenMessage:
    """A golden message, read once and compared with many answers; ``path`` is its file."""

    path: Path
    document: Document

    @classmethod
    def load(cls, path: Path, read: Callable[[Path], bytes] = read_regular) -> Self:
        """Read a golden message.

        Raises ConfigurationError if the file is missing or broken, and what ``read`` raises.
        """
        try:
            return cls(path, parse_document(read(path), None, f"The golden message {path.name}"))
        except FileNotFoundError:
            raise ConfigurationError(
                f"There is no golden message {path.name}",
                where=str(path),
                remedy="Save an answer that was found good under this name, or correct the name.",
            ) from None
        except OSError as error:
            raise ConfigurationError(f"{path.name} cannot be read: {error}", where=str(path)) from None
        except CheckError as error:
            place = f"{path}, {error.where}" if error.where else str(path)
            raise ConfigurationError(error.what, where=place, remedy="Correct the file.") from None

    def expect(self, document: Document) -> None:
        """Raise CheckError with every difference between a message and this one.

        JSON: the order of members is free, that of items counts, numbers are equal by value. XML: the order
        of attributes, prefixes, comments and blanks between elements are free.
        """
        if self.document.kind != document.kind:
            kind, golden = document.kind.upper(), self.document.kind.upper()
            raise CheckError(
                f"{document.subject} is {kind}, but its golden message is {golden}",
                where=str(self.path),
                remedy="Name the golden message of this variant of the flow.",
            )
        try:
            found = self._differences(document.value)
        except RecursionError:
            raise too_deep(document.subject) from None
        if found:
            count = f"{len(found)} difference" + ("s" if len(found) > 1 else "")
            golden = f"the golden message {self.path.name}"
            raise CheckError(
                f"{document.subject} differs from {golden}, {count}:{listed(found)}",
                where=str(self.path),
                remedy="If the answer is right, save it as the golden message; if not, correct the flow.",
            )

    def _differences(self, found: Any) -> list[str]:
        if self.document.kind == "xml":
            return list(xml_differences(self.document.value, found))
        return [] if self._identity == identity(found) else [*json_differences(self.document.value, found)]

    @cached_property
    def _identity(self) -> Hashable:
        return identity(self.document.value)


class GoldenMessages:
    """The golden messages of a run: each is found and read once, when an answer is first compared with it.

    What changes in a file after that counts from the next run on. ``find`` returns the file that a feature
    in a folder calls by a name; ``read`` opens it.
    """

    def __init__(self, find: Callable[[str, Path], Path], read: Callable[[Path], bytes]) -> None:
        self._find = find
        self._read = read
        self._by_name: dict[tuple[str, Path], GoldenMessage] = {}

    def expect(self, document: Document, name: str, folder: Path) -> None:
        """Raise CheckError unless a message equals the golden message ``name`` of a feature in ``folder``.

        Raises ConfigurationError if the file is missing or broken, and what ``find`` and ``read`` raise.
        """
        known = self._by_name.get((name, folder))
        if known is None:
            known = self._by_name[name, folder] = GoldenMessage.load(self._find(name, folder), self._read)
        known.expect(document)


def json_differences(golden: Any, found: Any, place: _Place = ()) -> Iterator[str]:
    """Yield each difference with its JSONPath: numbers are equal by value, and 1 is not true.

    Member names and indexes lead to the ``place`` at which both values stand.
    """
    if isinstance(golden, dict) and isinstance(found, dict):
        for name in {**golden, **found}:
            note = "" if name in golden else twin_note(name, golden)
            pair = golden.get(name, _NOTHING), found.get(name, _NOTHING)
            yield from (f"{line}{note}" for line in json_differences(*pair, (*place, name)))
    elif isinstance(golden, list) and isinstance(found, list):
        yield from _item_differences(place, golden, found)
    elif golden is _NOTHING:
        yield f"{json_path(place)}: not expected, found {shown(found)}"
    elif found is _NOTHING:
        yield f"{json_path(place)}: expected {shown(golden)}, found nothing"
    elif identity(golden) != identity(found):
        expected, actual = tell_apart(golden, found)
        yield f"{json_path(place)}: expected {expected}, found {actual}"


def _item_differences(place: _Place, golden: list[Any], found: list[Any]) -> Iterator[str]:
    if len(golden) == len(found):
        for index, pair in enumerate(zip(golden, found, strict=True)):
            yield from json_differences(*pair, (*place, index))
        return
    matcher = SequenceMatcher(None, [*map(identity, golden)], [*map(identity, found)])
    for kind, start, end, found_start, found_end in matcher.get_opcodes():
        if kind == "equal":
            continue
        pairs = zip_longest(golden[start:end], found[found_start:found_end], fillvalue=_NOTHING)
        for number, (expected, actual) in enumerate(pairs):
            index = start + number if actual is _NOTHING else found_start + number
            yield from json_differences(expected, actual, (*place, index))


def identity(value: Any) -> Hashable:
    """Return the same for equal values only: 51, 51.0 and 51.000 are one number."""
    if isinstance(value, dict):
        return frozenset((name, identity(member)) for name, member in value.items())
    if isinstance(value, list):
        return tuple(map(identity, value))
    if value is None or isinstance(value, str | bool):
        return type(value), value
    number = value if type(value) is int else as_decimal(value)
    return "number", str(value) if number is None else number


def xml_differences(golden: _Element, found: _Element) -> Iterator[str]:
    """Yield each difference with its XPath, in the order of the messages.

    The order of elements counts, and where text stands among them. The order of attributes, the choice of
    prefixes (that of ``xsi:type``, too), CDATA sections, and blanks between elements do not.
    """
    path = _path(found)
    if golden.tag != found.tag:
        expected_tag, actual_tag = (each.replace('"', "") for each in tell_apart(_name(golden), _name(found)))
        yield f"{path}: expected the element {expected_tag}, found {actual_tag}"
        return
    for name in sorted({*golden.attrib, *found.attrib}):
        place = f"{path}/@{QName(name).localname}"
        yield from _changed(place, _attribute(golden, name), _attribute(found, name))
    expected, actual = list(golden), list(found)
    if [child.tag for child in expected] == [child.tag for child in actual]:
        yield from _changed_texts(path, golden, found)
    else:
        yield from _changed(path, "".join(_texts(golden)), "".join(_texts(found)))
    matcher = SequenceMatcher(None, [child.tag for child in expected], [child.tag for child in actual])
    for kind, start, end, found_start, found_end in matcher.get_opcodes():
        if kind == "equal":
            pairs = zip(expected[start:end], actual[found_start:found_end], strict=True)
            yield from chain.from_iterable(xml_differences(*pair) for pair in pairs)
            continue
        for missing in expected[start:end]:
            yield f"{path}: expected the element {_name(missing)} (there {_path(missing)}), found nothing"
        for surplus in actual[found_start:found_end]:
            note = twin_note(_name(surplus), map(_name, expected[start:end]))
            yield f"{_path(surplus)}: this element is not expected{note}"


def _changed_texts(path: str, golden: _Element, found: _Element) -> Iterator[str]:
    for number, (expected, actual) in enumerate(zip(_texts(golden), _texts(found), strict=True)):
        where = f", text before {_path(found[number])}" if number < len(found) else ""
        if number == len(found) and number:
            where = f", text after {_path(found[number - 1])}"
        yield from _changed(f"{path}{where}", expected, actual)


def _changed(path: str, golden: str | None, found: str | None) -> Iterator[str]:
    if golden != found:
        expected, actual = tell_apart(golden, found)
        expected = "nothing" if golden is None else expected
        yield f"{path}: expected {expected}, found {'nothing' if found is None else actual}"


def _texts(element: _Element) -> list[str]:
    """The text before each child and after the last one; blanks between elements are none."""
    pieces = [element.text or "", *(child.tail or "" for child in element)]
    return [piece if piece.strip() or len(pieces) == 1 else "" for piece in pieces]


def _attribute(element: _Element, name: str | bytes) -> str | None:
    value = element.get(name)
    if value is not None and name == _XSI_TYPE:
        prefix, _, local = value.strip().rpartition(":")
        return f"{{{element.nsmap.get(prefix or None, '')}}}{local}"
    return value


def _name(element: _Element) -> str:
    return str(element.tag)


def _path(element: _Element) -> str:
    return element.getroottree().getpath(element)
