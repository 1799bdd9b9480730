"""Which charset a body is in: one decision for all that reads bodies and for what is sent.

A byte order mark decides, then the ``charset`` of ``Content-Type``, then what the body says of itself: an XML
declaration (RFC 7303), the syntax identifier of EDIFACT, ``<meta charset>`` of HTML. Without any of them it
is UTF-8, or UTF-16 or UTF-32 as the zeros among the first four bytes show (RFC 4627, 3). UTF-16 and UTF-32
without a mark are big-endian (RFC 2781, 4.3) unless the zeros show the other order.

Two names that contradict each other are an error where they give different texts.
"""

from __future__ import annotations

import codecs
import json
import re
from functools import lru_cache

from pytest_iflow.errors import CheckError, ConfigurationError
from pytest_iflow.lazy_pattern import lazy_pattern

UTF_8 = "utf-8"
ANY_BYTES = "application/octet-stream"
"""A request of this type is sent as it is, whatever its body says of itself."""

_HEAD = 1024
_SHOWN = 40
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins with the mark of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NAME = lazy_pattern(r"[A-Za-z0-9][\w.:+-]{0,39}", re.ASCII)  # RFC 2978, 2.3
_PARAMETER = lazy_pattern(r';\s*charset\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;,\s]*))', re.IGNORECASE)
_XML = lazy_pattern(r"""\s*<\?xml\s[^>]*?\sencoding\s*=\s*["']([^"'>]*)["']""")
_META = lazy_pattern(r"""<meta\s[^>]*?\bcharset\s*=\s*["']?\s*([\w.:+-]+)""", re.IGNORECASE)
_HTML = lazy_pattern(r"\s*<(!doctype\s+html|html)\b", re.IGNORECASE)
_EDIFACT = lazy_pattern(r"\s*(?:UNA.{6}\s*)?UNB.(UNO[A-Z])", re.DOTALL)
_EBCDIC_XML = "<?xm".encode("cp037")
_NO_CHARSETS = frozenset(
    {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "charmap", "mbcs", "oem"}
)
"""Codecs of Python that turn bytes into text and are no charsets."""

_ALIASES = {"windows-31j": "cp932", "windows-874": "cp874", "iso-8859-8-i": "iso-8859-8"}
"""Charsets of IANA that Python knows by another name only."""

_CHARSET_OF_SYNTAX = {
    "UNOA": "ascii", "UNOB": "ascii", "UNOC": "iso-8859-1", "UNOD": "iso-8859-2", "UNOE": "iso-8859-5",
    "UNOF": "iso-8859-7", "UNOG": "iso-8859-3", "UNOH": "iso-8859-4", "UNOI": "iso-8859-6", "UNOW": UTF_8,
    "UNOJ": "iso-8859-8", "UNOK": "iso-8859-9", "UNOL": "iso-8859-15", "UNOY": UTF_8, "UNOX": "iso-2022-jp-2",
}  # fmt: skip
"""Syntax identifiers of EDIFACT (its code list 0001); UNOX as Japanese and UNOY as UTF-8 are assumed."""


def media_type(content_type: str | None) -> str:
    """Return ``type/subtype`` of a header ``Content-Type`` in lower case; empty without one."""
    return (content_type or "").partition(";")[0].strip().lower()


def charset_of(body: bytes, content_type: str | None, subject: str = "The response") -> str:
    """Return the name of the codec that reads a body.

    Raises ``CheckError`` for a charset that is unknown, and for several that contradict each other.
    """
    named = _of_header(content_type, subject)
    is_page = "html" in (content_type or "").lower()
    if named is None and body[:1] in {b"{", b"["} and b"\0" not in body[:4] and not is_page:
        return UTF_8  # JSON declares no charset
    for mark, codec in _MARKS:
        if body.startswith(mark):
            return codec
    inner = _of_body(body, content_type, subject, named)
    if named is None:
        return _with_order(inner, body) if inner else json.detect_encoding(body[:4])
    named = _with_order(named, body)
    if inner and (inner := _with_order(inner, body)) != named:
        _refuse_contradiction(body, (named, inner), subject)
    elif media_type(content_type).endswith("json") and named not in _UNICODE and _is_utf_8(body):
        # RFC 8259, 8.1: JSON is UTF-8, and a charset means nothing there.
        _refuse_contradiction(body, (named, UTF_8), subject)
    return named


