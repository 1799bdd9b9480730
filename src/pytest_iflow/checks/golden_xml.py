"""The differences between two XML messages."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import chain

from lxml.etree import QName, _Element

from pytest_iflow.checks.lookalikes import told_apart, twin_note

_XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


def xml_differences(golden: _Element, found: _Element) -> list[str]:
    """List each difference with its XPath, in the order of the messages.

    The order of elements counts, and where text stands among them. The order of attributes, the choice of
    prefixes (that of ``xsi:type``, too), CDATA sections, and blanks between elements do not.
    """
    if golden.tag != found.tag:
        expected, actual = told_apart(_name(golden), _name(found))
        return [f"{_path(found)}: expected the element {_bare(expected)}, found {_bare(actual)}"]
    return list(_differences(golden, found))


def _differences(golden: _Element, found: _Element) -> Iterator[str]:
    path = _path(found)
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
            yield from chain.from_iterable(_differences(*pair) for pair in pairs)
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
        expected, actual = told_apart(golden, found)
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


def _path(element: _Element) -> str:
    return element.getroottree().getpath(element)


def _name(element: _Element) -> str:
    return str(element.tag)


def _bare(quoted: str) -> str:
    return quoted.replace('"', "")
