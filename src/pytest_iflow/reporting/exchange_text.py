"""An exchange as people read it: start line, headers, body; secrets masked, long bodies cut."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from lxml import etree

from pytest_iflow.reporting.masking.business_data import BUSINESS_DATA
from pytest_iflow.secrets.registry import LONGEST_PLACE, MASK, mask, mask_part
from pytest_iflow.transport.exchange import Exchange

SHOWN_BODY = 64 * 1024
"""Bytes of a body that are shown; also the limit up to which a body is formatted."""

_JSON_PART = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s"\[\]{},:]+')
_OPENING, _CLOSING = frozenset("{["), frozenset("}]")

_NO_SECRET = frozenset({"fetch", "required"})
"""What X-CSRF-Token says where it holds no token (wire-facts 4.5)."""

_CREDENTIALS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie", "x-csrf-token"})


def exchange_text(exchange: Exchange) -> str:
    """Return request and response of ``exchange`` as readable text."""
    request, response = exchange.request, exchange.response
    return mask(
        "\n".join(
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
    )


def exchange_title(exchange: Exchange) -> str:
    """Return one line that names the exchange: method, URL without query, status."""
    return mask(
        f"{exchange.request.method} {exchange.request.url.split('?')[0]} → {exchange.response.status}"
    )


def _headers(headers: Mapping[str, str]) -> list[str]:
    return [f"{name}: {shown_value(name, value)}" for name, value in headers.items()]


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
            json.loads(body)  # what is no JSON is shown as it came
            return indented(body.decode())
        if first == b"<":
            parser = etree.XMLParser(
                encoding="utf-8", remove_blank_text=True, resolve_entities=False, no_network=True
            )
            tree = etree.fromstring(body, parser)
            return etree.tostring(tree, pretty_print=True, encoding="unicode").rstrip()
    except (ValueError, RecursionError, etree.XMLSyntaxError):
        pass  # shown as it came
    return body.decode("utf-8", "replace")


def indented(text: str) -> str:
    """Break and indent a JSON text, each value as it was written: 51.000 does not become 51.0."""
    pieces: list[str] = []
    depth, before = 0, ""
    for part in _JSON_PART.findall(text):
        closes = part in _CLOSING
        depth -= closes
        if before == "," or closes != (before in _OPENING):
            pieces.append("\n" + "  " * depth)
        pieces.append(": " if part == ":" else part)
        depth += part in _OPENING
        before = part
    return "".join(pieces)
