"""Credentials in an exchange, registered as secrets the moment it arrives, before anybody else sees it.

A token service may answer anything, so the rule goes by looks, not by formats. In its exchanges a secret is

* the value of a field or header whose name says so (``access_token``, ``X-Session``), of six characters
  where RFC 6749 or RFC 7521 names the field, else of eight that are no plain word;
* the value of any other field of ``LONG_ENOUGH`` characters that is no word, number, date, address or name
  of an application;
* each word of ``LONG_ENOUGH`` characters anywhere that mixes letters and digits as no name does.

Public is what ``_PUBLIC`` names, and whatever is spelled like a part of it: scopes, ``jti``, the client id.
Of a runtime's exchange only session cookies and CSRF tokens are secret.
"""

from __future__ import annotations

import base64
import codecs
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from urllib.parse import unquote_plus

from pytest_iflow.lazy_pattern import lazy_pattern
from pytest_iflow.secrets.registry import SHORTEST_SECRET, register_basic, register_secret
from pytest_iflow.secrets.token_shapes import LONG_ENOUGH, is_plain, looks_random
from pytest_iflow.transport.exchange import Exchange

MOST_READ = 1024 * 1024
"""Characters of a body that are looked through; answers of token services have some thousand."""
MOST_WORDS = 5000
"""Words of an answer that are registered by their looks alone; reports show no more of it."""
_SHORTEST_NAMED = 8
_DIGITS_OF_A_NUMBER = 16

_ALWAYS_SECRET = frozenset(
    {"accesstoken", "refreshtoken", "idtoken", "token", "clientsecret", "password", "assertion"}
    | {"clientassertion", "samlresponse", "subjecttoken", "actortoken"}
)
"""Names, as ``_PUBLIC`` has them, whose values are secret whatever they look like."""
_PUBLIC = frozenset(
    {"tokentype", "issuedtokentype", "granttype", "scope", "scopes", "authorities", "roles", "permissions"}
    | {"expiresin", "extexpiresin", "refreshexpiresin", "refreshtokenexpiresin", "expireson", "notbefore"}
    | {"jti", "zid", "iss", "aud", "sub", "cid", "azp", "clientid", "origin", "username", "userid", "email"}
    | {"traceid", "spanid", "requestid", "correlationid", "xcorrelationid", "timestamp"}
    | {"xvcaprequestid", "xrequestid", "etag", "date", "expires", "lastmodified", "server", "via", "path"}
    | {"contentlength", "contenttype", "contentencoding", "contentsecuritypolicy", "cachecontrol"}
    | {"stricttransportsecurity", "traceparent", "xb3traceid", "xb3spanid", "useragent", "accept"}
)
"""Names without case and marks whose values reports show, whatever they look like."""
_NAMED_SECRET = lazy_pattern(
    r"token|secret|passw|passcode|devicecode|assertion|credential|cookie|session|ticket|signature"
    r"|apikey|authorization"
)
_NAMED_PUBLIC = lazy_pattern(r"(?:type|kind|format|method|status|endpoint|ur[il]|name|expiry|at|in)$")

_STRING = lazy_pattern(r'"((?:[^"\\]|\\.)*+)"')
_NAME_BEFORE = lazy_pattern(r"([\w.-]{1,60})\s{0,3}=\s{0,3}$")
_COLON = lazy_pattern(r"\s{0,9}:")
_ELEMENT = lazy_pattern(r"<(?:\w+:)?([A-Za-z_][\w.-]{0,60})[^<>]{0,200}>([^<>]+)(?=<)")
_PAIR = lazy_pattern(r"""(?<![\w.-])([\w.-]{1,60})\s?[=:]\s?([^&;,\s"'<>{}\[\]\\]+)""")
_URL = lazy_pattern(r"""[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s"'<>\\]+""")
_WORD = lazy_pattern(rf"[A-Za-z0-9_+/=~-]{{{LONG_ENOUGH},}}")
_SPACED = lazy_pattern(r"(?<!\S)(?:\S[ ]){7,}\S(?!\S)")
# Several Set-Cookie come joined by ", ", and a date in one of them has a comma of its own.
_NEXT_COOKIE = lazy_pattern(r", (?=[^\s;,=]+=)")


def register_token_exchange(exchange: Exchange) -> None:
    """Register all that may be a credential in an exchange with a token service, both ways."""
    request, response = exchange.request, exchange.response
    public = [request.url.partition("?")[0]]
    basic = request.headers.get("authorization", "")
    if basic[:6].lower() == "basic ":
        public.append(_register_pair(basic[6:]))
    sent = _text(request.body)
    answered = _text(response.body)
    fields = [
        *_fields(sent),
        *_fields(request.url.partition("?")[2]),
        *_fields(answered),
        *request.headers.items(),
        *response.headers.items(),
    ]
    public += [value for name, value in fields if _key(name) in _PUBLIC]
    shown = "\n".join(public)
    for value in _secrets(fields, shown):
        register_secret(value)
    said = (value for name, value in response.headers.items() if _key(name) not in _PUBLIC)
    for text in (answered, response.reason, *said):
        for word in islice(_words(text, shown), MOST_WORDS):
            register_secret(word)


