"""Expectations on the values at a path, and on the text of a body."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pytest_iflow.checks.document import Document
from pytest_iflow.checks.json_number import as_decimal
from pytest_iflow.checks.path import compiled_jsonpath, values_at, vicinity
from pytest_iflow.checks.quoting import as_text, cut, listed, quoted, shown, similar, tell_apart
from pytest_iflow.errors import CheckError
from pytest_iflow.transport.charset import decode, is_declared

_LONGEST_EXPONENT = 40


def expect_value(document: Document, path: str, text: str) -> None:
    """Raise CheckError unless exactly one value is at ``path`` and, as text, equals ``text``.

    Numbers, truth values and null are written as JSON writes them; a JSON number as the message has it.
    """
    value = _single_value(document, path)
    if as_text(value) != text:
        expected, found = tell_apart(text, value)
        raise CheckError(f"{document.subject} at {path}: expected {expected}, found {found}")


def expect_number(document: Document, path: str, number: Decimal) -> None:
    """Raise CheckError unless exactly one value is at ``path`` and is this number: 51.0 is 51.000."""
    value = _single_value(document, path)
    found = as_decimal(value)
    if found is None:
        raise CheckError(
            f"{document.subject} at {path}: expected the number {cut(_plain(number))}, "
            f"found {shown(value)}, no number",
            remedy='Put the expected value in quotation marks to compare it as text: is "…".',
        )
    if found != number:
        expected, shown_value = cut(_plain(number)), cut(as_text(value))
        if expected == shown_value:  # both are cut before they differ
            expected, shown_value = tell_apart(_plain(number), as_text(value))
        raise CheckError(f"{document.subject} at {path}: expected the number {expected}, found {shown_value}")


def expect_count(document: Document, path: str, count: int) -> None:
    """Raise CheckError unless ``count`` values are at ``path``.

    A path that leads to one array counts its items, as an XPath to repeated elements does: a tester asks
    how many products there are, not how many arrays.
    """
    values = values_at(document, path)
    if path.startswith("$") and compiled_jsonpath(path).singular_query():
        values = values[0] if values and isinstance(values[0], list) else values
    if len(values) != count:
        found = _numbered(values) if values else vicinity(document, path)
        raise CheckError(
            f"{document.subject} at {path}: expected {count} value(s), found {len(values)}{found}"
        )


def expect_text(body: bytes, content_type: str | None, text: str, subject: str) -> None:
    """Raise CheckError unless a body contains ``text``, in whatever charset it is.

    Bytes that name no charset, such as a PDF, are searched for the text in UTF-8.
    """
    if not is_declared(body, content_type) and text.encode() in body:
        return
    content = decode(body, content_type, subject)
    if text not in content:
        raise CheckError(f"{subject} does not contain {quoted(text)}{similar(text, content)}")


def _single_value(document: Document, path: str) -> Any:
    values = values_at(document, path)
    if len(values) == 1:
        return values[0]
    if values:
        raise CheckError(
            f"{document.subject} at {path}: expected one value, found {len(values)}{_numbered(values)}",
            remedy="Narrow the path down, for example by an index: [0] in JSONPath, [1] in XPath.",
        )
    raise CheckError(
        f"{document.subject} at {path}: expected a value, found none{vicinity(document, path)}",
    )


def _plain(number: Decimal) -> str:
    """Write a number without an exponent, unless it would be hundreds of digits long."""
    exponent = number.as_tuple().exponent
    return f"{number:f}" if isinstance(exponent, int) and abs(exponent) < _LONGEST_EXPONENT else str(number)


def _numbered(values: list[Any]) -> str:
    return ":" + listed([shown(value) for value in values])
