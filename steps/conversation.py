"""What a scenario has prepared so far and what it got: the one thing that its steps share."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_iflow.checks.document import Document, parse_document
from pytest_iflow.checks.path import Found
from pytest_iflow.errors import CallError, CheckError, ConfigurationError
from pytest_iflow.gherkin.collector import row_of
from pytest_iflow.oauth.token import Token, TokenAnswer
from pytest_iflow.run import RUN, NoteKind, Run
from pytest_iflow.runtime.caller import DEFAULT_CLIENT, IflowCaller
from pytest_iflow.transport.charset import check_declared, encode
from pytest_iflow.transport.exchange import Exchange, Headers

from .ahead import will_ask

if TYPE_CHECKING:  # not for a run that asks nothing of the Monitor
    from pytest_iflow.monitoring import correlation, monitor, verdict

__all__ = ["Conversation"]
NO_ANSWER = "no answer"  # title of the note about a call whose message is judged by its log


@dataclass(repr=False)
class Conversation:
    """The calls of one scenario: who calls with what, and what came back last.

    ``folder`` is where the feature file lies, ``row`` has the values of a row of the Examples, by column.
    ``remembered`` are values under names of the scenario's own.
    ``will_ask`` tells whether a step ahead, before the next call, asks about the message of this one.
    """

    run: Run
    folder: Path
    client: str = DEFAULT_CLIENT
    token: Token | None = None
    token_answer: TokenAnswer | None = None
    headers: Headers = field(default_factory=Headers)
    query: list[tuple[str, str]] = field(default_factory=list)
    row: Mapping[str, str] = field(default_factory=dict)
    remembered: dict[str, Found] = field(default_factory=dict)
    will_ask: Callable[[], bool] = bool
    _exchange: Exchange | None = None
    _document: Document | None = None
    _message: correlation.MessageSearch | None = None
    _lost: CallError | None = None
    _lost_unseen: bool = False
    _foreseen: bool = False

    def read_file(self, name: str) -> bytes:
        """Return what is in a file beside the feature or in the folder payloads."""
        return self.run.files.read(self.run.files.find(name, self.folder, "payloads"))

    @property
    def variables(self) -> dict[str, Any]:
        """What ``${name}`` may stand for; the row goes before what is remembered, that before the tenant."""
        return (
            self.run.variables | {name: each.value for name, each in self.remembered.items()} | {**self.row}
        )

    @property
    def exchange(self) -> Exchange:
        """The last exchange; raises ``CheckError`` when there was none, ``CallError`` when no answer came."""
        if self._lost is not None:
            self._lost_unseen = False
            raise self._lost.with_traceback(None)
        if self._exchange is None:
            raise CheckError(
                "no call was made yet in this scenario",
                remedy='make one first: When I send a POST request to the iFlow "…"',
            )
        return self._exchange

    @exchange.setter
    def exchange(self, exchange: Exchange) -> None:
        self._begin_exchange()
        self._exchange = exchange

    def _begin_exchange(self) -> None:
        """Forget the exchange before; raises what ``end`` does."""
        self.end()
        self._exchange = self._document = self._message = self._lost = None

    def end(self) -> None:
        """Raise the ``CallError`` of a call without an answer that no step has asked about."""
        if self._lost is not None and self._lost_unseen:
            self._lost_unseen = False
            raise self._lost.with_traceback(None)

    @property
    def message(self) -> correlation.MessageSearch:
        """The message of the last call, as the tenant knows it.

        Raises ``CheckError`` when the last exchange was no call of an iFlow; else as ``require_monitor``.
        """
        message = self._search()
        self._lost_unseen = False
        if not self._foreseen:
            self.run.pacing.ask(message.exchange)
        return message

    def _search(self) -> correlation.MessageSearch:
        if self._message is None:
            from pytest_iflow.monitoring.correlation import MessageSearch

            exchange, monitor = self._sent or self.exchange, self.require_monitor()
            if exchange.iflow is None:
                raise CheckError(
                    "the last exchange of this scenario was no call of an iFlow, so it has no message log",
                    remedy='call one first: When I send a POST request to the iFlow "…"',
                )
            artifact = self.run.discovery.called_artifact(exchange, monitor)
            alone = self.run.pacing.is_apart(exchange)
            self._message = MessageSearch(exchange, artifact, monitor, self.run.clock, alone=alone)
        return self._message

    @property
    def _sent(self) -> Exchange | None:
        """The last exchange, be it without an answer; None where there is none that a message can be in."""
        unanswered = self._lost.unanswered if self._lost else None
        return unanswered if isinstance(unanswered, Exchange) else self._exchange

    @property
    def patience(self) -> float:
        """Seconds until a message log has to be final, as the tenant file says."""
        return self.run.environment.timeouts.log

    def message_report(self) -> str | None:
        """All that the tenant knows about the message of the last call, for the report of a failure.

        None without a call of an iFlow, without a service key of plan api, where the runtime turned the call
        away, and where no log can be told to be the one. Raises ``MonitoringError``.
        """
        exchange = self._sent
        if exchange is None or exchange.iflow is None or self.run.monitor is None:
            return None
        from pytest_iflow.diagnosis.answer import Answer
        from pytest_iflow.monitoring import message_report, verdict

        if Answer(exchange).is_by_runtime:
            return None
        message = self._search()
        with contextlib.suppress(CheckError):  # ambiguous, or unknown: then there is none to tell about
            if message.found is None:
                within = 2.0 if exchange.mpl_id else 0.0  # seconds, for a log that no step asked for
                verdict.wait(message, lambda _log, _deadline: True, within)
        self._note_page(message.found.log.link if message.found else "")
        return message_report.message_report(message.found, message.monitor) if message.found else None

    def note(self, sighting: verdict.Sighting) -> None:
        """Take into the evidence which log was judged, how it was found, and how sure that is."""
        self.run.note("verdict", str(sighting))
        self._note_page(sighting.log.link if sighting.log else "")

    def _note_page(self, address: str) -> None:
        if address.startswith("https://"):  # it becomes a link of the report
            self.run.note("page in the Monitor", address, NoteKind.MONITOR_PAGE)

    @property
    def document(self) -> Document:
        """The last response as JSON or XML, parsed once; raises ``CheckError`` when it is neither."""
        if self._document is None:
            response = self.exchange.response
            kind = response.headers.get("content-type")
            self._document = parse_document(response.body, kind, namespaces=self.run.namespaces)
        return self._document

    @property
    def held_token(self) -> Token:
        """The token of this scenario; raises ``TokenError`` if it was refused, ``CheckError`` without."""
        if self.token is not None:
            return self.token
        if self.token_answer is not None:
            return self.token_answer.granted()
        raise CheckError(
            "this scenario has no token yet", remedy='ask for one first: Given an access token for client "…"'
        )

    def encoded(self, body: str | bytes) -> bytes:
        """Return a body as it is sent: a text in its own charset, bytes as they are.

        Raises ``ConfigurationError`` where that contradicts the header Content-Type or the body itself.
        """
        named = self.headers.get("content-type")
        if isinstance(body, str):
            return encode(body, named)
        check_declared(body, named)
        return body

    def send(self, caller: IflowCaller, method: str, iflow: str, body: str | bytes) -> None:
        """Call ``iflow`` through ``caller`` with all that the scenario has prepared."""
        encoded = self.encoded(body)
        self._call(
            iflow,
            lambda: caller.call(
                iflow,
                method=method,
                body=encoded,
                headers=self.headers,
                query=self.query,
                client=self.client,
                token=self.token,
            ),
        )

    def send_with(
        self, caller: IflowCaller, authorization: str | Token | None, iflow: str, body: str
    ) -> None:
        """POST to ``iflow`` with exactly this token, this ``Authorization`` value, or none at all."""
        encoded = self.encoded(body)
        self._call(
            iflow,
            lambda: caller.call_with(
                authorization, iflow, body=encoded, headers=self.headers, query=self.query
            ),
        )

    def _call(self, iflow: str, call: Callable[[], Exchange]) -> None:
        """Make a call; one without an answer raises later where a step ahead asks about its message alone.

        So an asynchronous message is judged by its log. That needs an application id: by iFlow and time the
        log of another message would be taken for one that never arrived.
        """
        self._begin_exchange()
        self._foreseen = self.will_ask() and self._can_ask()
        pacing = self.run.pacing
        with pacing.turn(iflow, self.headers, is_judged=self._foreseen) as waited:
            if waited:
                self.run.note("waited before the call", f"{waited:.1f} s: its log is found by the time alone")
            try:
                self.exchange = call()
            except CallError as error:
                if not isinstance(error.unanswered, Exchange):
                    raise
                pacing.observe(error.unanswered)
                self._lost = error
                from pytest_iflow.monitoring.correlation import identifies

                alone = pacing.is_apart(error.unanswered)
                if not (self._foreseen and identifies(error.unanswered, alone=alone)):
                    raise
                self._lost_unseen = True
                self.run.note(NO_ANSWER, f"{error}\nits message is judged by its message log")
            else:
                if self._foreseen:
                    pacing.advise(self.exchange)

    def _can_ask(self) -> bool:
        with contextlib.suppress(ConfigurationError):  # the step that asks says why
            return self.run.monitor is not None
        return False

    def act_as(self, client: str) -> str:
        """Make ``client`` the caller from now on; skips the scenario where it has no credentials here."""
        self.client = self.require_client(client)
        return self.client

    def require_client(self, client: str) -> str:
        """Return ``client`` if it can act; skips the scenario where it has no credentials here."""
        if client in self.run.environment.clients and not self.run.credentials.has(client):
            pytest.skip(f'client "{client}" has no credentials for {self.run.environment}')
        return client

    def require_monitor(self) -> monitor.Monitor:
        """Return what asks the tenant's monitoring API.

        Without a service key of plan api the scenario is skipped, or fails with ``CheckError`` where the
        environment says ``require-monitoring``.
        """
        run, monitor = self.run, self.run.monitor
        if monitor is not None:
            return monitor
        what = "message logs and artifacts cannot be read"
        reason = f"{what}: there is no service key of plan api for {run.environment}"
        if not run.environment.require_monitoring:
            pytest.skip(reason)
        raise CheckError(
            reason,
            where="require-monitoring = true in the tenant file",
            remedy='create a service key of plan api and name it for the client "monitoring"; '
            "pytest --tenants shows which keys are there",
        )


@pytest.fixture
def conversation(request: pytest.FixtureRequest) -> Iterator[Conversation]:
    """The conversation of this scenario with the tenant."""
    run, folder, row = request.config.stash[RUN], request.path.parent, row_of(request.node)
    conversation = Conversation(run, folder, row=row, will_ask=lambda: will_ask(request))
    yield conversation
    conversation.end()
