"""What a message has to have left in its log: headers, attributes, attachments, store entries, steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from pytest_iflow.checks.comparison import expect_text
from pytest_iflow.checks.lookalikes import look_alike, similar
from pytest_iflow.checks.quoting import visible
from pytest_iflow.errors import CheckError
from pytest_iflow.monitoring.correlation import MessageSearch
from pytest_iflow.monitoring.message_details import (
    AdapterAttribute,
    Attachment,
    NamedValue,
    RunStep,
    StoreEntry,
)
from pytest_iflow.monitoring.message_log import MessageLog
from pytest_iflow.monitoring.monitor import Monitor
from pytest_iflow.monitoring.verdict import Sighting, cut, unmet, wait, where
from pytest_iflow.transport.charset import readable

MOST_SHOWN = 20
"""Things that the message has instead, in an error."""

LARGEST_ATTACHMENT = 10 * 1024 * 1024
"""Bytes of an attachment that are searched for a text."""

_Content = TypeVar("_Content")


@dataclass(frozen=True, slots=True)
class Kind(Generic[_Content]):
    """One kind of content of a message log: its name, how it is read, and how one of them is shown.

    ``read`` gets the id of the log, and the deadline as ``MonitoringApi`` explains it.
    """

    name: str
    read: Callable[[Monitor, str, float | None], Sequence[_Content]]
    show: Callable[[_Content], str]


CUSTOM_HEADER: Kind[NamedValue] = Kind(
    "custom header", Monitor.custom_headers, lambda each: f'"{each.name}" with "{each.value}"'
)
ADAPTER_ATTRIBUTE: Kind[AdapterAttribute] = Kind(
    "adapter attribute", Monitor.adapter_attributes, lambda each: f'"{each.name}" with "{each.value}"'
)
ATTACHMENT: Kind[Attachment] = Kind("attachment", Monitor.attachments, lambda each: f'"{each.name}"')
STORE_ENTRY: Kind[StoreEntry] = Kind(
    "entry of the message store", Monitor.store_entries, lambda each: f'"{each.store}"'
)
RUN_STEP: Kind[RunStep] = Kind(
    "run step", Monitor.run_steps, lambda each: f'"{each.step}" ({each.activity}, {each.status})'
)


def expect_content(
    search: MessageSearch,
    kind: Kind[_Content],
    wanted: str,
    fits: Callable[[_Content], bool],
    within: float,
) -> Sighting:
    """Wait until the log has something of a ``kind`` that ``fits``; the first such is ``told``.

    What it has when the message has ended is all that it will have (assumed). Raises ``CheckError`` with
    what it has instead, else what ``expect_status`` raises; ``wanted`` is how an error calls it.
    """
    read: list[_Content] = []

    def until(log: MessageLog, deadline: float) -> bool:
        read[:] = kind.read(search.monitor, log.message_id, deadline)
        return any(map(fits, read)) or log.is_final

    sighting = wait(search, until, within)
    found = next(filter(fits, read), None)
    if found is not None:
        return replace(sighting, told=f"{kind.name} {kind.show(found)}")
    if sighting.log is None or sighting.waited.trouble is not None:
        raise unmet(search, sighting, f"expected the {kind.name} {wanted}")
    has = [_told(wanted, kind.show(each)) for each in read[:MOST_SHOWN]]
    if len(read) > MOST_SHOWN:
        has.append(f"… and {len(read) - MOST_SHOWN} more")
    raise CheckError(
        f"the message has no {kind.name} {wanted}; it has: {', '.join(has) or 'none'}",
        where=where(sighting),
        remedy="compare the name with the log; steps of a run are kept for a short time and where the log "
        "level says so"
        if kind is RUN_STEP
        else "compare name and value with the log: an upper case letter is not its lower case",
    )


def _told(wanted: str, found: str) -> str:
    return visible(f"{found}{similar(wanted, found)}" if look_alike(wanted, found) else found)


def expect_attachment_text(search: MessageSearch, name: str, text: str, within: float) -> Sighting:
    """Wait for an attachment by its name; raises ``CheckError`` unless one of that name contains ``text``."""
    sighting = expect_content(search, ATTACHMENT, f'"{name}"', lambda each: each.name == name, within)
    missing = ""
    message_id = sighting.log.message_id if sighting.log else ""
    for each in search.monitor.attachments(message_id):
        if each.name == name:
            content = search.monitor.attachment_content(each.id, LARGEST_ATTACHMENT)
            try:
                expect_text(content, each.content_type, text, f'the attachment "{name}"')
            except CheckError as error:
                missing = f"{error.what}; it is:\n{cut(readable(content, each.content_type))}"
            else:
                return sighting
    raise CheckError(missing or f'the attachment "{name}" is gone')
