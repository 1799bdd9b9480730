"""The differences between two XML messages."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import chain

from lxml.etree import QName, _Element

from pytest_iflow.checks.quoting import shown


def xml_differences(golden: _Element, found: _Element) -> list[str]:
    """List each difference with its XPath, in the order of the messages.

    The order of elements counts; the order of attributes, the choice of prefixes, and blanks between
    elements do not.
    """
    if golden.tag != found.tag:
        return [f"{_path(found)}: expected the element {_name(golden)}, found {_name(found)}"]
    return list(_differences(golden, found))


def _differences(golden: _Element, found: _Element) -> Iterator[str]:
    path = _path(found)
    for name in sorted({*golden.attrib, *found.attrib}):
        yield from _changed(f"{path}/@{QName(name).localname}", golden.get(name), found.get(name))
    yield from _changed(path, _text(golden), _text(found))
    expected, actual = list(golden), list(found)
    matcher = SequenceMatcher(None, [child.tag for child in expected], [child.tag for child in actual])
    for kind, start, end, found_start, found_end in matcher.get_opcodes():
        if kind == "equal":
            pairs = zip(expected[start:end], actual[found_start:found_end], strict=True)
            yield from chain.from_iterable(_differences(*pair) for pair in pairs)
            continue
        for missing in expected[start:end]:
            yield f"{path}: expected the element {_name(missing)} (there {_path(missing)}), found nothing"
        for surplus in actual[found_start:found_end]:
            yield f"{_path(surplus)}: this element is not expected"


def _changed(path: str, golden: str | None, found: str | None) -> Iterator[str]:
    if golden != found:
        expected = "nothing" if golden is None else shown(golden)
        yield f"{path}: expected {expected}, found {'nothing' if found is None else shown(found)}"


def _text(element: _Element) -> str:
    pieces = [element.text or "", *(child.tail or "" for child in element)]
    return "".join(piece for piece in pieces if piece.strip() or len(pieces) == 1)


def _path(element: _Element) -> str:
    return element.getroottree().getpath(element)


def _name(element: _Element) -> str:
    return str(element.tag)
