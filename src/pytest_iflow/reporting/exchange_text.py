"""An exchange as people read it: start line, headers, body; secrets masked, long bodies cut."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from pytest_iflow.reporting.masking.business_data import BUSINESS_DATA
from pytest_iflow.secrets.registry import LONGEST_PLACE, MASK, mask, mask_part
from pytest_iflow.transport.exchange import Exchange, Headers, header_lines

SHOWN_BODY = 64 * 1024
"""Bytes of a body that are shown; also the limit up to which a body is formatted."""

BRIEF_BODY = 6
"""Lines of a body that a brief exchange shows."""

_BRIEF_LINE = 160
"""Characters of such a line."""

_TELLING = frozenset(
    {
        "allow",
        "content-type",
        "location",
        "retry-after",
        "sap_messageprocessinglogid",
        "www-authenticate",
        "x-error-code",
    }
)
"""Headers of an answer that say something about a failure."""

_NO_SECRET = frozenset({"fetch", "required"})
"""What X-CSRF-Token says where it holds no token (wire-facts 4.5)."""

_TEXT = frozenset({str})

_CREDENTIALS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie", "x-csrf-token"})


def exchange_text(exchange: Exchange) -> str:
    """Return request and response of ``exchange`` as readable text, masked."""
    return mask(rendered(exchange))


def brief_text(exchange: Exchange) -> str:
    """Return the start lines, a few headers and the first lines of the bodies of ``exchange``, masked."""
    request, response = exchange.request, exchange.response
    telling = {name: value for name, value in response.headers.items() if name.lower() in _TELLING}
    lines = [f"{request.method} {request.url}"]
    if request.body:
        lines += _first_lines(_body(BUSINESS_DATA.body(request)))
    lines += ["", f"{response.status} {response.reason} after {exchange.seconds * 1000:.0f} ms"]
    lines += [*_headers(telling), *_first_lines(_body(BUSINESS_DATA.body(response)))]
    return mask("\n".join(lines))


def _first_lines(text: str) -> list[str]:
    lines = [line if len(line) <= _BRIEF_LINE else f"{line[:_BRIEF_LINE]} …" for line in text.splitlines()]
    more = len(lines) - BRIEF_BODY
    if more <= 1:
        return lines
    return [*lines[:BRIEF_BODY], f"… and {more} more lines"]


def rendered(exchange: Exchange) -> str:
    """Return request and response as readable text, with secrets: for records, whose writers mask."""
    request, response = exchange.request, exchange.response
    return "\n".join(
        (
            f"{request.method} {request.url}",
            *_headers(request.headers),
            "",
            _body(BUSINESS_DATA.body(request)),
            "",
            f"{response.status} {response.reason} after {exchange.seconds * 1000:.0f} ms",
            *_headers(response.headers),
            "",
            _body(BUSINESS_DATA.body(response)),
        )
    )


def exchange_title(exchange: Exchange) -> str:
    """Return one line that names the exchange: method, URL without query, status; not masked."""
    request = exchange.request
    return f"{request.method} {request.url.partition('?')[0]} → {exchange.response.status}"


def _headers(headers: Mapping[str, str]) -> list[str]:
    hidden = BUSINESS_DATA.hidden_headers
    judged = _CREDENTIALS | hidden if hidden else _CREDENTIALS
    if isinstance(headers, Headers) and not headers.has_any(judged) and _is_plain(headers):
        return [f"{name}: {value}" for name, value in headers.items()]  # as nearly all answers
    return [
        f"{name}: {value}"
        if name.lower() not in judged and type(value) is str
        else "\n".join([f"{name}: {shown_value(name, line)}" for line in header_lines(value)])
        for name, value in headers.items()
        if value or header_lines(value)
    ]


def _is_plain(headers: Headers) -> bool:
    return _TEXT.issuperset([type(value) for _, value in headers.items()])


def shown_value(name: str, value: str) -> str:
    """Return the value of a header, without the credentials or business data that it carries by its name."""
    if BUSINESS_DATA.hides_header(name):
        return MASK
    if name.lower() not in _CREDENTIALS or value.lower() in _NO_SECRET:
        return value
    return f"{_scheme(value)}{MASK}"


def _scheme(value: str) -> str:
    """The word before the credentials, which says how they are meant: Bearer, Basic."""
    scheme, blank, _ = value.partition(" ")
    return scheme + blank if blank and scheme.isalpha() else ""


def _body(body: bytes) -> str:
    if not body:
        return "(no body)"
    if len(body) > SHOWN_BODY:
        text = body[: SHOWN_BODY + LONGEST_PLACE].decode("utf-8", "replace")
        shown = mask_part(text, 0, len(body[:SHOWN_BODY].decode("utf-8", "replace")))
        return f"{shown}\n… cut here: {SHOWN_BODY:,} of {len(body):,} bytes are shown"
    return _formatted(body)


def _formatted(body: bytes) -> str:
    first = body.lstrip()[:1]
    try:
        if first in (b"{", b"["):
            return msgspec.json.format(body.decode(), indent=2)  # each value stays as it was written
        if first == b"<":
            return _formatted_xml(body)
    except (ValueError, msgspec.DecodeError, RecursionError):
        pass  # what is neither JSON nor XML is shown as it came
    return body.decode("utf-8", "replace")


def _formatted_xml(body: bytes) -> str:
    """Return XML with an element a line; raises ValueError for what is none."""
    from lxml import etree

    parser = etree.XMLParser(
        encoding="utf-8", remove_blank_text=True, resolve_entities=False, no_network=True
    )
    try:
        tree = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(str(error)) from error
    return etree.tostring(tree, pretty_print=True, encoding="unicode").rstrip()
