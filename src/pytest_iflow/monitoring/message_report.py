"""What the tenant knows about one message, as text for a report: all of it, and what matters first.

Secrets are masked, and every part has a cap: the values of a payload have no place in a report as a whole.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pytest_iflow.errors import MonitoringError
from pytest_iflow.monitoring.contents import chain_of, tree
from pytest_iflow.monitoring.correlation import Correlation
from pytest_iflow.monitoring.message_log import Attachment, MessageLog
from pytest_iflow.monitoring.monitor import Monitor
from pytest_iflow.monitoring.verdict import PASSING, cut
from pytest_iflow.secrets.registry import mask
from pytest_iflow.transport.charset import readable

MOST_LINES = 50
"""Lines that are shown of each part, such as headers or steps."""

BRIEF_LINES = 5
"""Lines of the error that are shown where the report is brief."""

LONGEST_LINE = 500
"""Characters of a line."""

OPENED_ATTACHMENTS = 3
ATTACHMENT_CHARACTERS = 4_000
"""Number of attachments that are shown with content, and characters of each."""

_MARGIN = 1_000
"""Bytes that are read in addition: a secret at the end is read whole, and masked."""

WITHIN = 15.0
"""Seconds after which nothing more is asked for: a report must not hang with the tenant."""

Part = tuple[str, Callable[[], Iterable[str]]]


@dataclass(frozen=True, slots=True)
class MessageReport:
    """``text`` is all that there is to know of a message, ``brief`` its status, error and failed step."""

    text: str
    brief: str


def message_report(correlation: Correlation, monitor: Monitor) -> MessageReport:
    """Return what there is to know of a message; of what cannot be read it says so, and raises nothing."""
    log = correlation.log
    error, *parts = _parts(log, monitor)
    of_error, *details = _details((error, *parts))
    text = "\n".join([*_head(correlation), *of_error, *(line for part in details for line in part)])
    brief = "\n".join([f"{log.iflow} {log.status}  {log.message_id}", *of_error[1 : 1 + BRIEF_LINES]])
    return MessageReport(mask(text), mask(brief))


def _head(correlation: Correlation) -> Iterator[str]:
    log = correlation.log
    yield f"message log  {log.message_id}"
    yield f"found        {correlation.confidence}: {correlation.how}"
    yield f"iFlow        {log.iflow}" + (f" (package {log.package})" if log.package else "")
    custom = f" (custom status {log.custom_status})" if log.custom_status not in ("", log.status) else ""
    yield f"status       {log.status}{custom}"
    ended = f"{log.end:%H:%M:%S.%f} UTC" if log.end else "not yet"
    yield f"time         started {log.start:%Y-%m-%d %H:%M:%S.%f} UTC, ended {ended}"
    for name, value in (
        ("application", " ".join(filter(None, (log.application_id, log.application_type)))),
        ("sender", log.sender),
        ("receiver", log.receiver),
        ("correlation", log.correlation_id),
        ("link", log.link),
    ):
        if value:
            yield f"{name:<12} {value}"


def _parts(log: MessageLog, monitor: Monitor) -> tuple[Part, ...]:
    message_id = log.message_id
    return (
        ("error", lambda: _error(monitor, message_id)),
        ("iFlows", lambda: tree(chain_of(monitor, log), log).splitlines()),
        ("custom headers", lambda: (f"{x.name} = {x.value}" for x in monitor.custom_headers(message_id))),
        (
            "adapter attributes",
            lambda: (f"{x.adapter}  {x.name} = {x.value}" for x in monitor.adapter_attributes(message_id)),
        ),
        (
            "steps",
            lambda: (
                "  ".join(filter(None, (x.step, x.activity, x.status, x.error.partition("\n")[0])))
                for x in monitor.run_steps(message_id)
            ),
        ),
        ("message store", lambda: (f"{x.store}  {x.id}" for x in monitor.store_entries(message_id))),
        ("attachments", lambda: _attachments(monitor, message_id)),
    )


def _details(parts: Iterable[Part]) -> Iterator[list[str]]:
    """The lines of each part, its title first; none of a part that holds nothing."""
    until = time.monotonic() + WITHIN
    for name, read in parts:
        if time.monotonic() > until:
            yield [f"\n{name}: not asked for, the tenant does not answer in time"]
            continue
        try:
            lines = [line for text in read() for line in text.splitlines() or [""]]
        except MonitoringError as error:
            lines = [f"(could not be read: {error.what})"]
            if error.kind in PASSING:
                until = 0.0  # each further question would meet the same, after as many tries
        shown = [f"\n{name}", *(f"  {_shortened(line)}" for line in lines[:MOST_LINES])] if lines else []
        if len(lines) > MOST_LINES:
            shown.append(f"  … and {len(lines) - MOST_LINES} more lines")
        yield shown


def _error(monitor: Monitor, message_id: str) -> Iterator[str]:
    error = monitor.error_information(message_id)
    if error is not None:
        yield cut(error.text)
        if error.step:
            yield f"last failed step: {error.step}"


def _attachments(monitor: Monitor, message_id: str) -> Iterator[str]:
    for number, attachment in enumerate(monitor.attachments(message_id)):
        yield f"{attachment.name}  {attachment.content_type}  {attachment.size:,} bytes"
        if number < OPENED_ATTACHMENTS:
            yield from _content(monitor, attachment)


def _content(monitor: Monitor, attachment: Attachment) -> Iterator[str]:
    try:
        content = monitor.attachment_content(attachment.id, ATTACHMENT_CHARACTERS + _MARGIN)
    except MonitoringError as error:  # payloads need a role of their own (wire-facts 5.4)
        yield f"  (could not be read: {error.what})"
        return
    text = readable(content, attachment.content_type)
    if "\0" in text:
        yield "  (not a text)"
        return
    text = mask(text)
    yield from (f"  {line}" for line in text[:ATTACHMENT_CHARACTERS].splitlines())
    if len(text) > ATTACHMENT_CHARACTERS:
        yield f"  … cut here: {ATTACHMENT_CHARACTERS:,} characters are shown"


def _shortened(line: str) -> str:
    line = "".join(character if character.isprintable() else " " for character in mask(line))
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]} …"