def is_declared(body: bytes, content_type: str | None) -> bool:
    """Whether a body has a mark, or its header or itself names a charset; raises ``CheckError`` as above."""
    return bool(
        body.startswith(tuple(mark for mark, _ in _MARKS))
        or (named := _of_header(content_type, "The request"))
        or _of_body(body, content_type, "The request", named)
    )


def decode(body: bytes, content_type: str | None, subject: str = "The response") -> str:
    """Return the text of a body; raises ``CheckError`` as ``charset_of``, or where the bytes do not fit."""
    codec = charset_of(body, content_type, subject)
    try:
        return body.decode(codec)
    except UnicodeDecodeError as error:
        raise CheckError(
            f"{subject} is not encoded in {_codec_name(codec)}: {error.reason}",
            where=f"byte {error.start}",
            remedy="Let the flow name the charset that it writes in the header Content-Type.",
        ) from None


def readable(body: bytes, content_type: str | None) -> str:
    """Return the text of a body for people: never raises, what cannot be read becomes U+FFFD."""
    try:
        codec = charset_of(body, content_type)
    except CheckError:
        codec = UTF_8
    return body.decode(codec, "replace")


def in_utf_8(body: bytes, content_type: str | None) -> bytes:
    """Return a body in UTF-8 for those who show it; one that is UTF-8, or said to be, is returned itself."""
    try:
        codec = charset_of(body, content_type)
    except CheckError:
        return body
    return body if codec == UTF_8 else body.decode(codec, "replace").encode(UTF_8, "surrogatepass")


def encode(text: str, content_type: str | None) -> bytes:
    """Return the bytes of a text that is sent, in the charset of its ``Content-Type`` or of the text itself.

    Raises ``ConfigurationError`` where that is unknown, has no such character, or where both contradict.
    """
    try:
        named = _of_header(content_type, "The request")
        inner = _declared(text[:_HEAD], content_type, "The request", edifact=named is None)
    except CheckError as error:
        raise _unsendable(error.what) from None
    codec = named or inner or UTF_8
    try:
        body = text.encode(codec)
        if inner and inner != codec and text.encode(inner) != body:
            raise _unsendable(
                f"The request says two charsets: {_codec_name(codec)} in its header Content-Type, "
                f"{_codec_name(inner)} in its body"
            )
    except UnicodeEncodeError as error:
        character = text[error.start]
        raise _unsendable(
            f"The body cannot be written in {error.encoding}: it holds {character!r} (U+{ord(character):04X})"
        ) from None
    return body


def check_declared(body: bytes, content_type: str | None) -> None:
    """Raise ``ConfigurationError`` for bytes that are not in the charset that their header or they name.

    Bytes that name none, and those sent as application/octet-stream, are sent as they are.
    """
    if media_type(content_type) == ANY_BYTES:
        return
    try:
        if is_declared(body, content_type):
            marked = charset_of(body, None, "The request")
            named = _of_header(content_type, "The request")
            if body.startswith(tuple(mark for mark, _ in _MARKS)) and named and named[:6] != marked[:6]:
                _refuse_contradiction(body, (named, marked), "The request")
            decode(body, content_type, "The request")
    except CheckError as error:
        raise _unsendable(error.what, error.where) from None


def _unsendable(what: str, where: str | None = None) -> ConfigurationError:
    return ConfigurationError(
        what,
        where=where,
        remedy="Correct the charset of the header Content-Type or the declaration in the body; "
        f"with the Content-Type {ANY_BYTES} a file is sent as it is.",
    )


def _of_header(content_type: str | None, subject: str) -> str | None:
    if not content_type or "charset" not in content_type.lower():
        return None
    names = [quoted or plain for quoted, plain in _PARAMETER.findall(content_type)]
    found = {_codec(name.strip("' "), subject): name for name in names if name.strip("' ")}
    if len(found) > 1:
        raise CheckError(
            f"{subject} names several charsets: {', '.join(map(_quoted, found.values()))}",
            where="header Content-Type",
            remedy="Let the flow name one.",
        )
    return next(iter(found), None)


