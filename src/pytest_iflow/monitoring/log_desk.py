"""Message logs for many scenarios at once: each says what it looks for, and one of them asks for all.

There is no thread for that: of the scenarios that wait, the first asks, with its own place. Who waits alone
asks as if there were no others. Each gets the logs that fit its own question, and judges them by itself.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from threading import Condition
from typing import Protocol
from urllib.parse import quote

from pytest_iflow.errors import IflowError, MonitoringError
from pytest_iflow.monitoring.log_question import MOST_CANDIDATES, LogQuestion
from pytest_iflow.monitoring.message_log import MessageLog
from pytest_iflow.places import PLACES, pause, wait_for

BETWEEN_REQUESTS = 0.2
"""Seconds between two requests for several scenarios."""

LONGEST_FILTER = 5_000
"""Characters of a filter as it stands in an address: gateways take addresses of 8 KB, some less (assumed)."""

LONGEST_REQUEST = 10.0
"""Seconds that several scenarios wait for the answer to one request; then the next one is sent."""

_OF_EVERY_REQUEST = frozenset({"rate-limited", "unavailable", "no-answer"})
"""Troubles that have nothing to do with what is asked; after others each scenario asks for itself."""


class LogSource(Protocol):
    """What gives logs: the ``Monitor``."""

    def message_log(self, message_id: str, *, deadline: float | None = None) -> MessageLog | None:
        """Return the log of a message."""

    def message_logs(
        self, where: str, *, top: int | None = None, deadline: float | None = None
    ) -> list[MessageLog]:
        """Return the logs that a filter fits."""


@dataclass(frozen=True, slots=True)
class LogAnswer:
    """The logs that fit a question, as they were when it was ``asked_at`` (seconds of ``time.monotonic``)."""

    logs: Sequence[MessageLog]
    asked_at: float


@dataclass(eq=False, slots=True)
class LogWait:
    """The wait of one search: its looks, and the pauses between them, which news about its log ends."""

    desk: LogDesk
    question: LogQuestion = field(default_factory=LogQuestion)
    due: float = 0.0
    deadline: float | None = None
    since: float = 0.0
    is_looking: bool = False
    answer: LogAnswer | IflowError | None = None
    asks_itself: bool = False
    seen: Sequence[MessageLog] = ()
    _news: LogAnswer | None = field(default=None)

    def look(self, question: LogQuestion, deadline: float | None) -> LogAnswer:
        """Return what the tenant answers now, or has answered during the last pause; raises its error."""
        answer, self._news = self._news, None
        if answer is None:
            answer = self.desk.look(self, question, deadline)
        self.seen = answer.logs
        return answer

    def pause(self, question: LogQuestion, seconds: float) -> float | None:
        """Wait so many seconds, less where an answer to another scenario has news about this question.

        Return when that was asked for; None where there is no news. The next look gives it.
        """
        if PLACES.get() is None:
            pause(seconds)
            return None
        self._news = self.desk.pause(self, question, seconds)
        return self._news.asked_at if self._news else None


class LogDesk:
    """Asks for the logs of all who wait for one."""

    def __init__(self, source: LogSource) -> None:
        self._source = source
        self._changed = Condition()
        self._waits: dict[int, LogWait] = {}
        self._is_asking = False
        self._next_request = 0.0
        self._can_combine = True

    def look(self, wait: LogWait, question: LogQuestion, deadline: float | None) -> LogAnswer:
        """Ask, or have somebody ask, what the tenant answers from now on; raises ``MonitoringError``."""
        wait.question, wait.deadline, wait.since = question, deadline, time.monotonic()
        wait.answer, wait.asks_itself = None, False
        if PLACES.get() is None or not self._can_combine:
            return self._ask_alone(wait)
        with self._changed:
            wait.is_looking = bool(self._waits)
            self._waits[id(wait)] = wait
            if not wait.is_looking:
                self._next_request = wait.since + BETWEEN_REQUESTS
        try:
            answer = self._shared_answer(wait) if wait.is_looking else self._ask_alone(wait)
        finally:
            self._leave(wait)
        if isinstance(answer, IflowError):
            raise answer
        return answer

    def pause(self, wait: LogWait, question: LogQuestion, seconds: float) -> LogAnswer | None:
        """Wait so long for news about a question, which is asked along with those that are due."""
        wait.question, wait.answer, wait.since = question, None, time.monotonic()
        wait.due = wait.since + seconds
        with self._changed:
            self._waits[id(wait)] = wait
        try:
            wait_for(self._changed, lambda: wait.answer is not None, seconds)
            return wait.answer if isinstance(wait.answer, LogAnswer) else None
        finally:
            self._leave(wait)

    def _leave(self, wait: LogWait) -> None:
        with self._changed:
            del self._waits[id(wait)]
            if wait.is_looking:  # without an answer: the next one asks
                wait.is_looking = False
                self._changed.notify_all()

    def _shared_answer(self, wait: LogWait) -> LogAnswer | IflowError:
        def is_over() -> bool:
            return wait.answer is not None or wait.asks_itself

        while True:
            with self._changed:
                is_first = self._first() is wait and not self._is_asking
                seconds = self._next_request - time.monotonic()
                begins = is_first and seconds <= 0 and not is_over()
                self._is_asking = self._is_asking or begins
            if begins:
                self._ask_for_all()
            elif is_first:
                wait_for(self._changed, is_over, max(seconds, 0.0))
            else:
                wait_for(self._changed, lambda: is_over() or (self._first() is wait and not self._is_asking))
            if wait.asks_itself:
                return self._ask_alone(wait)
            if wait.answer is not None:
                return wait.answer

    def _first(self) -> LogWait | None:
        return next((each for each in self._waits.values() if each.is_looking), None)

    def _ask_alone(self, wait: LogWait) -> LogAnswer:
        question, asked_at = wait.question, time.monotonic()
        if question.message_id:
            log = self._source.message_log(question.message_id, deadline=wait.deadline)
            return LogAnswer([log] if log else [], asked_at)
        logs = self._source.message_logs(question.filter, top=MOST_CANDIDATES, deadline=wait.deadline)
        return LogAnswer(logs, asked_at)

    def _ask_for_all(self) -> None:
        """Ask for those who are looking, and as far as there is room for those who pause."""
        try:
            with self._changed:
                groups = list(_groups(self._waits.values()))
                self._next_request = time.monotonic() + BETWEEN_REQUESTS * len(groups)
            for group in groups:
                self._ask_for(group)
        finally:
            with self._changed:
                self._is_asking = False
                self._changed.notify_all()

    def _ask_for(self, group: list[LogWait]) -> None:
        """Ask one question for several; raises nothing of the tenant, whoever looks gets it."""
        first, *others = [each.question for each in group]
        deadlines = [each.deadline for each in group if each.is_looking and each.deadline is not None]
        most, asked_at = MOST_CANDIDATES * len(group), time.monotonic()
        deadline = min((asked_at + LONGEST_REQUEST, *deadlines))
        try:
            logs = self._source.message_logs(first.together(others), top=most, deadline=deadline)
        except MonitoringError as error:
            self._can_combine = error.kind in _OF_EVERY_REQUEST
            self._give(group, error if self._can_combine else None, asked_at)
            return
        # What fits nobody's question was found by rules that are not known here: each asks for itself.
        is_clear = len(logs) < most and all(any(each.question.fits(log) for each in group) for log in logs)
        self._give(group, logs if is_clear else None, asked_at)

    def _give(
        self, group: list[LogWait], found: list[MessageLog] | IflowError | None, asked_at: float
    ) -> None:
        """Give each what fits its question, if it looked or paused already when that was asked."""
        with self._changed:
            for each in group:
                if each.since > asked_at or id(each) not in self._waits:
                    continue
                if isinstance(found, list):
                    fitting = [log for log in found if each.question.fits(log)][:MOST_CANDIDATES]
                    if each.is_looking or fitting != each.seen:
                        each.answer = LogAnswer(fitting, asked_at)
                elif each.is_looking:
                    each.answer, each.asks_itself = found.copy() if found else None, found is None
                each.is_looking = False
            self._changed.notify_all()


def _groups(waits: Iterable[LogWait]) -> Iterator[list[LogWait]]:
    """Put together who can ask one question: all who look, and who pauses where there is room."""
    by_kind: dict[tuple[bool, str], list[LogWait]] = {}
    for each in sorted(waits, key=lambda wait: (not wait.is_looking, wait.due)):
        by_kind.setdefault(each.question.kind, []).append(each)
    for alike in by_kind.values():
        group: list[LogWait] = []
        left = LONGEST_FILTER
        for each in alike:
            length = len(quote(f"{each.question.own_part} or ", safe="'():,/"))
            if group and length > left:
                yield group
                group, left = [], LONGEST_FILTER
            if not group and not each.is_looking:
                break
            group.append(each)
            left -= length
        if group:
            yield group
