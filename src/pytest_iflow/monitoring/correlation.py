"""Which message processing log belongs to a call, and how sure that is.

In this order: the log that the answer names in a header or, for an uncaught exception, in its text
(wire-facts 4.2, 4.3); the one with the application id that the call sent; the one of the iFlow within the
time of the call. Where several fit, none is taken.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from pytest_iflow.errors import AmbiguousMessageError, CheckError
from pytest_iflow.monitoring.log_desk import LogAnswer, LogWait
from pytest_iflow.monitoring.log_question import MOST_CANDIDATES, LogQuestion
from pytest_iflow.monitoring.message_log import MessageLog
from pytest_iflow.monitoring.timing import ClockDifference
from pytest_iflow.runtime.caller import ONE_CALL_PREFIX
from pytest_iflow.transport.exchange import APPLICATION_ID, LOG_ID, Exchange

if TYPE_CHECKING:
    from pytest_iflow.monitoring.monitor import Monitor

Confidence = Literal["certain", "likely"]

SHOWN_CANDIDATES = 10

# A receiver's headers leak into the answer (wire-facts 4.2): two ids in one header name no log.
_ONE_ID = re.compile(r"[A-Za-z0-9_-]{10,64}")


@dataclass(frozen=True, slots=True)
class Correlation:
    """The log of a call, ``how`` it was found (in words), and how sure it is that it is the right one."""

    log: MessageLog
    how: str
    confidence: Confidence

    def __str__(self) -> str:
        return f'{self.log.message_id} of the iFlow "{self.log.iflow}" ({self.confidence}: {self.how})'


class MessageSearch:
    """Looks for the log of one call, and looks at it again once it is found.

    ``artifact`` is the id of the iFlow, None where nobody knows it. ``alone`` says that no other call of the
    run sent the application id of this one at about the same time. ``found`` is what the last look saw.
    """

    def __init__(
        self,
        exchange: Exchange,
        artifact: str | None,
        monitor: Monitor,
        clock: ClockDifference,
        *,
        alone: bool = False,
    ) -> None:
        self.exchange = exchange
        self.artifact = artifact
        self.monitor = monitor
        self.found: Correlation | None = None
        self.settles_at = 0.0
        self._clock = clock
        self._alone_with_id = alone
        self._alone: str | None = None
        self._wait = LogWait(monitor.log_desk)

    def find(self, deadline: float | None = None) -> Correlation | None:
        """Return the log as it is now; None while no log is surely the one of the call.

        Raises ``AmbiguousMessageError`` where several fit, ``CheckError`` where none can ever be found or
        the answer names a log of another iFlow, and ``MonitoringError``. ``deadline`` is one of
        ``MonitoringApi``.
        """
        if self.found is not None:
            for log in self._ask(deadline).logs:
                self.found = replace(self.found, log=log)
            return self.found
        self.found = self._look(deadline)
        return self.found

    def pause(self, seconds: float) -> float | None:
        """Wait so many seconds for the next look, less where there is news already.

        Return the moment that the news is of, in seconds of ``time.monotonic``; the next look tells it.
        """
        return self._wait.pause(self._question(), seconds)

    def _ask(self, deadline: float | None) -> LogAnswer:
        return self._wait.look(self._question(), deadline)

    def _question(self) -> LogQuestion:
        """Return what the log is looked for by, as far as the clock of the tenant is known by now."""
        named = self.found.log.message_id if self.found else self._named_id()[0]
        if named is not None:
            return LogQuestion(named)
        sent, iflow = self.exchange.application_id or "", self.artifact or ""
        begin, end = self._window()
        # Of an application id that one call has sent only a log of an earlier run is another one.
        return LogQuestion("", sent, iflow, begin, None if sent.startswith(ONE_CALL_PREFIX) else end)

    def _look(self, deadline: float | None) -> Correlation | None:
        named, how = self._named_id()
        if named is not None:
            logs = self._ask(deadline).logs
            return self._checked(Correlation(logs[0], how, "certain")) if logs else None
        if sent := self.exchange.application_id:
            return self._by_application_id(sent, deadline)
        return self._by_time(deadline)

    @property
    def criterion(self) -> str:
        """By what the log is searched, in words."""
        named, how = self._named_id()
        if named is not None:
            return f"looked for by its id {named}, {how}"
        if sent := self.exchange.application_id:
            return (
                f"looked for by the application id {sent}, for which Allowed Header(s) of the "
                f"iFlow's runtime configuration has to name {APPLICATION_ID}"
            )
        begin, end = self._window()
        window = f"{begin:%H:%M:%S} to {end:%H:%M:%S} UTC"
        return f'looked for by the iFlow "{self.artifact}" and a start from {window}'

    def _named_id(self) -> tuple[str | None, str]:
        """Return the id that the answer names, and in which part of it."""
        header = self.exchange.response.headers.get(LOG_ID, "")
        if _ONE_ID.fullmatch(header):
            return header, "named by the header of the answer"
        named = None if header else self.exchange.mpl_id
        return named, "named by the text of the answer"

    def _checked(self, correlation: Correlation) -> Correlation:
        log = correlation.log
        if self.artifact in {None, log.iflow, log.iflow_name}:
            return correlation
        raise CheckError(
            f'the answer names the message log {log.message_id}, which is one of the iFlow "{log.iflow}", '
            f'not of "{self.artifact}" that was called',
            remedy='correct "artifact" in the tenant file; or, if the iFlow calls another one, remove the '
            "headers sap_* of that answer in the iFlow, for they replace its own",
        )

    def _by_application_id(self, sent: str, deadline: float | None) -> Correlation | None:
        how = f"by its application id {sent}"
        if sent.startswith(ONE_CALL_PREFIX):
            logs = self._ask(deadline).logs
            remedy = "look at these logs: the message was sent once and came more than once to the iFlow"
            return Correlation(logs[0], how, "certain") if _at_most_one(logs, how, remedy) else None
        remedy = f"send an {APPLICATION_ID} that no other call sends"
        if self.exchange.is_from_gateway and not identifies(self.exchange, alone=self._alone_with_id):
            raise self._may_be_of_another_call(
                f"its {APPLICATION_ID} may be one of another call, too", remedy
            )
        return self._within_window(f"{how} and the time of the call", remedy, deadline)

    def _by_time(self, deadline: float | None) -> Correlation | None:
        if self.artifact is None:
            raise CheckError(
                "nothing tells which message log belongs to the call: the answer names none, the call sent "
                f"no {APPLICATION_ID}, and the id of the iFlow is not known",
                where=f"iFlow {self.exchange.iflow}, {self.exchange.outcome}",
                remedy='add artifact = "<its id>" and application-id = true for the iFlow to the tenant file',
            )
        if self.exchange.is_from_gateway:
            raise self._may_be_of_another_call(
                f"it sent no {APPLICATION_ID}", "set application-id = true for the iFlow in the tenant file"
            )
        remedy = (
            f"set application-id = true for the iFlow in the tenant file: each call then sends an "
            f"{APPLICATION_ID} of its own, and its log is found by that"
        )
        return self._within_window("by the iFlow and the time of the call", remedy, deadline)

    def _may_be_of_another_call(self, why: str, remedy: str) -> CheckError:
        return CheckError(
            "nothing tells whether the message has reached the iFlow, and a message log of that time may be "
            f"another call's: the call was {self.exchange.outcome}, and {why}",
            where=f"iFlow {self.exchange.iflow}",
            remedy=f"{remedy}: then the message is judged by its own log, also where its answer is lost",
        )

    def _within_window(self, how: str, remedy: str, deadline: float | None) -> Correlation | None:
        """Return the only log that started within the time of the call.

        It counts after it has stayed the only one for a while. Logs arrive late, and the first may belong to
        another call. After the wait, every log that started in the window has arrived.
        """
        answer = self._ask(deadline)
        if not _at_most_one(answer.logs, how, remedy):
            return None
        (log,) = answer.logs
        if self._alone != log.message_id:
            self._alone = log.message_id
            self.settles_at = time.monotonic() + (self._window()[1] - log.start).total_seconds()
        return Correlation(log, how, "likely") if answer.asked_at >= self.settles_at else None

    def _window(self) -> tuple[datetime, datetime]:
        """Return begin and end of the call by the tenant's clock, with its uncertainty on both sides."""
        exchange, spare = self.exchange, timedelta(seconds=self._clock.uncertainty)
        ended = exchange.started + timedelta(seconds=exchange.seconds)
        return self._clock.to_tenant(exchange.started) - spare, self._clock.to_tenant(ended) + spare


def identifies(exchange: Exchange, *, alone: bool) -> bool:
    """Tell whether a call sent an application id that finds its log and no other.

    An id that a feature gives may be sent by other calls too. It counts only where this call is ``alone``:
    no other call sent it at that time.
    """
    sent = exchange.application_id
    return sent is not None and (alone or sent.startswith(ONE_CALL_PREFIX))


def _at_most_one(logs: Sequence[MessageLog], how: str, remedy: str) -> bool:
    """Return whether there is a log; raises ``AmbiguousMessageError`` where there are several."""
    if len(logs) <= 1:
        return bool(logs)
    lines = [
        f"  {log.message_id}  {log.status:<10}  started {log.start:%Y-%m-%d %H:%M:%S.%f} UTC  {log.iflow}"
        for log in logs[:SHOWN_CANDIDATES]
    ]
    if len(logs) > SHOWN_CANDIDATES:
        more = "at least " if len(logs) == MOST_CANDIDATES else ""
        lines.append(f"  … and {more}{len(logs) - SHOWN_CANDIDATES} more")
    fit = f"{len(logs)} message logs fit the call ({how}), so none can be said to be its own:"
    raise AmbiguousMessageError("\n".join((fit, *lines)), remedy=remedy)
