"""What the body of a call is made of: fields of a form, files, and the Content-Type that tells which."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from functools import lru_cache
from mimetypes import MimeTypes
from pathlib import PurePosixPath
from urllib.parse import quote_plus

from msgspec import Struct
from urllib3.fields import RequestField
from urllib3.filepost import encode_multipart_formdata

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.lazy_pattern import lazy_pattern
from pytest_iflow.transport.charset import ANY_BYTES, encode, media_type, readable

URL_ENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"

_HEAD = 1024
_PIECE = 65_536
_BOUNDARY = lazy_pattern(r';\s*boundary\s*=\s*(?:"([^"]+)"|([^;\s]+))', re.IGNORECASE)
_OF_SENDERS = {
    ".cxml": "application/xml",
    ".edi": "application/EDIFACT",
    ".edifact": "application/EDIFACT",
    ".idoc": "text/plain",
    ".jsonl": "application/x-ndjson",
    ".ndjson": "application/x-ndjson",
    ".x12": "application/EDI-X12",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xml": "application/xml",
    ".xsd": "application/xml",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}
"""Types of files that senders to SAP use, where Python's list has none or another one."""


class FormField(Struct, frozen=True):
    """A field of a form: a text, or the bytes of a file with its name."""

    name: str
    value: str | bytes
    file: str = ""


def refuse_beside_form(method: str, body: str | bytes) -> None:
    """Raise ``ConfigurationError`` for a call that carries no form: it has a body, or its method has none."""
    if body:
        raise ConfigurationError(
            "the call has a body and fields of a form, and can carry only one of both",
            remedy="remove the form fields before it, or send the form by the step without a body",
        )
    if method.upper() in {"GET", "HEAD"}:
        raise ConfigurationError(
            f"a {method.upper()} request carries no form",
            remedy="send a POST request, or name each field as a query parameter: "
            'Given the query parameter "…" is "…"',
        )


def form_body(fields: Sequence[FormField], content_type: str | None) -> tuple[bytes, str]:
    """Return a form as it is sent, and its Content-Type.

    ``content_type`` is the header of the feature, if it sets one: multipart/form-data where there is no file,
    a charset, or a boundary. Without one, fields are urlencoded, and with a file multipart. Raises
    ``ConfigurationError`` for a type that no form has, and for a text that its charset cannot write.
    """
    has_files = any(isinstance(field.value, bytes) for field in fields)
    given = media_type(content_type)
    if given not in ({"", MULTIPART} if has_files else {"", URL_ENCODED, MULTIPART}):
        what = "a form with a file" if has_files else "a form"
        raise ConfigurationError(
            f"{what} cannot be sent as {given}",
            where="header Content-Type",
            remedy=f"leave the header out, or say {MULTIPART}{'' if has_files else f' or {URL_ENCODED}'}",
        )
    if given == MULTIPART or has_files:
        return _multipart(fields, content_type)
    pairs = (
        f"{quote_plus(encode(field.name, content_type))}={quote_plus(encode(str(field.value), content_type))}"
        for field in fields
    )
    return "&".join(pairs).encode("ascii"), content_type or URL_ENCODED


def _multipart(fields: Sequence[FormField], content_type: str | None) -> tuple[bytes, str]:
    """Return fields as parts in their order (RFC 7578); those that are files have a name and a type."""
    parts = []
    for field in fields:
        if isinstance(field.value, bytes):
            part = RequestField(field.name, field.value, field.file)
            part.make_multipart(content_type=content_type_of(field.value, field.file))
        else:
            part = RequestField(field.name, encode(field.value, content_type))
            part.make_multipart()
        parts.append(part)
    found = _BOUNDARY.search(content_type or "")
    body, made = encode_multipart_formdata(parts, boundary=(found[1] or found[2]) if found else None)
    if not content_type:
        return body, made
    return body, content_type if found else f"{content_type}; {made.partition('; ')[2]}"


@lru_cache(maxsize=1)
def _types() -> MimeTypes:
    """The types of Python's own list and ours, the same on each system."""
    types = MimeTypes()
    for ending, kind in _OF_SENDERS.items():
        types.add_type(kind, ending)
    return types


def content_type_of(body: bytes, file: str = "") -> str:
    """Return the content type of a body: by the ending of its file's name, else by what it announces.

    A text in UTF-8 says so.
    """
    kind, packed = _types().guess_type(PurePosixPath(file.lower()).name) if file else (None, None)
    if packed is not None:
        return "application/gzip" if packed == "gzip" else ANY_BYTES
    if kind is None:
        return _announced_type(body)
    if kind == "application/EDIFACT" and body.lstrip()[:3] == b"ISA":
        return "application/EDI-X12"
    if kind.startswith("text/") and _is_utf_8(body):
        return f"{kind};charset=UTF-8"
    return kind


def _announced_type(body: bytes) -> str:
    """JSON or XML by the first character, text, or neither; read in the charset that the body declares."""
    first = readable(body[:_HEAD], None).lstrip("\ufeff \t\r\n")[:1]
    if first in {"{", "["}:
        return "application/json"
    if first == "<":
        return "application/xml"
    return "text/plain;charset=UTF-8" if _is_utf_8(body) else ANY_BYTES


def _is_utf_8(body: bytes) -> bool:
    """Piece by piece: the text of a large file is not held beside its bytes."""
    if body.isascii():
        return True
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(body), _PIECE):
            decoder.decode(body[start : start + _PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
