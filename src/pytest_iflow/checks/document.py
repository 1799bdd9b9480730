"""An answer body, parsed once and ready to be judged."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from pytest_iflow.checks.body import parse_json, parse_xml
from pytest_iflow.checks.quoting import one_line
from pytest_iflow.errors import CheckError
from pytest_iflow.transport.charset import media_type, readable

Kind = Literal["json", "xml"]

_HEAD_BYTES = 8000
_HTML_START = re.compile(r"<(!doctype\s+html|html)\b", re.IGNORECASE)
_HTML_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_HTML_TYPES = ("text/html", "application/xhtml+xml")
_FIRST_CHARACTERS: dict[str, Kind] = {"{": "json", "[": "json", "<": "xml"}


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A parsed message: ``value`` is a Python value for JSON, the root element (lxml) for XML.

    ``subject`` is what errors call it. Neither the bytes nor their decoded text are kept.
    """

    kind: Kind
    value: Any
    subject: str = "The response"


def parse_document(body: bytes, content_type: str | None, subject: str = "The response") -> Document:
    """Parse an answer body by its content type, or by its first character where that says nothing.

    Decoded at most once, which matters for bodies of hundreds of MB. Raises CheckError when the body
    is empty, an HTML page, broken, or neither JSON nor XML.
    """
    media = media_type(content_type)
    head = readable(body[:_HEAD_BYTES], content_type).lstrip("\ufeff \t\r\n")
    if not head and (len(body) <= _HEAD_BYTES or body.isspace()):
        raise CheckError(
            f"{subject} has no body",
            remedy="Check the status first; a flow without a reply step answers with an empty body.",
        )
    _refuse_html(head, media, subject)
    kind = _kind(head, media, subject)
    parse = parse_json if kind == "json" else parse_xml
    return Document(kind, parse(body, content_type, subject), subject)


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
    declared = _declared_kind(media)
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


def _declared_kind(media: str) -> Kind | None:
    subtype = media.partition("/")[2]
    if subtype == "json" or subtype.endswith("+json"):
        return "json"
    if subtype == "xml" or subtype.endswith("+xml"):
        return "xml"
    return None
