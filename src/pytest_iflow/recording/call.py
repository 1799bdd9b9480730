"""A call as it passed the proxy, and what is recorded of it: made anonymous, before it reaches the disk."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote, unquote

from msgspec import Struct
from msgspec.structs import replace

from pytest_iflow.recording.anonymiser import Anonymiser, unpacked
from pytest_iflow.recording.bodies import Bodies
from pytest_iflow.transport.exchange import Exchange, Headers, Request, Response

KEPT_REQUEST_HEADERS = frozenset(
    {"Accept", "Accept-Language", "Content-Type", "SOAPAction", "Prefer", "If-Match", "If-None-Match"}
    | {"SAP_Sender", "SAP_Receiver", "SAP_MessageType", "Slug"}
)
"""Names of the request headers that a scenario sends again; never credentials, cookies or CSRF tokens."""

KEPT_RESPONSE_HEADERS = frozenset({"Content-Type"})

NEVER_KEPT = re.compile(
    r"authoriz|cookie|csrf|token|secret|password|api-?key|session|credential|assertion", re.IGNORECASE
)
"""Names of headers that are not kept, not even where somebody names them."""

_ENCODED = frozenset({"gzip", "x-gzip", "deflate"})


@dataclass(slots=True)
class PassedCall:
    """A call as the proxy saw it, with all that is in it: it stays in memory.

    ``target`` is path and query as they were sent. A body that is larger than the limit is None. ``ended``
    says why there is no whole answer, empty where there is one.
    """

    method: str
    target: str
    request_headers: Headers
    request_body: bytes | None = b""
    status: int = 0
    response_headers: Headers = field(default_factory=Headers)
    response_body: bytes | None = b""
    ended: str = ""


class RecordedCall(Struct, frozen=True):
    """What is kept of a call; ``message_id`` is that of its message log, empty where the answer names none.

    A body is None where it is not kept, ``reasons`` say why. ``left`` says why there is no scenario of the
    call.
    """

    method: str
    target: str
    request_headers: tuple[tuple[str, str], ...]
    request_body: bytes | None
    status: int
    response_headers: tuple[tuple[str, str], ...]
    response_body: bytes | None
    message_id: str = ""
    reasons: tuple[str, ...] = ()
    left: str = ""

    @property
    def origin(self) -> str:
        """Return the call in a few words."""
        return f"{self.method} {self.target.partition('?')[0]}"

    def request_header(self, name: str) -> str | None:
        """Return the value of a request header that is kept."""
        return next((value for each, value in self.request_headers if each.lower() == name), None)

    def response_header(self, name: str) -> str | None:
        """Return the value of an answer's header that is kept."""
        return next((value for each, value in self.response_headers if each.lower() == name), None)


class Anonymisation:
    """Makes calls of one set anonymous; without ``anonymiser`` they stay as they are.

    ``headers`` are names of request headers that are kept beside the usual ones.
    """

    def __init__(self, anonymiser: Anonymiser | None, headers: Iterable[str] = ()) -> None:
        self.anonymiser = anonymiser
        self._rewriting = _CallRewriting(anonymiser) if anonymiser else None
        self._kept = KEPT_REQUEST_HEADERS | {name for name in headers if not NEVER_KEPT.search(name)}

    def recorded(self, call: PassedCall) -> RecordedCall:
        """Return what is kept of a call: anonymous, its bodies unpacked."""
        reasons: list[str] = []
        plain = RecordedCall(
            call.method,
            call.target,
            _kept(call.request_headers, self._kept),
            _unpacked("request", call.request_body, call.request_headers, reasons),
            call.status,
            _kept(call.response_headers, KEPT_RESPONSE_HEADERS),
            _unpacked("answer", call.response_body, call.response_headers, reasons),
            _message_id(call),
            tuple(reasons),
            call.ended or _why_left(call),
        )
        return self._rewriting.anonymous(plain) if self._rewriting else plain

    def again(self, call: RecordedCall) -> RecordedCall:
        """Return a recorded call without what was learnt after it."""
        return self._rewriting.again(call) if self._rewriting else call

    def text(self, value: str, name: str) -> str:
        """Return a text that was found beside calls, such as a custom header, without personal values."""
        return self.anonymiser.field(name, value, f"custom header {name}") if self.anonymiser else value


