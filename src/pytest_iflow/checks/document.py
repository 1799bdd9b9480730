"""An answer body, parsed once and ready to be judged."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message
from typing import Any, Literal

from pytest_iflow.checks.body import parse_json, parse_xml, text_encoding
from pytest_iflow.checks.quoting import one_line
from pytest_iflow.errors import CheckError

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
    if not body or body.isspace():
        raise CheckError(
            f"{subject} has no body",
            remedy="Check the status first; a flow without a reply step answers with an empty body.",
        )
    media_type, charset = _media_type(content_type)
    head = _head(body, charset)
    _refuse_html(head, media_type, subject)
    kind = _kind(head, media_type, subject)
    parse = parse_json if kind == "json" else parse_xml
    return Document(kind, parse(body, charset, subject), subject)


def _media_type(content_type: str | None) -> tuple[str, str | None]:
    if content_type is None:
        return "", None
    header = Message()
    header["content-type"] = content_type
    charset = header.get_content_charset()
    # To look a name up that holds a NUL is an error of its own kind.
    return header.get_content_type(), charset.replace("\0", "?") if charset else charset


def _head(body: bytes, charset: str | None) -> str:
    start = body[:_HEAD_BYTES]
    try:
        text = start.decode(text_encoding(start, charset), errors="replace")
    except LookupError:
        text = start.decode(errors="replace")
    return text.lstrip()


def _refuse_html(head: str, media_type: str, subject: str) -> None:
    if not _HTML_START.match(head) and not (media_type in _HTML_TYPES and head.startswith("<")):
        return
    title = _HTML_TITLE.search(head)
    quoted = f"titled {one_line(title[1])}" if title else f"that begins with {one_line(head)}"
    raise CheckError(
        f"{subject} is an HTML page {quoted}, not JSON or XML",
        remedy="A login or error page comes from the wrong host or address: "
        "call the runtime URL of the service key.",
    )


def _kind(head: str, media_type: str, subject: str) -> Kind:
    declared = _declared_kind(media_type)
    apparent = _FIRST_CHARACTERS.get(head[:1])
    kind = declared or apparent
    if kind is None or (declared and apparent and declared != apparent):
        expected = declared.upper() if declared else "JSON or XML"
        raise CheckError(
            f"{subject} is not {expected}: it begins with {one_line(head)}",
            where=f"Content-Type {media_type or 'missing'}",
            remedy="Let the flow set the header Content-Type to what its body is.",
        )
    return kind


def _declared_kind(media_type: str) -> Kind | None:
    subtype = media_type.partition("/")[2]
    if subtype == "json" or subtype.endswith("+json"):
        return "json"
    if subtype == "xml" or subtype.endswith("+xml"):
        return "xml"
    return None
