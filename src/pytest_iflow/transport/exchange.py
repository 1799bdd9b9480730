"""The evidence of one HTTP call: what was sent, what came back, when, and for whom.

Immutable; reports, diagnosis and checks read it and nothing else.
"""

from __future__ import annotations

from collections.abc import ItemsView, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Self, cast
from urllib.parse import urlsplit

from requests.structures import CaseInsensitiveDict

from pytest_iflow.lazy_pattern import lazy_pattern

APPLICATION_ID = "SAP_ApplicationID"
"""Header whose value becomes the ApplicationMessageId of the message log (wire-facts 5.2)."""

LOG_LEVEL = "SAP_MessageProcessingLogLevel"
"""Header that says how much the tenant logs of one message (wire-facts 5.7)."""

LOG_ID = "sap_messageprocessinglogid"
"""Header of an answer that names the message log (wire-facts 4.2)."""

_GATEWAY_STATUSES = frozenset({0, 429, 500, 502, 503, 504})
"""Status of answers that a gateway gives, with 0 for none: whether the iFlow got the message is not known."""

_FAILED_MESSAGE = lazy_pattern(rb"The MPL ID for the failed message is\s*:\s*([^\s<\"]+)")  # wire-facts 4.3


class HeaderLines(str):
    """The value of a header that is sent in several lines, or not at all: without any line.

    As a text it is what the lines mean together: they are joined by commas (RFC 9110, 5.2).
    """

    __slots__ = ("lines",)

    lines: tuple[str, ...]

    def __new__(cls, *lines: str) -> Self:
        """Make it of its lines."""
        value = super().__new__(cls, ", ".join(lines))
        value.lines = lines
        return value


def header_lines(value: str) -> tuple[str, ...]:
    """Return the lines in which the value of a header is sent: one, unless it says otherwise."""
    return value.lines if isinstance(value, HeaderLines) else (value,)


class Headers(CaseInsensitiveDict[str]):
    """Headers of a message, whose names compare without case; reading them is quick."""

    _store: dict[str, tuple[str, str]]

    @classmethod
    def of(cls, fields: Sequence[tuple[str, str]]) -> Headers:
        """Return headers of names and values as they came; several of one name are one value."""
        store = {field[0].lower(): field for field in fields}
        if len(store) == len(fields):
            return cls._with(store)
        headers = cls()
        for name, value in fields:
            headers.add(name, value)
        return headers

    @classmethod
    def _with(cls, store: dict[str, tuple[str, str]]) -> Headers:
        headers = cls.__new__(cls)  # the library would go through a mapping of them, one by one
        headers._store = store  # noqa: SLF001, its own
        return headers

    def copy(self) -> Headers:
        """Return the same headers, which may be changed by themselves."""
        return self._with(self._store.copy())

    def __contains__(self, name: object) -> bool:
        return str(name).lower() in self._store

    def has_any(self, names: frozenset[str]) -> bool:
        """Tell whether one of these names is there, given in lower case."""
        return not names.isdisjoint(self._store)

    def get(self, name: str, default: Any = None) -> Any:
        """Return the value of a header, or ``default`` without one."""
        found = self._store.get(name.lower())
        return default if found is None else found[1]

    def add(self, name: str, value: str) -> None:
        """Add a header; several of one name are one value (RFC 9110, 5.3)."""
        key = name.lower()
        before = self._store.get(key)
        self._store[key] = name, value if before is None else f"{before[1]}, {value}"

    def items(self) -> ItemsView[str, str]:
        """Return names as they were written, and values."""
        return cast("ItemsView[str, str]", self._store.values())


@lru_cache(maxsize=16)
def _id_in_failure(body: bytes) -> str | None:
    found = _FAILED_MESSAGE.search(body[:65536])
    return found.group(1).decode("ascii", "replace") if found else None


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it was sent, headers of the connection included; header names compare without case.

    ``body`` is what was compressed, where it was.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """An answer as it arrived; header names compare without case."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Exchange:
    """One request with its response; ``started`` is UTC, ``seconds`` runs to the last byte.

    ``environment`` is the tenant with its environment, as tenant/environment.
    """

    request: Request
    response: Response
    started: datetime
    seconds: float
    client: str | None = None
    iflow: str | None = None
    environment: str = ""

    @property
    def mpl_id(self) -> str | None:
        """Message processing log id: from the response header, else from the text of a 500."""
        header = self.response.headers.get(LOG_ID)
        if header or self.response.status != HTTPStatus.INTERNAL_SERVER_ERROR:
            return header or None
        return _id_in_failure(self.response.body)

    @property
    def outcome(self) -> str:
        """The answer in a few words; the status is 0 where none came, and the reason says why."""
        status, reason = self.response.status, self.response.reason
        return f"answered {status} {reason}".strip() if status else f"not answered: {reason}"

    @property
    def correlation_id(self) -> str | None:
        """Correlation id of the message, where the runtime gives it (wire-facts 4.2)."""
        return self.response.headers.get("sap_mplcorrelationid")

    @property
    def application_id(self) -> str | None:
        """Application id that the call sent; None if it sent none."""
        return self.request.headers.get(APPLICATION_ID) or None

    @property
    def is_from_gateway(self) -> bool:
        """Whether the answer came from before the iFlow, or none came: nothing in it is of a message."""
        if self.response.status not in _GATEWAY_STATUSES:
            return False
        return not (self.mpl_id or self.correlation_id or self.response.headers.get("set-cookie"))

    @property
    def is_monitoring(self) -> bool:
        """Whether it is a question to the tenant's OData API (wire-facts 5)."""
        return "/api/v1/" in self.request.url and urlsplit(self.request.url).path.startswith("/api/v1/")

    @property
    def is_login_page(self) -> bool:
        """Whether a page or a redirect that leads to the login answered: a wrong host (wire-facts 4.6)."""
        response = self.response
        if HTTPStatus.MULTIPLE_CHOICES <= response.status < HTTPStatus.BAD_REQUEST:
            return "/oauth/authorize" in response.headers.get("location", "")
        is_page = "html" in response.headers.get("content-type", "").lower()
        return response.status == HTTPStatus.OK and is_page and b"oauth/authorize" in response.body[:65536]
