"""The chain of a message: what other iFlows did with it, found by the correlation id that they share.

Flows that are called through ProcessDirect or JMS have message logs of their own. A log does not say which
other one led to it, so the chain is shown in the order of their starts below the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pytest_iflow.errors import CheckError
from pytest_iflow.monitoring.correlation import MessageSearch
from pytest_iflow.monitoring.filters import literal
from pytest_iflow.monitoring.message_log import MessageLog
from pytest_iflow.monitoring.monitor import Monitor
from pytest_iflow.monitoring.verdict import STATUSES, Sighting, unmet, wait, where
from pytest_iflow.tenants.nearest import suggestion

MOST_LOGS = 200
"""Logs of one chain that are read."""


def chain_of(monitor: Monitor, log: MessageLog, *, deadline: float | None = None) -> tuple[MessageLog, ...]:
    """Return all logs with the correlation id of ``log``, itself included, in the order of their starts."""
    if not log.correlation_id:
        return (log,)
    same = f"CorrelationId eq {literal(log.correlation_id)}"
    logs = monitor.message_logs(same, top=MOST_LOGS, deadline=deadline)
    others = [each for each in logs if each.message_id != log.message_id]
    return tuple(sorted((log, *others), key=lambda each: each.start))


def tree(chain: Sequence[MessageLog], log: MessageLog) -> str:
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

    Where it did so several times, as after a splitter, each has to have it. The chain is ``told``. Raises
    ``CheckError`` with the chain, at once where another status is final; ``MonitoringError`` as
    ``expect_status`` does.
    """
    if status not in STATUSES:
        raise CheckError(f'"{status}" is no status of a message', remedy=suggestion(status, STATUSES))
    chain: list[MessageLog] = []

    def of_flow() -> list[MessageLog]:
        return [each for each in chain if flow in (each.iflow, each.iflow_name)]

    def until(log: MessageLog, deadline: float) -> bool:
        chain[:] = chain_of(search.monitor, log, deadline=deadline)
        if any(each.is_final and each.status != status for each in of_flow()):
            return True
        # While the message is under way, the flow may be called once more.
        return bool(of_flow()) and log.is_final and all(each.status == status for each in of_flow())

    sighting = wait(search, until, within)
    found = of_flow()
    if sighting.log is None or sighting.waited.trouble is not None:
        raise unmet(search, sighting, f'expected one in the iFlow "{flow}" with the status {status}')
    if not found or any(each.status != status for each in found):
        what = f"has the status {', '.join(each.status for each in found)}" if found else "took no part"
        raise CheckError(
            f'the iFlow "{flow}" {what} {_after(sighting)}, expected {status}\n{tree(chain, sighting.log)}',
            where=where(sighting),
            remedy="compare with the chain above: the iFlow is named by its id or its name; a flow that does "
            "not hand on the correlation id is none of the chain",
        )
    return replace(sighting, told=tree(chain, sighting.log))


def expect_iflows(search: MessageSearch, count: int, within: float) -> Sighting:
    """Wait until the chain has ``count`` different iFlows and all of its logs have ended.

    The chain is ``told``. Raises ``CheckError`` with the chain, at once where there are more;
    ``MonitoringError`` as ``expect_status`` does.
    """
    chain: list[MessageLog] = []

    def number() -> int:
        return len({each.iflow for each in chain})

    def until(log: MessageLog, deadline: float) -> bool:
        chain[:] = chain_of(search.monitor, log, deadline=deadline)
        return number() > count or (number() == count and all(each.is_final for each in chain))

    sighting = wait(search, until, within)
    if sighting.log is None or sighting.waited.trouble is not None:
        raise unmet(search, sighting, f"expected {_iflows(count)}")
    if not sighting.waited.seen or number() != count:
        open_ones = sum(not each.is_final for each in chain)
        still = f", {open_ones} of its logs not at an end" if open_ones else ""
        raise CheckError(
            f"the message passed through {_iflows(number())} {_after(sighting)}{still}, expected {count}\n"
            f"{tree(chain, sighting.log)}",
            where=where(sighting),
            remedy="compare with the chain above; raise timeouts.log of the environment if flows come late",
        )
    return replace(sighting, told=tree(chain, sighting.log))


def _after(sighting: Sighting) -> str:
    return f"after {sighting.waited.seconds:.0f} s"


def _iflows(count: int) -> str:
    return f"{count} iFlow" if count == 1 else f"{count} iFlows"
