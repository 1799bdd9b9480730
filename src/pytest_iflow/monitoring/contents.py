"""Checks of what a message log holds, and of the other iFlows that processed the message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from pytest_iflow.checks.quoting import look_alike, similar, visible
from pytest_iflow.errors import CheckError
from pytest_iflow.monitoring.correlation import MessageSearch
from pytest_iflow.monitoring.message_log import (
    AdapterAttribute,
    Attachment,
    MessageLog,
    NamedValue,
    RunStep,
    StoreEntry,
    steps_of_last_runs,
)
from pytest_iflow.monitoring.monitor import Monitor
from pytest_iflow.monitoring.odata import literal
from pytest_iflow.monitoring.verdict import LIMIT, Sighting, check_status_name, wait, wait_error
from pytest_iflow.transport.exchange import LOG_LEVEL

MOST_SHOWN = 20
"""Contents that an error lists where the wanted one is missing."""

LARGEST_ATTACHMENT = 10 * 1024 * 1024
"""Bytes of an attachment that are judged."""

DETAILED = frozenset({"DEBUG", "TRACE"})
"""Log levels at which a tenant keeps the steps of all messages, not of those that failed alone."""

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
    "run step",
    lambda *asked: steps_of_last_runs(Monitor.run_steps(*asked)),
    lambda each: f'"{each.step}" ({each.activity}, {each.status})',
)
MESSAGE_ID: Kind[str] = Kind("id", lambda _monitor, message_id, _deadline: [message_id], str)


def read_contents(
    search: MessageSearch,
    kind: Kind[_Content],
    is_enough: Callable[[Sequence[_Content]], bool],
    wanted: str,
    within: float,
) -> tuple[Sighting, Sequence[_Content]]:
    """Wait until what the log has of a ``kind`` ``is_enough``, or the message has ended; return all of it.

    What it has then is all that it will have (assumed). Raises what ``expect_status`` does where there is no
    log, or the API gives no answer; ``wanted`` is how the error calls what is looked for.
    """
    read: list[_Content] = []

    def until(log: MessageLog, deadline: float) -> bool:
        read[:] = kind.read(search.monitor, log.message_id, deadline)
        return is_enough(read) or log.is_final

    sighting = wait(search, until, within)
    if not sighting.waited.seen and (sighting.log is None or sighting.waited.trouble is not None):
        raise wait_error(search, sighting, f"expected the {wanted}")
    return sighting, read


def listed_contents(kind: Kind[_Content], contents: Sequence[_Content], wanted: str = "") -> str:
    """Say what a log has of a ``kind``, as an error shows it beside what is ``wanted``."""
    shown = [kind.show(each) for each in contents[:MOST_SHOWN]]
    has = [visible(f"{each}{similar(wanted, each) if look_alike(wanted, each) else ''}") for each in shown]
    if len(contents) > MOST_SHOWN:
        has.append(f"… and {len(contents) - MOST_SHOWN} more")
    return ", ".join(has) or "none"


def expect_content(
    search: MessageSearch,
    kind: Kind[_Content],
    wanted: str,
    fits: Callable[[_Content], bool],
    within: float,
) -> Sighting:
    """Wait until the log has something of a ``kind`` that ``fits``; the first such becomes the details.

    Raises ``CheckError`` with what it has instead, else as ``read_contents``; ``wanted`` is how an error
    calls it.
    """
    sighting, read = read_contents(
        search, kind, lambda contents: any(map(fits, contents)), f"{kind.name} {wanted}", within
    )
    found = next(filter(fits, read), None)
    if found is not None:
        return replace(sighting, details=f"{kind.name} {kind.show(found)}")
    raise CheckError(
        f"the message has no {kind.name} {visible(wanted)}; it has: {listed_contents(kind, read, wanted)}",
        where=sighting.place,
        remedy=_remedy_for_steps(sighting.log)
        if kind is RUN_STEP and not read
        else "compare name and value with the log: an upper case letter is not its lower case",
    )


def _remedy_for_steps(log: MessageLog | None) -> str:
    """Say what to do where the tenant kept no step of a message (wire-facts 5.7)."""
    if log is not None and log.log_level in DETAILED:
        return "ask sooner: steps of a run are kept for a short time"
    level = f"this one was logged at {log.log_level}; " if log is not None and log.log_level else ""
    return (
        "a tenant keeps the steps of messages that completed at the log level DEBUG or TRACE only: "
        f'{level}send the request header "{LOG_LEVEL}" with "DEBUG", and name it in Allowed Header(s) of '
        "the iFlow; or set the log level of the iFlow in Monitor, Manage Integration Content"
    )


MOST_LOGS = 200
"""Logs of one chain that are read."""

Chain = Sequence[MessageLog]
"""All logs with one correlation id, in the order of their starts."""


def chain_of(monitor: Monitor, log: MessageLog, *, deadline: float | None = None) -> Chain:
    """Return the chain of ``log``, itself included."""
    if not log.correlation_id:
        return (log,)
    same = f"CorrelationId eq {literal(log.correlation_id)}"
    logs = monitor.message_logs(same, top=MOST_LOGS, deadline=deadline)
    others = [each for each in logs if each.message_id != log.message_id]
    return tuple(sorted((log, *others), key=lambda each: each.start))


def tree(chain: Chain, log: MessageLog) -> str:
    """Return a chain as lines of text; where ``log``, the one of the call, is not the first, it is marked."""
    first, lines = chain[0], []
    for each in chain:
        after = (each.start - first.start).total_seconds()
        branch = "" if each is first else "+- "
        mark = "   <- this call" if each.message_id == log.message_id and log is not first else ""
        lines.append(f"{branch}{each.iflow}  {each.status}  {each.message_id}  after {after:.1f} s{mark}")
    return "\n".join(lines)


def expect_in_chain(search: MessageSearch, flow: str, status: str, within: float) -> Sighting:
    """Wait until the iFlow ``flow`` (id or name) has processed the message, and has this ``status``.

    Where it did so several times, as after a splitter, each has to have it. Raises ``CheckError`` with the
    chain, at once where another status is final; ``MonitoringError`` as ``expect_status`` does.
    """
    check_status_name(status)
    logs: list[MessageLog] = []

    def is_over(chain: Chain, log: MessageLog) -> bool:
        logs[:] = [each for each in chain if flow in (each.iflow, each.iflow_name)]
        if any(each.is_final and each.status != status for each in logs):
            return True
        # While the message is under way, the flow may be called once more.
        return bool(logs) and log.is_final and all(each.status == status for each in logs)

    sighting = _follow(search, is_over, f'one in the iFlow "{flow}" with the status {status}', within)
    if not logs or any(each.status != status for each in logs):
        what = f"has the status {', '.join(each.status for each in logs)}" if logs else "took no part"
        raise CheckError(
            f'the iFlow "{flow}" {what} {_after(sighting)}, expected {status}\n{sighting.details}',
            where=sighting.place,
            remedy="compare with the chain above: the iFlow is named by its id or its name; a flow that does "
            "not hand on the correlation id is none of the chain",
        )
    return sighting


def expect_iflows(search: MessageSearch, count: int, within: float) -> Sighting:
    """Wait until the chain has ``count`` different iFlows and all of its logs have ended.

    Raises ``CheckError`` with the chain, at once where there are more; ``MonitoringError`` as
    ``expect_status`` does.
    """
    number = open_logs = 0

    def is_over(chain: Chain, _log: MessageLog) -> bool:
        nonlocal number, open_logs
        number = len({each.iflow for each in chain})
        open_logs = sum(not each.is_final for each in chain)
        return number > count or (number == count and not open_logs)

    sighting = _follow(search, is_over, _iflows(count), within)
    if not sighting.waited.seen or number != count:
        still = f", {open_logs} of its logs not at an end" if open_logs else ""
        raise CheckError(
            f"the message passed through {_iflows(number)} {_after(sighting)}{still}, expected {count}\n"
            f"{sighting.details}",
            where=sighting.place,
            remedy=f"compare with the chain above; raise {LIMIT} if flows come late",
        )
    return sighting


def _follow(
    search: MessageSearch, is_over: Callable[[Chain, MessageLog], bool], expected: str, within: float
) -> Sighting:
    """Wait until ``is_over`` is true of the chain of a message; the chain becomes the details."""
    chain: list[MessageLog] = []

    def until(log: MessageLog, deadline: float) -> bool:
        chain[:] = chain_of(search.monitor, log, deadline=deadline)
        return is_over(chain, log)

    sighting = wait(search, until, within)
    if sighting.log is None or sighting.waited.trouble is not None:
        raise wait_error(search, sighting, f"expected {expected}")
    return replace(sighting, details=tree(chain, sighting.log))


def _after(sighting: Sighting) -> str:
    return f"after {sighting.waited.seconds:.0f} s"


def _iflows(count: int) -> str:
    return f"{count} iFlow" if count == 1 else f"{count} iFlows"
