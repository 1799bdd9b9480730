"""What a scenario has prepared so far and what it got: the one thing that its steps share."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_iflow.checks.document import Document, parse_document
from pytest_iflow.diagnosis.answer import Answer
from pytest_iflow.errors import CheckError, ConfigurationError
from pytest_iflow.fixtures import RUN
from pytest_iflow.monitoring.correlation import MessageSearch
from pytest_iflow.monitoring.inside import inside
from pytest_iflow.monitoring.monitor import Monitor
from pytest_iflow.monitoring.verdict import Sighting, wait
from pytest_iflow.oauth.request import TokenAnswer
from pytest_iflow.oauth.token import Token
from pytest_iflow.run import MONITOR_PAGE, Run
from pytest_iflow.runtime.caller import DEFAULT_CLIENT, IflowCaller
from pytest_iflow.transport.charset import check_declared, encode
from pytest_iflow.transport.exchange import Exchange

if TYPE_CHECKING:  # not for a run that asks nothing of the Monitor
    from pytest_iflow.monitoring.message_log import MessageLog

REPORT_WITHIN = 2.0
"""Seconds that a failure waits for a log that the answer named and no step asked for."""


@dataclass(repr=False)
class Conversation:
    """The calls of one scenario: who calls with what, and what came back last.

    ``folder`` is where the feature file lies.
    """

    run: Run
    folder: Path
    client: str = DEFAULT_CLIENT
    token: Token | None = None
    token_answer: TokenAnswer | None = None
    headers: dict[str, str] = field(default_factory=dict)
    query: list[tuple[str, str]] = field(default_factory=list)
    _exchange: Exchange | None = None
    _document: Document | None = None
    _message: MessageSearch | None = None

    @property
    def exchange(self) -> Exchange:
        """The last exchange; raises ``CheckError`` when there was none."""
        if self._exchange is None:
            raise CheckError(
                "no call was made yet in this scenario",
                remedy='make one first: When I send a POST request to the iFlow "…"',
            )
        return self._exchange

    @exchange.setter
    def exchange(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._document = None
        self._message = None

    @property
    def message(self) -> MessageSearch:
        """The message of the last call, as the tenant knows it.

        Raises ``CheckError`` when the last exchange was no call of an iFlow; else as ``require_monitor``.
        """
        if self._message is None:
            exchange, monitor = self.exchange, self.require_monitor()
            if exchange.iflow is None:
                raise CheckError(
                    "the last exchange of this scenario was no call of an iFlow, so it has no message log",
                    remedy='call one first: When I send a POST request to the iFlow "…"',
                )
            artifact = self.run.discovery.called_artifact(exchange, monitor)
            self._message = MessageSearch(exchange, artifact, monitor, self.run.clock)
        return self._message

    @property
    def patience(self) -> float:
        """Seconds until a message log has to be final, as the tenant file says."""
        return self.run.environment.timeouts.log

    def message_report(self) -> str | None:
        """All that the tenant knows about the message of the last call, for the report of a failure.

        None without a call of an iFlow, without a service key of plan api, where the runtime turned the call
        away, and where no log can be told to be the one. Raises ``MonitoringError`` when the tenant does not
        say.
        """
        if self._exchange is None or self._exchange.iflow is None or self.run.monitor is None:
            return None
        if Answer(self._exchange).is_by_runtime:
            return None
        message = self.message
        with contextlib.suppress(CheckError):  # ambiguous, or unknown: then there is none to tell about
            if message.found is None:
                within = REPORT_WITHIN if self._exchange.mpl_id else 0.0
                wait(message, lambda _log, _deadline: True, within)
        self._note_page(message.found.log if message.found else None)
        return inside(message.found, message.monitor) if message.found else None

    def note(self, sighting: Sighting) -> None:
        """Take into the evidence which log was judged, how it was found, and how sure that is."""
        self.run.note("verdict", str(sighting))
        self._note_page(sighting.log)

    def _note_page(self, log: MessageLog | None) -> None:
        if log and log.link.startswith("https://"):  # it becomes a link of the report
            self.run.note(MONITOR_PAGE, log.link)

    @property
    def document(self) -> Document:
        """The last response as JSON or XML, parsed once; raises ``CheckError`` when it is neither."""
        if self._document is None:
            response = self.exchange.response
            self._document = parse_document(response.body, response.headers.get("content-type"))
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
        named = next((value for name, value in self.headers.items() if name.lower() == "content-type"), None)
        if isinstance(body, str):
            return encode(body, named)
        check_declared(body, named)
        return body

    def send(self, caller: IflowCaller, method: str, iflow: str, body: str | bytes) -> None:
        """Call ``iflow`` through ``caller`` with all that the scenario has prepared."""
        self.exchange = caller.call(
            iflow,
            method=method,
            body=self.encoded(body),
            headers=self.headers,
            query=self.query,
            client=self.client,
            token=self.token,
        )

    def send_with(
        self, caller: IflowCaller, authorization: str | Token | None, iflow: str, body: str
    ) -> None:
        """POST to ``iflow`` with exactly this token, this ``Authorization`` value, or none at all."""
        self.exchange = caller.call_with(
            authorization, iflow, body=self.encoded(body), headers=self.headers, query=self.query
        )

    def act_as(self, client: str) -> str:
        """Make ``client`` the caller from now on; skips the scenario where it has no credentials here."""
        self.client = self.require_client(client)
        return client

    def require_client(self, client: str) -> str:
        """Return ``client`` if it can act; skips the scenario where it has no credentials here."""
        environment = self.run.environment
        if client in environment.clients and not self.run.credentials.has(client):
            pytest.skip(f'client "{client}" has no credentials for {environment}')
        return client

    def require_monitor(self) -> Monitor:
        """Return what asks the tenant's monitoring API.

        Without a service key of plan api the scenario is skipped, or fails with ``CheckError`` where the
        environment says ``require-monitoring``.
        """
        run = self.run
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

    def find_file(self, name: str, kind: str) -> Path:
        """Return a file that a feature names, from beside the feature or from the folder of its ``kind``.

        Raises ``ConfigurationError`` with the places where it is not.
        """
        relative = name.replace("\\", "/")
        places = [self.folder / relative, self.run.root / kind / relative, self.run.root / relative]
        for place in places:
            if place.is_file():
                return place
        raise ConfigurationError(
            f'the file "{name}" is not there',
            where=", ".join(str(place) for place in places),
            remedy=f"put it into the folder {kind}, or correct the name in the feature",
        )


@pytest.fixture
def conversation(request: pytest.FixtureRequest) -> Conversation:
    """The conversation of this scenario with the tenant."""
    return Conversation(request.config.stash[RUN], request.path.parent)
