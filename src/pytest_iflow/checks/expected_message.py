"""Expected messages with markers: how a message differs from one, or from what it has to contain.

``contains``: members, items and elements that are not named may be there. ``equals``: they may not. In both
items stand in their order, unless any order will do. Elements and attributes without a namespace are found in
any one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self

from lxml import etree
from lxml.etree import _Element
from msgspec import Struct

from pytest_iflow.checks.alignment import Rules, TooManyItemsError
from pytest_iflow.checks.document import Document, parse_document, too_deep
from pytest_iflow.checks.element_path import element_path
from pytest_iflow.checks.json_pattern import JsonComparison
from pytest_iflow.checks.json_text import require_names_once
from pytest_iflow.checks.markers import read_marker
from pytest_iflow.checks.quoting import json_path, listed, one_line, shown
from pytest_iflow.checks.relations import Relation, of_message
from pytest_iflow.checks.side_by_side import Row
from pytest_iflow.checks.time_limits import shared_pattern_time
from pytest_iflow.checks.xml_pattern import XmlComparison
from pytest_iflow.checks.xml_to_json import json_form
from pytest_iflow.errors import CheckError, ConfigurationError

_CORRECT = (
    "correct the text below the step: it has to be JSON or XML, and markers such as ${number} stand in quotes"
)
_PLAIN = 'correct the text below the step: it has to be JSON or XML; of plain text say "the response body"'


class Pattern(Struct, frozen=True):
    """An expected message, read once, and the rules by which others are compared with it."""

    document: Document
    rules: Rules
    written: str

    @classmethod
    def read(cls, written: str, rules: Rules) -> Self:
        """Read what stands below a step; raises ConfigurationError for what is no JSON and no XML."""
        try:
            document = parse_document(written.encode(), None, "What is expected")
            require_names_once(document.repeated, document.subject)
            pattern = cls(document, rules, one_line(written))
            pattern.check_markers()
        except (CheckError, ValueError, RecursionError) as caught:
            error = too_deep("What is expected") if isinstance(caught, RecursionError) else caught
            what, where = (error.what, error.where) if isinstance(error, CheckError) else (str(error), None)
            is_message = written.lstrip().startswith(("{", "[", "<"))
            raise ConfigurationError(what, where=where, remedy=_CORRECT if is_message else _PLAIN) from None
        return pattern

    def check_markers(self) -> None:
        """Raise ValueError for a marker that is not known."""
        root = self.document.value
        for each in _texts_of_xml(root) if self.document.kind == "xml" else _texts_of_json(root):
            read_marker(each, self.rules.read_relation)

    def expect(self, found: Document) -> None:
        """Raise CheckError with each difference between a message and the expected one."""
        if rows := self.differences(found):
            count = f"{len(rows)} difference" + ("s" if len(rows) > 1 else "")
            error = CheckError(
                f"{found.subject} does not {self._verb} what is expected, {count}:{listed([*map(str, rows)])}"
            )
            error.rows = rows
            raise error

    def expect_other(self, found: Document) -> None:
        """Raise CheckError where a message is as expected and should not be, or is not to be compared."""
        if not self.differences(found):
            raise CheckError(
                f"{found.subject} {self._verb}s what it should not"
                f"\n  expected:   does not {self._verb} {self.written}"
                f"\n  found:{listed(list(self._matches(found)))}"
            )

    def relation(self) -> Relation:
        """Return it as what is expected of each of several values."""
        verbs = (f"{self._verb}s ", f"does not {self._verb} ")
        return of_message(self.written, verbs, self.differences)

    @shared_pattern_time()
    def differences(self, found: Document) -> list[Row]:
        """Return each difference, with its path; raises CheckError where the two are not to be compared."""
        if self.document.kind == "xml" and found.kind == "json":
            raise CheckError(f"{found.subject} is JSON, but what is expected is XML")
        try:
            return list(self._differences(found))
        except RecursionError:
            raise too_deep(found.subject) from None
        except TooManyItemsError:
            raise CheckError(
                f"{found.subject} has too many items to be compared"
                f"{' in any order' if self.rules.is_any_order else ': more than half a million'}",
                remedy='Compare them in their order, or a part of them: the response value at "…" contains:.',
            ) from None

    @property
    def _verb(self) -> str:
        return "equal" if self.rules.is_whole else "contain"

    def _differences(self, found: Document) -> Iterator[Row]:
        if self.document.kind == "xml":
            return XmlComparison(self.rules).message(self.document.value, found.value)
        comparison = JsonComparison(self.rules, is_text=found.kind == "xml", start=found.place)
        return comparison.value(self.document.value, json_form(found), ())

    def _matches(self, found: Document) -> Iterator[str]:
        """Yield what is as expected, with its path."""
        wanted, value = self.document.value, json_form(found)
        if self.document.kind == "xml":
            comparison = XmlComparison(self.rules)
            for each in comparison.candidates(wanted, found.value):
                if next(comparison.element(wanted, each), None) is None:
                    path = element_path(each)
                    yield f"  {path}: {one_line(etree.tostring(each, encoding='unicode', with_tail=False))}"
        elif isinstance(wanted, dict) and isinstance(value, dict):
            for name in (each for each in wanted if each in value):
                yield f"  {json_path([name], found.place)}: {shown(value[name])}"
        else:
            yield f"  {found.place}: {shown(value)}"


def _texts_of_json(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for member in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts_of_json(member)


def _texts_of_xml(root: _Element) -> Iterator[str]:
    for element in root.iter():
        yield from filter(None, (element.text, element.tail, *map(str, element.attrib.values())))
