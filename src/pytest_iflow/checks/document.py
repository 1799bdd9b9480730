"""An answer body, parsed once and ready to be judged: JSON or XML, with errors that show the place."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

from lxml import etree
from lxml.etree import _Element
from msgspec import Struct, field

from pytest_iflow.checks.json_text import JsonText, RepeatedName, read_json
from pytest_iflow.checks.parse_limit import DEFAULT_LIMIT, ParseLimit
from pytest_iflow.checks.quoting import excerpt, one_line
from pytest_iflow.errors import CheckError
from pytest_iflow.lazy_pattern import lazy_pattern
from pytest_iflow.transport.charset import UTF_8, charset_of, decode, media_type, readable

# libxml2 refuses longer texts unless told otherwise; no smaller body can hold one.
_LONGEST_SAFE_TEXT = 10_000_000
_LAST_STEP = "Look at the last step of the flow that writes the body."


def parse_json(
    body: bytes, content_type: str | None, subject: str, limit: ParseLimit = DEFAULT_LIMIT
) -> JsonText:
    """Parse JSON; of duplicate names the last one counts. Raises CheckError for anything else."""
    text = decode(body, content_type, subject)
    limit.require_json(text, subject)
    try:
        return read_json(text)
    except json.JSONDecodeError as error:
        raise CheckError(
            f"{subject} is not valid JSON: {error.msg}",
            where=f"line {error.lineno}, column {error.colno}, near {excerpt(text, error.pos)}",
            remedy='Several values, such as one a line, are judged as text: the response body contains "…".'
            if error.msg == "Extra data"
            else _LAST_STEP,
        ) from None
    except ValueError as error:
        raise CheckError(f"{subject} is not valid JSON: {error}") from None
    except RecursionError:
        raise too_deep(subject) from None


def parse_xml(
    body: bytes, content_type: str | None, subject: str, limit: ParseLimit = DEFAULT_LIMIT
) -> _Element:
    """Parse XML without loading a DTD or touching the network.

    Entities that the message itself defines are expanded, as far as libxml2 holds that to be safe; one that
    is defined elsewhere is an error. Comments and processing instructions are left out: no check reads them.
    Raises CheckError.
    """
    if charset_of(body, content_type, subject) != UTF_8:
        text = decode(body, content_type, subject)
        # libxml2 of Windows knows fewer encodings than Python, and refuses a message that names one of these.
        text = _DECLARED_ENCODING.sub(lambda found: found[1] + " " * len(found[2]), text, count=1)
        body = text.encode(UTF_8, "surrogatepass")
    limit.require_xml(body, subject)
    try:
        # The limits of libxml2 hold wherever entities could make much of little.
        huge = len(body) > _LONGEST_SAFE_TEXT and b"<!ENTITY" not in body
        root = etree.fromstring(body, _xml_parser(huge=huge))
    except etree.XMLSyntaxError as error:
        line, column = error.position
        # libxml2 repeats the place in its message, and says of some limits how a program raises them.
        reason = str(error.msg).partition(", line ")[0].partition(", see xml")[0].strip()
        if reason.startswith("Excessive depth"):
            raise too_deep(subject) from None
        raise CheckError(
            f"{subject} is not valid XML: {reason}",
            where=f"line {line}, column {column}, near {_around_line(body, line, column)}",
            remedy="Entities are expanded within narrow limits and never read from elsewhere: let the flow "
            "write the text itself."
            if "ntity" in reason or reason.startswith("PEReference")  # of a parameter entity
            else _LAST_STEP,
        ) from None
    limit.require_few_attributes(root, body, subject)
    return root


_DECLARED_ENCODING = lazy_pattern(r"""\A(\ufeff?<\?xml\b[^>]*?)(\sencoding\s*=\s*(?:"[^">]*"|'[^'>]*'))""")


def too_deep(subject: str, where: str | None = None) -> CheckError:
    """Say that a message is nested deeper than Python follows; raised in place of a RecursionError."""
    return CheckError(
        f"{subject} is nested too deep to be judged",
        where=where,
        remedy="Look at the step of the flow that builds the body: it may repeat itself without end.",
    )