class _CallRewriting:
    """Puts made-up values into calls."""

    def __init__(self, anonymiser: Anonymiser) -> None:
        self._anonymiser = anonymiser
        self._bodies = Bodies(anonymiser)

    def anonymous(self, call: RecordedCall) -> RecordedCall:
        """Learn from the whole call before it is written: the answer may name what the request says."""
        return self._anonymiser.complete(lambda: self._rewritten(call))

    def again(self, call: RecordedCall) -> RecordedCall:
        self._anonymiser.only_known = True
        try:
            return self._rewritten(call)
        finally:
            self._anonymiser.only_known = False

    def _rewritten(self, call: RecordedCall) -> RecordedCall:
        reasons = [*call.reasons]
        return replace(
            call,
            target=self._target(call.target),
            request_headers=self._headers(call.request_headers),
            request_body=self._body(
                "request", call.request_body, call.request_header("content-type"), reasons
            ),
            response_headers=self._headers(call.response_headers),
            response_body=self._body(
                "answer", call.response_body, call.response_header("content-type"), reasons
            ),
            reasons=tuple(reasons),
        )

    def _target(self, target: str) -> str:
        path, mark, query = target.partition("?")
        plain = unquote(path)
        made = self._anonymiser.text(plain, "path")
        path = path if made == plain else quote(made, safe="/:@!$&'()*+,;=~")
        return f"{path}{mark}{self._bodies.parameters(query, 'query')}"

    def _headers(self, headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        return tuple((name, self._anonymiser.field(name, value, f"header {name}")) for name, value in headers)

    def _body(
        self, what: str, body: bytes | None, content_type: str | None, reasons: list[str]
    ) -> bytes | None:
        if not body:
            return body
        made = self._bodies.body(body, content_type)
        if made is None:
            reasons.append(f"the {what} is no text, so nobody knows what is in it, and is not kept")
        return made


def _kept(headers: Headers, names: Iterable[str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, headers[name]) for name in sorted(names) if name in headers)


def _unpacked(what: str, body: bytes | None, headers: Headers, reasons: list[str]) -> bytes | None:
    """Return a body without its content encoding; None where it is too large or cannot be unpacked."""
    if body is None:
        reasons.append(f"the {what} is larger than --max-body allows, and is not kept")
        return None
    encoding = (headers.get("content-encoding") or "").strip().lower()
    if not body or encoding in {"", "identity"}:
        return body
    try:
        if encoding in _ENCODED:
            return unpacked(body)
    except (zlib.error, ValueError, gzip.BadGzipFile):
        pass
    reasons.append(f"the {what} is encoded ({encoding[:40]}) as nobody here can read, and is not kept")
    return None


def _message_id(call: PassedCall) -> str:
    """Return the id of the message log: of the header, else of the text of a 500 (wire-facts 4.3)."""
    request = Request(call.method, call.target, call.request_headers)
    response = Response(call.status, "", call.response_headers, call.response_body or b"")
    return Exchange(request, response, datetime.now(UTC), 0.0).mpl_id or ""


def _why_left(call: PassedCall) -> str:
    fetches = (call.request_headers.get("x-csrf-token") or "").lower() == "fetch"
    if fetches and call.method in {"GET", "HEAD"}:
        return "it fetches a CSRF token, which the steps of a scenario do by themselves"
    if call.status == 401:  # noqa: PLR2004
        return "the tenant refused the credentials of the client"
    if call.method in {"OPTIONS", "TRACE", "CONNECT"}:
        return f"no iFlow answers {call.method}"
    return ""
