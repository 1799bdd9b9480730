"""How an element of XML differs from an expected one with markers."""

from __future__ import annotations

from collections.abc import Iterator

from lxml.etree import QName, _Element

from pytest_iflow.checks.alignment import Comparison, Rules
from pytest_iflow.checks.element_path import ElementPaths
from pytest_iflow.checks.markers import Marker
from pytest_iflow.checks.path import Found
from pytest_iflow.checks.quoting import shown
from pytest_iflow.checks.relations import text
from pytest_iflow.checks.side_by_side import NO_VALUE, Row

_OTHER_NAME = 1_000
"""For how many differences another name counts."""

_NEAREST = 1_000
"""Elements that are looked at for the one that differs least from the expected one."""


class XmlComparison(Comparison):
    """Compares elements of XML."""

    def __init__(self, rules: Rules) -> None:
        super().__init__(rules)
        self._path = ElementPaths()

    def message(self, expected: _Element, root: _Element) -> Iterator[Row]:
        """Yield each difference; where elements of that name stand below the root, those of the nearest."""
        candidates = self.candidates(expected, root)
        likely = [each for each in candidates if _may_fit(expected, each)]
        if any(next(self.element(expected, each), None) is None for each in likely):
            return
        nearest = [*likely, *candidates][:_NEAREST]
        yield from min((list(self.element(expected, each)) for each in nearest), key=len)

    def candidates(self, expected: _Element, root: _Element) -> list[_Element]:
        """Return what may be the expected element: the root, or for a part of a message any of that name."""
        if self.rules.is_whole or _is_named(expected, root):
            return [root]
        name = str(expected.tag)
        return list(root.iter(name if name.startswith("{") else f"{{*}}{name}")) or [root]

    def element(self, expected: _Element, found: _Element) -> Iterator[Row]:
        """Yield each difference, with its path."""
        self.count_one()
        if not _is_named(expected, found):
            yield Row(self._path(found), f"the element {_name(expected)}", _name(found))
            return
        meant = {str(name): _attribute_named(str(name), found) for name in expected.attrib}
        for name, there in meant.items():
            yield from self._attribute(name, str(expected.get(name)), found, there)
        if self.rules.is_whole:
            for name in map(str, found.attrib):
                if name not in meant.values():
                    yield Row(self._attribute_path(found, name), NO_VALUE, shown(found.get(name)))
        yield from self._content(expected, found)

    def _attribute(self, name: str, wanted: str, found: _Element, there: str | None) -> Iterator[Row]:
        marker = self.marker(wanted)
        value = None if there is None else found.get(there)
        if value is None:
            if not (marker and (marker.is_absent or marker.is_optional)):
                said = marker.relation.expectation() if marker else shown(wanted)
                yield Row(self._attribute_path(found, name), said, NO_VALUE)
        elif marker and marker.is_absent:
            yield Row(self._attribute_path(found, name), NO_VALUE, shown(value))
        elif sides := self._sides(wanted, Found(value, is_text=True)):
            yield Row(self._attribute_path(found, name), *sides)

    def _attribute_path(self, element: _Element, name: str) -> str:
        return f"{self._path(element)}/@{QName(name).localname}"

    def _content(self, expected: _Element, found: _Element) -> Iterator[Row]:
        written = _own_text(expected)
        marker = self.marker(written)
        if marker and marker.is_each and len(expected) == 1:
            yield from self._each(expected[0], found, may_be_none=marker.is_optional)
            return
        if not len(expected):
            if marker or self.rules.is_whole or written.strip() or not len(found):
                content = "".join(found.itertext()) if len(found) else found.text or ""
                if sides := self._sides(written, Found(content, True, found)):
                    yield Row(self._path(found), *sides)
                if self.rules.is_whole and not marker:
                    yield from (self._unexpected(child) for child in found)
            return
        is_judged = written.strip() or (self.rules.is_whole and _own_text(found).strip())
        own = Found(_own_text(found).strip(), is_text=True)
        if is_judged and (sides := self._sides(written.strip(), own)):
            yield Row(self._path(found), *sides)
        yield from self._children(expected, found)

    def _each(self, expected: _Element, found: _Element, *, may_be_none: bool) -> Iterator[Row]:
        children = [child for child in found if _is_named(expected, child)]
        if not children and not may_be_none:
            yield Row(self._path(found), f"elements {_name(expected)}", "none")
        for child in children:
            yield from self.element(expected, child)
        if self.rules.is_whole:
            others = (child for child in found if not _is_named(expected, child))
            yield from (self._unexpected(child) for child in others)

    def _sides(self, written: str, found: Found) -> tuple[str, str] | None:
        """Return what is expected of a text and what was found; None where it is as expected."""
        meant = self.read(written)
        relation = meant.relation if isinstance(meant, Marker) else text(meant)
        failure = relation.failure(found)
        return None if failure is None else (relation.expectation(found).removeprefix("the text "), failure)

    def _unexpected(self, element: _Element) -> Row:
        return Row(self._path(element), NO_VALUE, "this element")

    def _children(self, expected: _Element, found: _Element) -> Iterator[Row]:
        wanted, absent = self._wanted_children(expected, found)
        unwanted = [each for each in found if any(_is_named(one, each) for one in absent)]
        there = [each for each in found if each not in unwanted] if unwanted else [*found]
        yield from (self._unexpected(each) for each in unwanted)

        def fits(one: _Element, other: _Element) -> bool:
            if not (_is_named(one, other) and _may_fit(one, other)):
                self.count_one()
                return False
            return next(self.element(one, other), None) is None

        def differences(number: int, index: int) -> list[Row]:
            if not _is_named(wanted[number], there[index]):
                return [Row("", "", "")] * _OTHER_NAME
            return list(self.element(wanted[number], there[index]))

        for one, other in self.pairs(self.align(wanted, there, fits), differences):
            if one is None or other is None or not _is_named(wanted[one], there[other]):
                if one is not None:
                    yield Row(self._path(found), f"the element {_name(wanted[one])}", NO_VALUE)
                if other is not None and self.rules.is_whole:
                    yield self._unexpected(there[other])
            else:
                said = differences(one, other)
                yield from said or [
                    Row(self._path(there[other]), "after the elements before it", "before them")
                ]

    def _wanted_children(self, expected: _Element, found: _Element) -> tuple[list[_Element], list[_Element]]:
        """Return the expected elements but for optional ones that are not there, and those to be absent."""
        wanted, absent = [], []
        for child in expected:
            marker = self.marker(_own_text(child))
            if marker and marker.is_absent:
                absent.append(child)
            elif not (marker and marker.is_optional) or any(_is_named(child, each) for each in found):
                wanted.append(child)
        return wanted, absent


