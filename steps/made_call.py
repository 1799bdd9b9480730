"""One call that a scenario made: what came back, or that nothing did, and the message that it sent."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pytest_iflow.checks.document import Document, parse_document
from pytest_iflow.checks.parse_limit import ParseLimit
from pytest_iflow.errors import CallError, CheckError
from pytest_iflow.run import Run
from pytest_iflow.runtime.caller import IflowCaller
from pytest_iflow.transport.exchange import Exchange, Headers

if TYPE_CHECKING:  # not for a run that asks nothing of the Monitor
    from pytest_iflow.monitoring.correlation import MessageSearch
    from pytest_iflow.monitoring.message_report import MessageReport
    from pytest_iflow.monitoring.monitor import Monitor

REPORT_WITHIN = 2.0
"""Seconds that a failure waits for a log that the answer named and no step asked for."""


def no_call_yet() -> CheckError:
    """Return the error that nothing was called."""
    return CheckError(
        "no call was made yet in this scenario",
        remedy='make one first: When I send a POST request to the iFlow "…"',
    )


def require_monitor(run: Run) -> Monitor:
    """Return what asks the tenant's monitoring API.

    Without a service key of plan api the scenario is skipped, or fails with ``CheckError`` where the
    environment says ``require-monitoring``.
    """
    if run.monitor is not None:
        return run.monitor
    reason = (
        "message logs and artifacts cannot be read: "
        f"there is no service key of plan api for {run.environment}"
    )
    if not run.environment.require_monitoring:
        pytest.skip(reason)
    raise CheckError(
        reason,
        where="require-monitoring = true in the tenant file",
        remedy='create a service key of plan api and name it for the client "monitoring"; '
        "pytest --tenants shows which keys are there",
    )


@dataclass(frozen=True, repr=False, eq=False)
class CallPlan:
    """A call of an iFlow as it was prepared: it may be made more than once.

    ``headers`` are those of the scenario, ``send`` makes the call. ``send_elsewhere`` makes it in another
    environment, with the credentials there; None for a call with credentials that the scenario itself gave.
    ``file`` is the name of the file that it sends, if it sends one.
    """

    iflow: str
    headers: Headers
    send: Callable[[IflowCaller], Exchange]
    send_elsewhere: Callable[[IflowCaller], Exchange] | None = None
    file: str = ""


@dataclass(repr=False, eq=False)
class MadeCall:
    """One call of a scenario, or one request for a token.

    ``answered`` is its exchange, ``lost`` the error of a call without an answer. ``is_unseen`` says that no
    step has asked about such a call yet, ``is_foreseen`` that a step ahead asks about its message, and
    ``is_named`` that steps may do so after other calls. ``plan`` makes the same call once more.
    """

    run: Run
    answered: Exchange | None = None
    lost: CallError | None = None
    is_unseen: bool = False
    is_foreseen: bool = False
    is_named: bool = False
    plan: CallPlan | None = None
    _document: Document | None = None
    _message: MessageSearch | None = None

    @property
    def exchange(self) -> Exchange:
        """The exchange; raises ``CallError`` when no answer came."""
        if self.lost is not None:
            self.is_unseen = False
            raise self.lost.with_traceback(None)
        if self.answered is None:
            raise no_call_yet()
        return self.answered

    @property
    def sent(self) -> Exchange | None:
        """The exchange, be it without an answer; None where there is none that a message can be in."""
        unanswered = self.lost.unanswered if self.lost else None
        return unanswered if isinstance(unanswered, Exchange) else self.answered

    @property
    def document(self) -> Document:
        """The response as JSON or XML, parsed once; raises ``CheckError`` when it is neither."""
        if self._document is None:
            response = self.exchange.response
            kind = response.headers.get("content-type")
            self._document = parse_document(
                response.body, kind, namespaces=self.run.namespaces, limit=self.parse_limit
            )
            for each in self._document.repeated:
                self.run.note("the response", f"{each}; the last value counts")
        return self._document

    @property
    def parse_limit(self) -> ParseLimit:
        """How large a response is read as JSON or XML."""
        environment = self.run.environment
        return ParseLimit(environment.limits.parsed, f"limits.parsed of {environment}")

    def end(self) -> None:
        """Raise the ``CallError`` of a call without an answer that no step has asked about."""
        if self.lost is not None and self.is_unseen:
            self.is_unseen = False
            raise self.lost.with_traceback(None)

    def message(self) -> MessageSearch:
        """Return the message that the call sent, as the tenant knows it, for a step that asks about it.

        Raises ``CheckError`` when this was no call of an iFlow; else as ``require_monitor``.
        """
        message = self._search()
        self.is_unseen = False
        if not self.is_foreseen:
            self.run.pacing.ask(message.exchange)
        return message

    def _search(self) -> MessageSearch:
        if self._message is None:
            exchange, monitor = self.sent or self.exchange, require_monitor(self.run)
            if exchange.iflow is None:
                raise CheckError(
                    "the last exchange of this scenario was no call of an iFlow, so it has no message log",
                    remedy='call one first: When I send a POST request to the iFlow "…"',
                )
            from pytest_iflow.monitoring.correlation import MessageSearch

            artifact = self.run.discovery.called_artifact(exchange, monitor)
            alone = self.run.pacing.is_apart(exchange)
            self._message = MessageSearch(exchange, artifact, monitor, self.run.clock, alone=alone)
        return self._message

    @property
    def is_open(self) -> bool:
        """Whether a step ahead asks about the message, and its log is not known yet."""
        return self.is_foreseen and (self._message is None or self._message.found is None)

    def report(self) -> MessageReport | None:
        """Return all that the tenant knows about the message, for a report; else as ``reported``."""
        return self.report_of(self.reported())

    @staticmethod
    def report_of(message: MessageSearch | None) -> MessageReport | None:
        """Return all that the tenant knows about a message; None where it was not found."""
        if message is None or message.found is None:
            return None
        from pytest_iflow.monitoring.message_report import message_report

        return message_report(message.found, message.monitor)

    def reported(self) -> MessageSearch | None:
        """Return the message for the report of a failure, looked for but briefly.

        None without a call of an iFlow, without a service key of plan api, and where the runtime turned the
        call away. ``found`` stays None where no log can be told to be its own. Raises ``MonitoringError``.
        """
        exchange = self.sent
        if exchange is None or exchange.iflow is None or self.run.monitor is None:
            return None
        from pytest_iflow.diagnosis.answer import Answer

        if Answer(exchange).is_by_runtime:
            return None
        from pytest_iflow.monitoring.verdict import wait

        message = self._search()
        with contextlib.suppress(CheckError):  # ambiguous, or unknown: then there is none to tell about
            if message.found is None:
                within = REPORT_WITHIN if exchange.mpl_id else 0.0
                wait(message, lambda _log, _deadline: True, within)
        return message
