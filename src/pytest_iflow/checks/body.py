"""From the bytes of an answer to a JSON value or an XML element, with errors that show the place."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, NoReturn

from pytest_iflow.checks.json_number import JsonFloat, json_integer
from pytest_iflow.checks.quoting import around
from pytest_iflow.errors import CheckError
from pytest_iflow.transport.charset import UTF_8, charset_of, decode, readable

if TYPE_CHECKING:
    from lxml import etree
    from lxml.etree import _Element

# libxml2 refuses longer texts unless told otherwise; no smaller body can hold one.
_LONGEST_SAFE_TEXT = 10_000_000
_LAST_STEP = "Look at the last step of the flow that writes the body."


def parse_json(body: bytes, content_type: str | None, subject: str) -> object:
    """Parse JSON; of duplicate names the last one counts. Raises CheckError for anything else."""
    text = decode(body, content_type, subject)
    try:
        return json.loads(
            text, parse_float=JsonFloat, parse_int=json_integer, parse_constant=_refuse_constant
        )
    except json.JSONDecodeError as error:
        raise CheckError(
            f"{subject} is not valid JSON: {error.msg}",
            where=f"line {error.lineno}, column {error.colno}, near {around(text, error.pos)}",
            remedy='Several values, such as one a line, are judged as text: the response body contains "…".'
            if error.msg == "Extra data"
            else _LAST_STEP,
        ) from None
    except ValueError as error:
        raise CheckError(f"{subject} is not valid JSON: {error}") from None
    except RecursionError:
        raise too_deep(subject) from None


def parse_xml(body: bytes, content_type: str | None, subject: str) -> _Element:
    """Parse XML without loading a DTD or touching the network.

    Entities that the message itself defines are expanded, as far as libxml2 holds that to be safe; one that
    is defined elsewhere is an error. Comments and processing instructions are left out: no check reads them.
    Raises CheckError.
    """
    from lxml import etree

    if charset_of(body, content_type, subject) != UTF_8:
        body = decode(body, content_type, subject).encode(UTF_8, "surrogatepass")
    try:
        return etree.fromstring(body, _xml_parser(huge=_needs_huge_texts(body)))
    except etree.XMLSyntaxError as error:
        line, column = error.position
        # libxml2 repeats the place in its message.
        reason = str(error.msg).partition(", line ")[0]
        if reason.startswith("Excessive depth"):
            raise too_deep(subject) from None
        raise CheckError(
            f"{subject} is not valid XML: {reason}",
            where=f"line {line}, column {column}, near {_around_line(body, line, column)}",
            remedy="Entities are expanded within narrow limits and never read from elsewhere: let the flow "
            "write the text itself."
            if "ntity" in reason
            else _LAST_STEP,
        ) from None


def too_deep(subject: str, where: str | None = None) -> CheckError:
    """Say that a message is nested deeper than Python follows; raised in place of a RecursionError."""
    return CheckError(
        f"{subject} is nested too deep to be judged",
        where=where,
        remedy="Look at the step of the flow that builds the body: it may repeat itself without end.",
    )


def _needs_huge_texts(body: bytes) -> bool:
    """Whether libxml2 has to give up its limits; never where entities could make much of little."""
    return len(body) > _LONGEST_SAFE_TEXT and b"<!ENTITY" not in body


@lru_cache(maxsize=2)
def _xml_parser(*, huge: bool) -> etree.XMLParser:
    from lxml import etree

    return etree.XMLParser(
        encoding=UTF_8,  # goes before the XML declaration
        resolve_entities="internal",
        load_dtd=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
        huge_tree=huge,
    )


def _around_line(body: bytes, line: int, column: int) -> str:
    text = readable(body, f"text/xml;charset={UTF_8}")
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
    return around(text, start + column - 1)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")