def _may_fit(expected: _Element, found: _Element) -> bool:
    """Tell, without markers and order, whether an element may be the expected one: of many few are."""
    for name, wanted in expected.attrib.items():
        there = _attribute_named(str(name), found)
        if "${" not in wanted and (there is None or found.get(there) != wanted):
            return False
    text = _own_text(expected)
    if "${" in text:
        return True
    if not len(expected):
        content = "".join(found.itertext()) if len(found) else found.text or ""
        return content == text or not text.strip()
    children = [each for each in expected if "${" not in _own_text(each)]
    return all(any(_is_named(one, other) and _may_fit(one, other) for other in found) for one in children)


def _is_named(expected: _Element, found: _Element) -> bool:
    return isinstance(found.tag, str) and _fits_name(str(expected.tag), found.tag)


def _fits_name(expected: str, found: str) -> bool:
    """Whether a name is the expected one; one without a namespace fits in any."""
    return expected == found or (not expected.startswith("{") and expected == found.rpartition("}")[2])


def _attribute_named(name: str, element: _Element) -> str | None:
    """Return the full name of the attribute that is meant: that very one before one of another namespace."""
    if name in element.attrib:
        return name
    return next((each for each in map(str, element.attrib) if _fits_name(name, each)), None)


def _own_text(element: _Element) -> str:
    pieces = [element.text or "", *(child.tail or "" for child in element)]
    if len(pieces) == 1:
        return pieces[0]
    return "".join(piece for piece in pieces if piece.strip())


def _name(element: _Element) -> str:
    return str(element.tag)
