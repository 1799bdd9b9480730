"""Calls from message logs: the messages of an iFlow in a time span, with the payloads that it kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.monitoring.message_log import MessageLog
from pytest_iflow.monitoring.monitor import Monitor
from pytest_iflow.monitoring.odata import instant, literal
from pytest_iflow.recording.call import PassedCall
from pytest_iflow.run import Run
from pytest_iflow.transport.exchange import Headers

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class LogSpan(Struct, frozen=True):
    """Which messages: of ``iflow``, begun from ``since`` to ``until``, the first ``most`` of them.

    ``request`` and ``answer`` name the attachment, or the id of the message store, that holds each; without
    the first it is the oldest one, without the second nobody looks for an answer.
    """

    iflow: str
    since: datetime
    until: datetime
    most: int
    request: str | None = None
    answer: str | None = None


class _Payload(Struct, frozen=True):
    """A payload that a message kept, still in the tenant."""

    name: str
    time: datetime
    id: str
    is_attachment: bool
    content_type: str | None = None


def moment(text: str, now: datetime) -> datetime:
    """Read a point in time: ISO 8601, in UTC where it names no zone, or so long ago, as 30m, 2h or 1d.

    Raises ValueError for what is neither.
    """
    number, unit = text[:-1], text[-1:]
    if unit in _UNITS and number.isdecimal() and number.isascii():
        try:
            return now - timedelta(**{_UNITS[unit]: int(number)})
        except OverflowError:
            raise ValueError("it is too long ago") from None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def calls_from_logs(run: Run, span: LogSpan, largest: int) -> Iterator[tuple[PassedCall, MessageLog]]:
    """Yield the call that each message came by, as far as its flow kept a payload, and the message's log.

    Raises ConfigurationError without a service key of plan api, MonitoringError where the tenant gives no
    answer.
    """
    monitor = run.monitor
    if monitor is None:
        raise ConfigurationError(
            "no client has a service key of plan api, so message logs cannot be read",
            where=f"tenant {run.environment}",
            remedy='name one for the client "monitoring": roles MonitoringDataRead and MessagePayloadsRead',
        )
    target = run.discovery.path(span.iflow)
    where = " and ".join(
        (
            f"IntegrationArtifact/Id eq {literal(run.discovery.artifact(span.iflow))}",
            f"LogStart ge {instant(span.since)}",
            f"LogStart le {instant(span.until)}",
        )
    )
    for log in monitor.message_logs(where, top=span.most):
        yield _call(monitor, log, target, span, largest), log


def _call(monitor: Monitor, log: MessageLog, target: str, span: LogSpan, largest: int) -> PassedCall:
    kept = sorted(_payloads(monitor, log), key=lambda each: each.time)
    request = _named(kept, span.request) if span.request else next(iter(kept), None)
    answer = _named(kept, span.answer) if span.answer else None
    call = PassedCall("POST", target, Headers())
    call.response_headers["sap_messageprocessinglogid"] = log.message_id
    if not log.is_final:
        call.ended = f"message {log.message_id} is still {log.status}: record it once it has ended"
        return call
    if request is None:
        names = ", ".join(sorted({each.name for each in kept})) or "none"
        call.ended = f"message {log.message_id} has no payload {span.request or ''}: it kept {names}"
        return call
    call.request_body = _content(monitor, request, largest)
    call.request_headers["Content-Type"] = request.content_type or _guessed(call.request_body or b"")
    if answer is not None:
        call.response_body = _content(monitor, answer, largest)
        call.response_headers["Content-Type"] = answer.content_type or _guessed(call.response_body or b"")
    return call


def _payloads(monitor: Monitor, log: MessageLog) -> Iterator[_Payload]:
    for entry in monitor.store_entries(log.message_id):
        yield _Payload(entry.store, entry.time or _LONG_AGO, entry.id, is_attachment=False)
    for each in monitor.attachments(log.message_id):
        yield _Payload(each.name, each.time or _LONG_AGO, each.id, True, each.content_type or None)


def _named(kept: Sequence[_Payload], name: str) -> _Payload | None:
    return next((each for each in kept if each.name == name), None)


def _content(monitor: Monitor, payload: _Payload, largest: int) -> bytes | None:
    """Return a payload; None where it is larger than what is kept."""
    read = monitor.attachment_content if payload.is_attachment else monitor.store_entry_content
    data = read(payload.id, largest + 1)
    return data if len(data) <= largest else None


def _guessed(body: bytes) -> str:
    """Return a Content-Type for an entry of the message store, which has none."""
    begins = body[:100].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return {b"{": "application/json", b"[": "application/json", b"<": "application/xml"}.get(
        begins, "text/plain"
    )
