"""OData of the tenant: values in questions and entities, and what an answer means.

An answer is JSON to read, or a ``MonitoringError`` that says why not. Errors come as JSON or XML, errors of
the request also with status 500 (wire-facts 5.1); gateways and wrong hosts answer with pages.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self

from pytest_iflow.errors import CallError, MonitoringError, MonitoringProblem
from pytest_iflow.lazy_pattern import lazy_pattern
from pytest_iflow.secrets.registry import mask
from pytest_iflow.transport.exchange import Exchange
from pytest_iflow.transport.repetition import Trouble, passing_trouble, retry_after

if TYPE_CHECKING:  # most runs meet no XML of the tenant
    from lxml import etree

LONGEST_TEXT = 500
"""Characters of the tenant's own words that an error shows."""

_KINDS: dict[int, MonitoringProblem] = {
    401: "refused",
    403: "forbidden",
    404: "not-found",
    429: "rate-limited",
    502: "unavailable",
    503: "unavailable",
    504: "unavailable",
}
_SERVER_ERROR = 500
_REMEDIES: dict[MonitoringProblem, str] = {
    "refused": "the tenant's own words say why; if it is the token, compare the service key with the cockpit",
    "forbidden": "add the role MonitoringDataRead, for payloads MessagePayloadsRead, to the service instance "
    "of plan api, then ask for a new token",
    "rate-limited": "use fewer workers (-n), or let others who use the same client finish",
    "unavailable": "try again later; if it stays so, look at the tenant's state in the SAP BTP cockpit",
    "not-odata": "check the url of the service key: for plan api it is the host without -rt in its name",
    "not-found": "check the name; what was deleted, undeployed or is older than the tenant keeps is gone",
}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What may follow, the offset of a time zone, says nothing about the moment itself.
_DATE = lazy_pattern(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")


def literal(text: str) -> str:
    """Return ``text`` as a string literal of OData V2: between single quotes, those within doubled."""
    return "'" + text.replace("'", "''") + "'"


def instant(moment: datetime) -> str:
    """Return an aware ``moment`` as a date literal: UTC, to the millisecond, no zone (wire-facts 5.1)."""
    in_utc = moment.astimezone(UTC).replace(tzinfo=None)
    return f"datetime'{in_utc.isoformat(timespec='milliseconds')}'"


def text(entity: Mapping[str, Any], *paths: str) -> str:
    """Return the first property of these paths (``Name``, ``IntegrationArtifact/Id``) that is a text.

    Numbers and truth values are written as texts. Empty where each is null or left out.
    """
    for path in paths:
        value: Any = entity
        for name in path.split("/"):
            value = (value or {}).get(name)
        if value not in (None, ""):
            return str(value)
    return ""


def read_date(value: object) -> datetime | None:
    """Return the moment in UTC; None for null and for whatever is no such date, or beyond the year 9999."""
    found = _DATE.fullmatch(value) if isinstance(value, str) else None
    try:
        return _EPOCH + timedelta(milliseconds=int(found[1])) if found else None
    except OverflowError:
        return None


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity of the API as an object: each field says how it is read from the JSON."""

    @classmethod
    def from_json(cls, entity: Mapping[str, Any]) -> Self:
        """Read an entity as the API gives it."""
        make: Any = cls
        read: Self = make(*(each.metadata["read"](entity) for each in fields(cls)))
        return read


def read_by(read: Callable[[Mapping[str, Any]], object]) -> Any:
    """Declare a field of an ``Entity`` that this function reads."""
    return field(metadata={"read": read})


def text_at(*paths: str) -> Any:
    """Declare a field of an ``Entity`` with the first text at these paths."""
    return read_by(lambda entity: text(entity, *paths))


def date_at(name: str) -> Any:
    """Declare a field of an ``Entity`` with the moment of a property; None where it has none."""
    return read_by(lambda entity: read_date(entity.get(name)))


def check_status(exchange: Exchange) -> None:
    """Raise ``MonitoringError`` unless an answer is a success."""
    status = exchange.response.status
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    said = _error_text(exchange.response.body)
    kind = _kind(exchange, is_odata=said is not None)
    if kind == "not-odata":
        raise not_odata(exchange)
    words = f": {said}" if said else ""
    raise _error(f"the monitoring API answered {status} {exchange.response.reason}{words}", kind, exchange)


def trouble(outcome: Exchange | CallError) -> Trouble | None:
    """Return a trouble that may pass: one of every request, or a 500 that is not from the API."""
    if isinstance(outcome, CallError) or outcome.response.status != _SERVER_ERROR:
        return passing_trouble(outcome)
    is_odata = _error_text(outcome.response.body) is not None
    return None if is_odata else Trouble("answered 500, and no OData", retry_after(outcome.response))


def read_json(exchange: Exchange) -> dict[str, Any]:
    """Return what stands under ``d``; raises ``MonitoringError`` for anything but OData."""
    document = _json(exchange.response.body)
    content = document.get("d") if isinstance(document, dict) else None
    if not isinstance(content, dict):
        raise not_odata(exchange)
    return content


def not_odata(exchange: Exchange) -> MonitoringError:
    """Say that something else answered: a login page, a gateway, the wrong host."""
    response = exchange.response
    kind = response.headers.get("content-type") or "no content type"
    page = "a login page" if exchange.is_login_page else f"no OData but {kind}"
    return _error(f"the monitoring API gave {page}, with status {response.status}", "not-odata", exchange)


def no_answer(error: CallError) -> MonitoringError:
    """Say that no answer came, and why."""
    return MonitoringError(
        f"the monitoring API gave no answer: {error.what}",
        kind="no-answer",
        where=error.where,
        remedy=error.remedy,
    )


def _kind(exchange: Exchange, *, is_odata: bool) -> MonitoringProblem:
    status = exchange.response.status
    if status < HTTPStatus.BAD_REQUEST:
        return "not-odata"  # a redirect, to a login
    if status == HTTPStatus.NOT_FOUND and exchange.response.body and not is_odata:
        return "not-odata"  # the page of a host that knows no such path
    if status >= _SERVER_ERROR and not is_odata:
        return "unavailable"
    return _KINDS.get(status, "refused")


def _error(what: str, kind: MonitoringProblem, exchange: Exchange) -> MonitoringError:
    return MonitoringError(
        what,
        kind=kind,
        status=exchange.response.status,
        retry_after=retry_after(exchange.response),
        where=f"client {exchange.client}, GET {exchange.request.url.partition('?')[0]}",
        remedy=_REMEDIES[kind],
    )


def _error_text(body: bytes) -> str | None:
    """The tenant's own words in an error of either form, which may be none; None if it is no such error."""
    document = _json(body)
    if isinstance(document, dict) and isinstance(document.get("error"), dict):
        message = document["error"].get("message")
        value = message.get("value") if isinstance(message, dict) else message
    elif (root := _xml(body)) is not None and root.xpath("local-name()") == "error":
        value = root.findtext("{*}message")
    else:
        return None
    return mask(str(value or ""))[:LONGEST_TEXT]


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _xml(body: bytes) -> etree._Element | None:
    from lxml import etree

    try:
        return etree.fromstring(body, etree.XMLParser(resolve_entities="internal", no_network=True))
    except (etree.XMLSyntaxError, ValueError):
        return None