def _of_body(body: bytes, content_type: str | None, subject: str, outside: str | None) -> str | None:
    """The charset that a body without a mark names; ``outside`` is what its header names.

    With a charset outside, one that the bytes cannot be in is none: ABAP writes UTF-8 that declares UTF-16.
    """
    if body.startswith(_EBCDIC_XML):
        return _declared(body[:_HEAD].decode("cp037"), content_type, subject)
    family = json.detect_encoding(body[:4])
    head = body[:_HEAD].decode("latin-1" if family == UTF_8 else family, "replace")
    named = _declared(head, content_type, subject, edifact=outside is None)
    wide = named is not None and named.startswith(("utf-16", "utf-32"))
    if named and wide != (family != UTF_8):
        if _HTML.match(head):
            return UTF_8 if wide else family  # as HTML has it
        if outside:
            return None
        raise CheckError(
            f"{subject} declares the charset {_codec_name(named)} and is not written in it: it begins in "
            f"{_codec_name(family)}",
            where="declaration at the beginning of the body",
            remedy="Let the flow declare the charset that it writes.",
        )
    return family if wide else named


def _declared(head: str, content_type: str | None, subject: str, *, edifact: bool = True) -> str | None:
    """The charset that a text names; ``edifact``: whether ASCII of EDIFACT counts, which many overstep."""
    if head.lstrip()[:1] not in {"<", "U", ""} and "html" not in (content_type or "").lower():
        return None
    if found := _XML.match(head):
        return _codec(found[1].strip(), subject, "XML declaration")
    if found := _EDIFACT.match(head):
        codec = _CHARSET_OF_SYNTAX.get(found[1])
        return codec and (None if codec == "ascii" and not edifact else _codec(codec, subject))
    if ("html" in media_type(content_type) or _HTML.match(head)) and (found := _META.search(head)):
        return _codec(found[1], subject, "<meta> of the page")
    return None


def _with_order(codec: str, body: bytes) -> str:
    """Give UTF-16 and UTF-32 without a mark the order of their bytes."""
    if codec not in {"utf-16", "utf-32"}:
        return codec
    family = json.detect_encoding(body[:4])
    return family if family.startswith(codec) else f"{codec}-be"


def _refuse_contradiction(body: bytes, names: tuple[str, str], subject: str) -> None:
    texts = set()
    for codec in names:
        try:
            texts.add(body.decode(codec))
        except UnicodeDecodeError:
            continue
    if len(texts) > 1:
        raise CheckError(
            f"{subject} contradicts itself about its charset: its Content-Type says {_codec_name(names[0])}, "
            f"its body {_codec_name(names[1])}, and both can be read",
            where="header Content-Type",
            remedy="Let the flow name the charset that it writes, in both places.",
        )


def _is_utf_8(body: bytes) -> bool:
    if body.isascii():
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _codec(name: str, subject: str, where: str = "header Content-Type") -> str:
    try:
        return _known_codec(name)
    except (LookupError, ValueError):
        raise CheckError(
            f"{subject} names a charset that does not exist: {_quoted(name)}",
            where=where,
            remedy="Let the flow set a charset such as UTF-8.",
        ) from None


@lru_cache(maxsize=64)
def _known_codec(name: str) -> str:
    """Return Python's name of a charset; raises LookupError for all else."""
    if not _NAME.fullmatch(name):
        raise LookupError(name)
    codec = codecs.lookup(_ALIASES.get(name.lower(), name)).name.replace("_", "-")
    if codec in _NO_CHARSETS:
        raise LookupError(name)
    "a".encode(codec)  # LookupError for what turns bytes into bytes, such as hex
    return UTF_8 if codec == "utf-8-sig" else codec


_UNICODE = frozenset(
    {UTF_8, "utf-16", "utf-16-be", "utf-16-le", "utf-32", "utf-32-be", "utf-32-le", "utf-7", "gb18030"}
)


def _codec_name(codec: str) -> str:
    return UTF_8 if codec == "utf-8-sig" else codec


def _quoted(name: str) -> str:
    return json.dumps(name[:_SHOWN] + "…" if len(name) > _SHOWN else name, ensure_ascii=False)
