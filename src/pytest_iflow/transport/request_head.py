"""The head of a request: its first lines and headers, as they are shown and as they are sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

import requests
from requests.exceptions import InvalidHeader
from requests.utils import check_header_validity

from pytest_iflow.lazy_pattern import lazy_pattern
from pytest_iflow.transport.exchange import Headers, header_lines
from pytest_iflow.transport.http_connection import first_lines

Origin = tuple[str, str, int]
"""Scheme, host and port of an address."""

_DEFAULT_HEADERS = (
    ("User-Agent", "pytest-iflow"),
    ("Accept-Encoding", "gzip, deflate"),
    ("Accept", "*/*"),
)
"""Headers of a request that names no others."""

_PORTS = {"http": 80, "https": 443}
_TEXT = frozenset({str})
_NAME = lazy_pattern(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class Target(NamedTuple):
    """What a request needs for its method and address, as they are sent.

    ``lines`` are its first lines, with ``Host`` and without. ``says_length``: also where there is no body.
    """

    method: str
    url: str
    origin: Origin
    lines: tuple[bytes, bytes]
    says_length: bool


@lru_cache(maxsize=512)
def target_of(method: str, url: str) -> Target:
    """Return method and address as they are sent; raises ``ValueError`` for what is none."""
    if not method:
        raise ValueError("there is no method")
    prepared = requests.Request(method, url).prepare()
    method, url = prepared.method or method, prepared.url or ""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("the address does not begin with https:// and a host")
    origin = parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme]
    first = first_lines(parts.hostname, origin[2], _PORTS[parts.scheme], method, prepared.path_url)
    return Target(method, url, origin, first, "Content-Length" in prepared.headers)


class Head(NamedTuple):
    """The ``headers`` of a request as the evidence has them, and all ``lines`` before its body, as sent."""

    headers: Headers
    lines: bytes


def request_head(
    target: Target,
    given: Mapping[str, str],
    length: int,
    apart: Mapping[str, str] | None = None,
    *,
    gzipped: bool = False,
) -> Head:
    """Return the head of a request whose body has so many bytes.

    Headers ``apart`` are sent, and are not among those of the evidence. Raises ``ValueError`` for what HTTP
    does not allow.
    """
    if not apart and not gzipped and _TEXT.issuperset(map(type, given.values())):
        headers, lines = _plain_head(target, tuple(given.items()), length)
        return Head(headers.copy(), lines)
    headers = _headers(target, given.items(), length)
    if gzipped:
        headers.setdefault("Content-Encoding", "gzip")
    return Head(headers, _lines(target, Headers({**headers, **apart}) if apart else headers))


@lru_cache(maxsize=256)
def _plain_head(target: Target, given: tuple[tuple[str, str], ...], length: int) -> Head:
    """Return the head of a request; those of one suite are few, and many requests have the same."""
    headers = _headers(target, given, length)
    return Head(headers, _lines(target, headers))


@lru_cache(maxsize=1024)
def _refuse_invalid(name: str, value: str) -> None:
    """Raise ``InvalidHeader``, a ``ValueError``, for what HTTP does not allow; it names the header.

    ``requests`` lets blanks and other signs in a name pass, which servers refuse (RFC 9110, 5.6.2).
    """
    if _NAME.fullmatch(name) is None:
        raise InvalidHeader(f"the name of the header {name!r}")
    try:
        check_header_validity((name, value))
        value.encode("latin-1")
    except (InvalidHeader, UnicodeEncodeError):
        raise InvalidHeader(f"the value of the header {name}") from None


def _headers(target: Target, given: Iterable[tuple[str, str]], length: int) -> Headers:
    sent = Headers()
    for name, value in (*_DEFAULT_HEADERS, *given):
        _refuse_invalid(name, value)
        if header_lines(value):
            sent[name] = value
        else:
            sent.pop(name, None)
    if length:
        sent["Content-Length"] = str(length)
    elif target.says_length:
        sent.setdefault("Content-Length", "0")
    return sent


def _lines(target: Target, headers: Headers) -> bytes:
    fields = [
        b"%b: %b\r\n" % (name.encode("ascii"), line.encode("latin-1"))
        for name, value in headers.items()
        for line in header_lines(value)
    ]
    return b"".join((target.lines["host" in headers], *fields, b"\r\n"))
