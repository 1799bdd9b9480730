"""An answer as the diagnosis reads it: who was asked, who answered, and in which words."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from functools import cached_property
from http import HTTPStatus
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from msgspec import Struct

from pytest_iflow.lazy_pattern import lazy_pattern
from pytest_iflow.tenants.key_url import TOKEN_PATH
from pytest_iflow.transport.charset import readable
from pytest_iflow.transport.exchange import Exchange

FIRST_REFUSAL = 400
DOWN = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT})
"""Statuses of a host that does not answer itself."""
_READ = 65_536
"""Bytes of a body that are read."""

_CHALLENGE = lazy_pattern(r'\berror_description="(?P<words>[^"]*)"', re.IGNORECASE)
_MARKUP = (b"<!doctype html", b"<html")
_WORDS_IN_XML = lazy_pattern(r"<(?:\w+:)?(error_description|message)\b[^>]*>(?P<words>.*?)</", re.DOTALL)


class Answer(Struct, frozen=True, dict=True):
    """The answer of an exchange, with the parts of the request that it depends on."""

    exchange: Exchange

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.exchange.response.status

    @property
    def is_refusal(self) -> bool:
        """Whether the caller did not get what it wanted: an error, or a login page with 200."""
        return self.status >= FIRST_REFUSAL or self.exchange.is_login_page

    def header(self, name: str) -> str:
        """Return a header of the answer, empty if it has none of this name."""
        return self.exchange.response.headers.get(name) or ""

    @cached_property
    def path(self) -> str:
        """Path of the address that was called, without percent-encoding."""
        return unquote(urlsplit(self.exchange.request.url).path)

    @property
    def host(self) -> str:
        """Name of the host that was called."""
        return urlsplit(self.exchange.request.url).hostname or ""

    @cached_property
    def parameters(self) -> Mapping[str, str]:
        """Parameters of the query, and of the form if one was sent."""
        request = self.exchange.request
        pairs = parse_qsl(urlsplit(request.url).query)
        if "x-www-form-urlencoded" in request.headers.get("Content-Type", ""):
            pairs += parse_qsl(readable(request.body, request.headers.get("Content-Type")))
        return dict(pairs)

    @property
    def plane(self) -> Literal["token", "api", "runtime"]:
        """Which service was meant, by address and parameters."""
        if self.path.endswith(TOKEN_PATH) or "grant_type" in self.parameters:
            return "token"
        return "api" if self.path.startswith("/api/v1") else "runtime"

    @property
    def authorization(self) -> tuple[str, str]:
        """Scheme, in lower case, and credentials of the request; both empty without the header."""
        scheme, _, credentials = self.exchange.request.headers.get("Authorization", "").partition(" ")
        return scheme.lower(), credentials.strip()

    @cached_property
    def basic(self) -> tuple[str, str]:
        """Client id and secret of a Basic header; both empty without one that can be read."""
        scheme, encoded = self.authorization
        try:
            pair = base64.b64decode(encoded, validate=True).decode() if scheme == "basic" else ""
        except ValueError:
            pair = ""
        client_id, _, secret = pair.partition(":")
        return client_id, secret

    @cached_property
    def _body_text(self) -> str:
        return readable(self.exchange.response.body[:_READ], self.header("content-type"))

    @cached_property
    def text(self) -> str:
        """The beginning of the body; a page without the escapes of HTML."""
        text = self._body_text
        return html.unescape(text) if self.is_html else text

    @cached_property
    def said(self) -> str:
        """The text of a SOAP fault or of an OData error, without what is around it; else ``text``."""
        from pytest_iflow.checks.fault import error_text

        body = self.exchange.response.body
        return (len(body) <= _READ and error_text(body, self.header("content-type"))) or self.text

    @property
    def is_empty(self) -> bool:
        """Whether no body came, as with any answer to a HEAD."""
        return not self.exchange.response.body.strip()

    @cached_property
    def document(self) -> Mapping[str, Any]:
        """The body as a JSON object, empty if it is none."""
        try:
            said = json.loads(self._body_text)
        except (ValueError, RecursionError):
            return {}
        return said if isinstance(said, dict) else {}

    @cached_property
    def words(self) -> str:
        """What the service says of its refusal: in JSON, XML or the challenge, on one line; may be empty."""
        said = self.document.get("error_description")
        error = self.document.get("error")
        if said is None and isinstance(error, dict) and isinstance(error.get("message"), dict):
            said = error["message"].get("value")
        if said is None and (found := _WORDS_IN_XML.search(self.text)):
            said = html.unescape(found["words"])
        if said is None and (found := _CHALLENGE.search(self.header("www-authenticate"))):
            said = found["words"]
        return " ".join(str(said or "").split())

    @property
    def is_html(self) -> bool:
        """Whether a page came: by its content type, without one by how it begins."""
        content_type = self.header("content-type")
        begin = self.exchange.response.body[:512].lstrip().lower()
        return "html" in content_type.lower() if content_type else begin.startswith(_MARKUP)

    @property
    def is_page_of_runtime(self) -> bool:
        """Whether it is the error page of the runtime's servlet container (wire-facts 4.4)."""
        return self.is_html and bool(re.search(rf"HTTP Status {self.status}\b", self.text))

    @property
    def is_by_flow(self) -> bool:
        """Whether an iFlow gave the answer: it names the log of its message (wire-facts 4.3)."""
        return bool(self.header("sap_messageprocessinglogid"))

    @property
    def reached_no_flow(self) -> bool:
        """Whether the runtime knows no iFlow behind the address: its own 404 (wire-facts 4.6)."""
        by_router = self.header("x-cf-routererror")
        page = self.is_page_of_runtime or (self.is_empty and not by_router)
        return (
            self.plane == "runtime" and self.status == HTTPStatus.NOT_FOUND and page and not self.is_by_flow
        )

    @property
    def is_by_runtime(self) -> bool:
        """Whether the runtime turned the call away, by its page or a challenge: then there is no log."""
        turned_away = self.is_page_of_runtime or bool(self.header("www-authenticate"))
        return self.status >= FIRST_REFUSAL and turned_away and not self.is_by_flow

    @cached_property
    def server_time(self) -> float | None:
        """The time by the clock of the host that answered, in seconds since 1970; None without a header."""
        try:
            return parsedate_to_datetime(self.header("date")).timestamp()
        except (ValueError, OverflowError):
            return None
