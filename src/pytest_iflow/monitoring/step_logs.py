"""The steps of many messages and of the iFlows that these called, read at the end of a run."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from pytest_iflow.errors import MonitoringError
from pytest_iflow.monitoring.contents import DETAILED
from pytest_iflow.monitoring.log_desk import LONGEST_FILTER
from pytest_iflow.monitoring.log_question import MOST_CANDIDATES, LogQuestion
from pytest_iflow.monitoring.message_log import MessageLog, RunStep
from pytest_iflow.monitoring.monitor import Monitor
from pytest_iflow.monitoring.odata import literal
from pytest_iflow.places import pause

MOST_MESSAGES = 1000
"""Message logs whose steps are read; each takes two requests, one more for each further run of a message."""

READERS = 6
"""Requests for steps that are under way at once."""

BETWEEN_LOOKS = 1.0
"""Seconds between two looks for logs that are not there yet, or not final."""


@dataclass(frozen=True, slots=True)
class LoggedMessage:
    """A message log with the steps that it kept.

    ``question`` is the one that it answers, or that the log of the iFlow answers by which it was called.
    """

    question: LogQuestion
    log: MessageLog
    steps: tuple[RunStep, ...] = ()


@dataclass(slots=True)
class StepLogs:
    """What was found; ``left_out`` counts the logs whose steps were not read, being too many.

    ``missing`` are questions that no final log answers. ``trouble`` says what ended the reading of steps.
    """

    messages: list[LoggedMessage] = field(default_factory=list)
    missing: list[LogQuestion] = field(default_factory=list)
    left_out: int = 0
    trouble: str = ""


def read_step_logs(monitor: Monitor, questions: Sequence[LogQuestion], patience: float) -> StepLogs:
    """Return the logs of messages with their steps, and those of the iFlows that they called.

    A question has an id of a log or an application id, and no more. So many seconds it waits for logs, which
    arrive late. The earlier a question stands, the sooner its steps are read. Raises MonitoringError where
    the tenant gives no logs.
    """
    found = StepLogs()
    deadline = time.monotonic() + patience
    logs = _final_logs(monitor, questions, deadline)
    found.missing = [each for each in questions if each not in logs]
    known = _with_called(monitor, {each: logs[each] for each in questions if each in logs}, deadline)
    chosen = known[:MOST_MESSAGES]
    found.left_out = len(known) - len(chosen)
    _read_steps(monitor, chosen, found)
    return found


def _final_logs(
    monitor: Monitor, questions: Sequence[LogQuestion], deadline: float
) -> dict[LogQuestion, MessageLog]:
    """Return the logs that have ended until a deadline, by the question that each answers."""
    found: dict[LogQuestion, MessageLog] = {}
    waiting = dict.fromkeys(questions)
    while waiting:
        for log in _logs_of(monitor, [each.filter for each in waiting]):
            for question in (LogQuestion(log.message_id), LogQuestion(application_id=log.application_id)):
                if question in waiting and log.is_final:
                    found[question] = log
        waiting = {each: None for each in waiting if each not in found}
        if not waiting or time.monotonic() >= deadline:
            break
        pause(BETWEEN_LOOKS)
    return found


def _with_called(
    monitor: Monitor, logs: Mapping[LogQuestion, MessageLog], deadline: float
) -> list[LoggedMessage]:
    """Return the logs, and behind them the others with the correlation id of one of them.

    An iFlow that takes its message from a queue may end later; it is waited for until the deadline.
    """
    callers = {log.correlation_id: question for question, log in logs.items() if log.correlation_id}
    found = {log.message_id: LoggedMessage(question, log) for question, log in logs.items()}
    waiting = [f"CorrelationId eq {literal(each)}" for each in callers]
    while waiting:
        called = [log for log in _logs_of(monitor, waiting) if log.correlation_id in callers]
        for log in called:
            if log.is_final:
                found.setdefault(log.message_id, LoggedMessage(callers[log.correlation_id], log))
        running = dict.fromkeys(log.correlation_id for log in called if not log.is_final)
        waiting = [f"CorrelationId eq {literal(each)}" for each in running]
        if not waiting or time.monotonic() >= deadline:
            break
        pause(BETWEEN_LOOKS)
    return list(found.values())


def _logs_of(monitor: Monitor, clauses: Iterable[str]) -> Iterator[MessageLog]:
    """Yield the logs that one of the clauses fits, several clauses in a filter.

    That a tenant takes several is assumed (``LogQuestion``); where it does not each is asked alone.
    """
    for group in _groups(clauses):
        try:
            yield from monitor.message_logs(" or ".join(group), top=MOST_CANDIDATES * len(group))
        except MonitoringError as error:
            if error.kind != "refused" or len(group) == 1:
                raise
            for clause in group:
                yield from monitor.message_logs(clause, top=MOST_CANDIDATES)


def _groups(clauses: Iterable[str]) -> Iterator[list[str]]:
    group: list[str] = []
    left = LONGEST_FILTER
    for clause in clauses:
        length = len(quote(f"{clause} or ", safe="'():,/"))
        if group and length > left:
            yield group
            group, left = [], LONGEST_FILTER
        group.append(clause)
        left -= length
    if group:
        yield group


def _read_steps(monitor: Monitor, messages: Sequence[LoggedMessage], found: StepLogs) -> None:
    """Add messages with their steps; where the tenant refuses those of one, the rest is not asked for."""
    pool = ThreadPoolExecutor(READERS, "pytest-iflow-steps")
    try:
        read = pool.map(lambda each: replace(each, steps=_steps(monitor, each.log)), messages)
        found.messages.extend(read)
    except MonitoringError as error:
        found.trouble = str(error)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _steps(monitor: Monitor, log: MessageLog) -> tuple[RunStep, ...]:
    """Return the steps of a log; one that completed at another level than these has none (wire-facts 5.7)."""
    if log.status == "COMPLETED" and log.log_level and log.log_level not in DETAILED:
        return ()
    return monitor.run_steps(log.message_id)
