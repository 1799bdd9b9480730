"""``junit.xml`` when it is written: masked, or merged from several machines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_iflow.errors import IflowError
from pytest_iflow.held_files import remove
from pytest_iflow.reporting.junit.writer import legal
from pytest_iflow.results.files import replace_text
from pytest_iflow.secrets.registry import LONGEST_PLACE, mask

if TYPE_CHECKING:
    from lxml import etree

_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'
_COLLECTION = frozenset({"collection failure", "collection skipped"})
"""Messages of what pytest could not collect, which every machine tells."""

_ELEMENTS = frozenset(
    {"testsuites", "testsuite", "testcase", "properties", "property", "failure", "error", "skipped"}
    | {"system-out", "system-err"}
)
_LONGEST_LINE = 10
"""Digits of the number of a line."""

_FIGURES = frozenset({"tests", "failures", "errors", "skipped", "time", "timestamp", "line"})
"""Attributes that are no business data, though a rule for numbers may fit them."""

PIECE = 256 * 1024
"""Characters of a document that are searched at once; a secret may take ``LONGEST_PLACE`` of them."""


def merge_junit(paths: Sequence[Path], target: Path, seconds: float) -> None:
    """Write one document with one suite of all test cases; none unless every one of ``paths`` is there.

    Each document has one suite, as pytest writes it. The merged one lasts ``seconds``; its cases stand in
    the order of their files. Raises IflowError for a file that is no XML, OSError as
    any write does.
    """
    if not all(path.is_file() for path in paths):
        remove(target)
        return
    documents = [_harmless(_parsed(path)) for path in paths]
    suites = [suite for document in documents for suite in document.iter("testsuite")]
    if not suites:
        remove(target)
        return
    whole, cases = suites[0], sorted(_cases(suites), key=_location)
    for case in whole.findall("testcase"):
        whole.remove(case)
    whole.extend(cases)
    starts = [start for suite in suites if (start := suite.get("timestamp"))]
    counted = {"errors": "error", "failures": "failure", "skipped": "skipped"}
    whole.attrib.update(
        {name: str(len(whole.findall(f"testcase/{tag}"))) for name, tag in counted.items()}
        | {"tests": str(len(cases)), "time": f"{seconds:.3f}"}
        | ({"timestamp": min(starts)} if starts else {})
    )
    _write(documents[0], target)


def mask_document(path: Path) -> None:
    """Mask what pytest wrote past all reports: properties of the whole suite, attributes of a user's own.

    A document stays one that others can read. One that is no XML is left to those who search it for secrets.
    """
    try:
        if _is_masked(path):
            return
    except (OSError, ValueError):
        return
    with suppress(IflowError):
        document = _parsed(path)
        for element in document.iter("*"):
            element.text = mask(element.text or "") or None
            for name, value in element.items():
                if name not in _FIGURES:
                    element.set(name, mask(value))
        _write(document, path)


def _is_masked(path: Path) -> bool:
    before = ""
    with path.open(encoding="utf-8") as file:
        while piece := file.read(PIECE):
            text = before + piece
            if mask(text) != text:
                return False
            before = text[-LONGEST_PLACE:]
    return True


def _harmless(document: etree._Element) -> etree._Element:
    """A document of another machine without elements that pytest does not write: browsers act on some."""
    for element in list(document.iter()):
        if element.tag not in _ELEMENTS and (above := element.getparent()) is not None:
            above.remove(element)
    return document


def _cases(suites: Iterable[etree._Element]) -> Iterator[etree._Element]:
    """Every test case; what could not be collected stands in each document and is told once."""
    told = set()
    for suite in suites:
        for case in suite.findall("testcase"):
            if any(child.get("message") in _COLLECTION for child in case):
                name = case.get("classname"), case.get("name")
                if name in told:
                    continue
                told.add(name)
            yield case


def _location(case: etree._Element) -> tuple[str, int]:
    line = case.get("line", "")
    return case.get("file", ""), int(line) if line.isdecimal() and len(line) < _LONGEST_LINE else 0


def _parsed(path: Path) -> etree._Element:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    try:
        text = path.read_bytes().decode("utf-8", "replace")
        return etree.fromstring(legal(text).encode(), parser)
    except etree.XMLSyntaxError as error:
        raise IflowError(
            f"The JUnit report is no XML: {error}",
            where=str(path),
            remedy="Run this part of the suite again: the run writes the file anew.",
        ) from error


def _write(document: etree._Element, path: Path) -> None:
    from lxml import etree

    replace_text(path, _DECLARATION + etree.tostring(document, encoding="unicode"))
