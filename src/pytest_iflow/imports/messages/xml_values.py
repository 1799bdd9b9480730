"""Texts for simple types of XSD: within their facets, and the same ones each time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from xmlschema.validators import XsdList, XsdSimpleType, XsdUnion

from pytest_iflow.imports.messages.json_values import NoExampleError
from pytest_iflow.imports.messages.pattern_texts import LONGEST, NoTextError, text_of_pattern

_XSD = "{http://www.w3.org/2001/XMLSchema}"
_DEEPEST = 30
_TEXTS = {
    "date": ("2026-01-31", "2026-01-31Z"),
    "dateTime": ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00"),
    "time": ("12:00:00Z", "12:00:00"),
    "duration": ("P1D",),
    "gYear": ("2026",),
    "gYearMonth": ("2026-01",),
    "gMonth": ("--01",),
    "gMonthDay": ("--01-31",),
    "gDay": ("---31",),
    "boolean": ("true", "1"),
    "base64Binary": ("dGV4dA==",),
    "hexBinary": ("74657874",),
    "anyURI": ("https://example.com/1",),
    "QName": ("text",),
    "language": ("en",),
    "string": ("text",),
}
"""What is tried first, by the primitive type."""

_NUMBERS = frozenset({"decimal", "float", "double"})


def text_of_type(simple: XsdSimpleType, depth: int = 0) -> str:
    """Return a text that a simple type allows; raises NoExampleError where none is found."""
    if depth > _DEEPEST:
        raise NoExampleError("the types of the schema lead to each other without end")
    reasons: list[str] = []
    for text in _candidates(simple, depth, reasons):
        if simple.text_is_valid(text):
            return text
    name = simple.local_name or "without a name"
    raise NoExampleError(reasons[0] if reasons else f"no text was found for the type {name}")


def _candidates(simple: XsdSimpleType, depth: int, reasons: list[str]) -> Iterator[str]:
    for value in simple.enumeration or ():
        if value is not None:
            yield str(value).lower() if isinstance(value, bool) else str(value)
    root = simple.root_type
    if isinstance(root, XsdUnion):
        for member in root.member_types:
            try:
                yield text_of_type(member, depth + 1)
            except NoExampleError as error:
                reasons.append(str(error))
        return
    least, most = _lengths(simple)
    if least > LONGEST:
        reasons.append(f"the schema wants a text of more than {LONGEST} characters")
        return
    if isinstance(root, XsdList):
        yield " ".join([text_of_type(root.item_type, depth + 1)] * max(least, 1))
        return
    patterns = simple.patterns.regexps if simple.patterns else ()
    for pattern in patterns:
        try:
            yield text_of_pattern(pattern, least, most)
        except NoTextError as error:
            reasons.append(str(error))
    yield from _plain(simple, str(root.local_name), least, most)


def _lengths(simple: XsdSimpleType) -> tuple[int, int]:
    exact = _facet(simple, "length")
    least, most = _facet(simple, "minLength"), _facet(simple, "maxLength")
    if exact is not None:
        least = most = exact
    return int(least or 0), LONGEST if most is None else int(most)


def _facet(simple: XsdSimpleType, name: str) -> Any:
    return getattr(simple.get_facet(f"{_XSD}{name}"), "value", None)


def _plain(simple: XsdSimpleType, primitive: str, least: int, most: int) -> Iterator[str]:
    if primitive in _NUMBERS:
        yield from _numbers(simple)
        return
    for text in _TEXTS.get(primitive, ("text",)):
        yield text
    for limit in (simple.min_value, simple.max_value):
        if limit is not None:
            yield str(limit)
    if primitive == "hexBinary":
        yield "74" * max(least, 1)
    elif primitive == "base64Binary":
        yield "AAAA" * (least // 3) + ("", "AA==", "AAA=")[least % 3]
    else:
        for text in ("text", "1", "a", ""):
            yield (text + text[-1:] * (least - len(text)))[:most]


def _numbers(simple: XsdSimpleType) -> Iterator[str]:
    """Yield 1 and what is near its limits, with as many digits as its fraction may have."""
    digits = _facet(simple, "fractionDigits")
    step = (
        Decimal(1).scaleb(-int(digits)) if digits is not None and 0 <= digits <= LONGEST else Decimal("0.001")
    )
    yield "1"
    for limit, sign in itertools.product((simple.min_value, simple.max_value), (0, 1, -1)):
        if isinstance(limit, int | float | Decimal):
            for near in (sign, sign * step):
                yield f"{Decimal(str(limit)) + near:f}"
    yield from ("0", "0.1", "-1", "10")
