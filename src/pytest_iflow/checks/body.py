"""From the bytes of an answer to a JSON value or an XML element, with errors that show the place."""

from __future__ import annotations

import codecs
import json
from functools import lru_cache
from typing import NoReturn

from lxml import etree
from lxml.etree import _Element

from pytest_iflow.checks.json_number import JsonFloat
from pytest_iflow.checks.quoting import around, shown
from pytest_iflow.errors import CheckError

# UTF-32 (little endian) begins with the mark of UTF-16 (little endian).
_BYTE_ORDER_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
# libxml2 refuses longer texts unless told otherwise; no smaller body can hold one.
_LONGEST_SAFE_TEXT = 10_000_000


def text_encoding(body: bytes, charset: str | None) -> str:
    """Say how a body is encoded: a byte order mark decides, then the charset, then the first bytes."""
    if charset is None or body.startswith(_BYTE_ORDER_MARKS):
        return json.detect_encoding(body)
    return charset


def parse_json(body: bytes, charset: str | None, subject: str) -> object:
    """Parse JSON; of duplicate names the last one counts. Raises CheckError for anything else."""
    encoding = text_encoding(body, charset)
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        raise CheckError(
            f"{subject} is not encoded in {encoding}: {error.reason}",
            where=f"byte {error.start}",
            remedy="Let the flow name the charset that it writes in the header Content-Type.",
        ) from None
    except LookupError:
        raise _unknown_charset(encoding, subject) from None
    try:
        return json.loads(text, parse_float=JsonFloat, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise CheckError(
            f"{subject} is not valid JSON: {error.msg}",
            where=f"line {error.lineno}, column {error.colno}, near {around(text, error.pos)}",
            remedy="Look at the last step of the flow that writes the body.",
        ) from None
    except RecursionError:
        raise CheckError(f"{subject} is not usable JSON: it is nested too deep") from None
    except ValueError as error:
        raise CheckError(f"{subject} is not valid JSON: {error}") from None


def parse_xml(body: bytes, charset: str | None, subject: str) -> _Element:
    """Parse XML without loading a DTD, resolving entities or touching the network.

    Comments and processing instructions are left out: no check reads them. Raises CheckError.
    """
    encoding = None if body.startswith(_BYTE_ORDER_MARKS) else charset
    try:
        parser = _xml_parser(encoding, huge=len(body) > _LONGEST_SAFE_TEXT)
    except LookupError:
        raise _unknown_charset(str(encoding), subject) from None
    try:
        return etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        # libxml2 repeats the place in its message.
        reason = str(error.msg).partition(", line ")[0]
        raise CheckError(
            f"{subject} is not valid XML: {reason}",
            where=f"line {line}, column {column}, near {_around_line(body, charset, line, column)}",
            remedy="Look at the last step of the flow that writes the body.",
        ) from None


@lru_cache(maxsize=8)
def _xml_parser(encoding: str | None, *, huge: bool) -> etree.XMLParser:
    return etree.XMLParser(
        encoding=encoding,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
        huge_tree=huge,
    )


def _around_line(body: bytes, charset: str | None, line: int, column: int) -> str:
    text = body.decode(text_encoding(body, charset), errors="replace")
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
    return around(text, start + column - 1)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


def _unknown_charset(charset: str, subject: str) -> CheckError:
    return CheckError(
        f"{subject} names a charset that does not exist: {shown(charset)}",
        where="response header Content-Type",
        remedy="Let the flow set a charset such as UTF-8.",
    )