@lru_cache(maxsize=2)
def _xml_parser(*, huge: bool) -> etree.XMLParser:
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
    return excerpt(text, start + column - 1)


Kind = Literal["json", "xml"]

_HEAD_BYTES = 8000
_HTML_START = lazy_pattern(r"<(!doctype\s+html|html)\b", re.IGNORECASE)
_HTML_TITLE = lazy_pattern(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_HTML_TYPES = ("text/html", "application/xhtml+xml")
_SUBTYPES: dict[str, Kind] = {"json": "json", "xml": "xml"}
_FIRST_CHARACTERS: dict[str, Kind] = {"{": "json", "[": "json", "<": "xml"}


class Document(Struct, frozen=True, eq=False):
    """A parsed message: ``value`` is a Python value for JSON, the root element (lxml) for XML.

    ``subject`` is what errors call it. ``namespaces`` are prefixes that the suite declares for its XPaths.
    ``place`` is the JSONPath of a value that is judged as a message of its own. ``repeated`` are names that
    an object of JSON has twice. Neither the bytes nor their decoded text are kept.
    """

    kind: Kind
    value: Any
    subject: str = "The response"
    namespaces: Mapping[str, str] = field(default_factory=dict)
    place: str = "$"
    repeated: tuple[RepeatedName, ...] = ()


def parse_document(
    body: bytes,
    content_type: str | None,
    subject: str = "The response",
    namespaces: Mapping[str, str] | None = None,
    limit: ParseLimit = DEFAULT_LIMIT,
) -> Document:
    """Parse an answer body by its content type, or by its first character where that says nothing.

    The answer of an OData $batch becomes a list of what its requests were answered (``checks.batch``).
    Decoded at most once, which matters for large bodies. Raises CheckError when the body is empty, an HTML
    page, broken, larger than ``limit`` allows, or neither JSON nor XML.
    """
    media = media_type(content_type)
    if media == "multipart/mixed":
        from pytest_iflow.checks.batch import read_answers

        try:
            answers = read_answers(body, str(content_type), subject, limit)
        except RecursionError:
            raise too_deep(subject) from None
        return Document("json", answers, subject, namespaces or {})
    head = readable(body[:_HEAD_BYTES], content_type).lstrip("\ufeff \t\r\n")
    if not head and (len(body) <= _HEAD_BYTES or body.isspace()):
        raise CheckError(
            f"{subject} has no body",
            remedy="Check the status first; a flow without a reply step answers with an empty body.",
        )
    _refuse_html(head, media, subject)
    kind = _kind(head, media, subject)
    limit.require_size(body, subject)
    known = namespaces or {}
    if kind == "xml":
        return Document(kind, parse_xml(body, content_type, subject, limit), subject, known)
    text = parse_json(body, content_type, subject, limit)
    return Document(kind, text.value, subject, known, repeated=text.repeated)


def _refuse_html(head: str, media: str, subject: str) -> None:
    if not _HTML_START.match(head) and not (media in _HTML_TYPES and head.startswith("<")):
        return
    title = _HTML_TITLE.search(head)
    quoted = f"titled {one_line(title[1])}" if title else f"that begins with {one_line(head)}"
    raise CheckError(
        f"{subject} is an HTML page {quoted}, not JSON or XML",
        remedy="A login or error page comes from the wrong host or address: "
        "call the runtime URL of the service key.",
    )


def _kind(head: str, media: str, subject: str) -> Kind:
    declared = _SUBTYPES.get(media.partition("/")[2].rpartition("+")[2])
    apparent = _FIRST_CHARACTERS.get(head[:1])
    kind = declared or apparent
    if kind is None or (declared and apparent and declared != apparent):
        expected = declared.upper() if declared else "JSON or XML"
        raise CheckError(
            f"{subject} is not {expected}: it begins with {one_line(head)}",
            where=f"Content-Type {media or 'missing'}",
            remedy="Let the flow set the header Content-Type to what its body is.",
        )
    return kind