def register_session(headers: Mapping[str, str]) -> None:
    """Register the session cookies and the CSRF token that the headers of an answer bring."""
    if "set-cookie" not in headers and "x-csrf-token" not in headers:
        return
    token = headers.get("x-csrf-token", "").strip()
    for value in (token, *cookies_set(headers.get("set-cookie", "")).values()):
        if len(value) >= _SHORTEST_NAMED and not is_plain(value):
            register_secret(value.strip('"'), in_base64=False)  # new ones come with each call: quickly done


def register_sent(headers: Iterable[tuple[str, str]]) -> None:
    """Register the credentials that a client sends in headers named after them: an answer may repeat them."""
    for name, value in headers:
        key = _key(name)
        if _NAMED_SECRET.search(key):
            for candidate in _candidates(key, value):
                if _is_secret(key, candidate, ""):
                    register_secret(candidate, in_base64=False)


def cookies_set(header: str) -> dict[str, str]:
    """Return name and value of each cookie in a ``Set-Cookie`` header; an empty one is a deletion."""
    pairs = (cookie.partition(";")[0].partition("=") for cookie in _NEXT_COOKIE.split(header))
    return {name.strip(): value.strip() for name, _, value in pairs if name.strip() and value.strip()}


def _register_pair(encoded: str) -> str:
    """Register the password of a Basic header; return the name beside it."""
    try:
        name, colon, password = base64.b64decode(encoded).decode().partition(":")
    except ValueError:
        return ""
    if colon:
        register_basic(name, password)
    return name


def _secrets(fields: Iterable[tuple[str, str]], public: str) -> Iterator[str]:
    for name, value in fields:
        key = _key(name)
        if key in _PUBLIC:
            continue
        for candidate in _candidates(key, value):
            if _is_secret(key, candidate, public):
                yield candidate


def _candidates(key: str, value: str) -> Iterator[str]:
    """A value as it is, and without what stands around the secret in it."""
    if key == "setcookie":
        yield from cookies_set(value).values()
    elif key == "cookie":
        yield from (pair.partition("=")[2].strip() for pair in value.split(";"))
    elif "authorization" in key:
        yield value.rpartition(" ")[2]
    elif "://" in value or key == "location":
        address, _, fragment = value.partition("#")
        address, _, query = address.partition("?")
        yield from (part for text in (query, fragment) for _, part in _fields(text))
        path = address.partition("://")[2].partition("/")[2] if "://" in address else address
        yield from filter(looks_random, path.split("/"))
    else:
        yield value.strip()


def _is_secret(key: str, value: str, public: str) -> bool:
    if key in _ALWAYS_SECRET:
        return len(value) >= SHORTEST_SECRET
    if len(value) < _SHORTEST_NAMED or any(map(str.isspace, value)):
        return False
    if value.isdecimal():
        return bool(_NAMED_SECRET.search(key)) and len(value) >= _DIGITS_OF_A_NUMBER
    if _NAMED_SECRET.search(key) and not _NAMED_PUBLIC.search(key):
        return not is_plain(value) or len(value) > 2 * LONG_ENOUGH
    if len(value) < LONG_ENOUGH or value in public:
        return False
    return not is_plain(value)


def _words(text: str, public: str) -> Iterator[str]:
    """What looks like a credential, wherever it stands."""
    for spaced in _SPACED.finditer(text):
        yield spaced[0]
    for word in _WORD.finditer(_URL.sub(" ", text)):
        if looks_random(word[0]) and word[0] not in public:
            yield word[0].strip("-")
    for url in _URL.finditer(text):
        for part in _candidates("", url[0]):
            if looks_random(part) and part not in public:
                yield part


def _fields(text: str) -> Iterator[tuple[str, str]]:
    """Yield name and value of all that looks like a field of JSON, XML, HTML or a form; escaped and not.

    Of doubled, nested or broken off ones each is found: nothing is parsed as a whole.
    """
    name = ""
    for string in _STRING.finditer(text):
        plain = _unescaped(string[1])
        if _COLON.match(text, string.end()):
            name = plain
            continue
        if len(plain) < SHORTEST_SECRET:
            continue
        before = _NAME_BEFORE.search(text, max(string.start() - 66, 0), string.start())
        yield from _each(before[1] if before else name, string[1], plain)
    for element in _ELEMENT.finditer(text):
        yield from _each(element[1], element[2].strip(), html.unescape(element[2]).strip())
    for pair in _PAIR.finditer(text):
        if not pair[2].startswith("//"):
            yield from _each(pair[1], pair[2], unquote_plus(pair[2]))


def _each(name: str, written: str, meant: str) -> Iterator[tuple[str, str]]:
    yield name, meant
    if written != meant:
        yield name, written


def _unescaped(string: str) -> str:
    try:
        text: str = json.loads(f'"{string}"', strict=False)
    except ValueError:
        return string
    return text


def _text(body: bytes) -> str:
    encoding = "utf-8"
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE)) or b"\0" in body[:4]:
        encoding = json.detect_encoding(body)
    return body[: 4 * MOST_READ].decode(encoding, "replace")[:MOST_READ]


def _key(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()
