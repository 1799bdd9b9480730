"""What a scenario has prepared so far and what it got: the one thing that its steps share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_iflow.checks.document import Document
from pytest_iflow.checks.path import Found
from pytest_iflow.errors import CallError, CheckError, ConfigurationError
from pytest_iflow.gherkin.collector import row_of
from pytest_iflow.gherkin.elsewhere import ELSEWHERE
from pytest_iflow.gherkin.receiver_steps import receivers_of
from pytest_iflow.gherkin.variables import fill_message
from pytest_iflow.oauth.token import Token, TokenAnswer
from pytest_iflow.run import RUN, NoteKind, Run
from pytest_iflow.runtime.caller import DEFAULT_CLIENT, IflowCaller
from pytest_iflow.transport.charset import decode
from pytest_iflow.transport.exchange import Exchange

from .ahead import will_ask
from .made_call import CallPlan, MadeCall, no_call_yet, require_monitor
from .prepared_request import Addition, PreparedRequest

if TYPE_CHECKING:  # not for a run that asks nothing of the Monitor
    from pytest_iflow.monitoring.correlation import MessageSearch
    from pytest_iflow.monitoring.message_log import MessageLog
    from pytest_iflow.monitoring.message_report import MessageReport
    from pytest_iflow.monitoring.monitor import Monitor
    from pytest_iflow.monitoring.verdict import Sighting

__all__ = ["Conversation"]


@dataclass(repr=False)
class Conversation(PreparedRequest):
    """The calls of one scenario: who calls with what, and what came back last.

    ``folder`` is that of the feature, ``row`` holds the values of its row, ``remembered`` what it remembers,
    ``elsewhere`` what is held of each environment that its steps name beside the tested one.
    ``will_ask`` tells whether a step ahead, before the next call, asks about the message of this one.
    """

    run: Run
    folder: Path
    client: str = DEFAULT_CLIENT
    token: Token | None = None
    token_answer: TokenAnswer | None = None
    row: Mapping[str, str] = field(default_factory=dict)
    remembered: dict[str, Found] = field(default_factory=dict)
    elsewhere: Mapping[str, Run] = field(default_factory=dict)
    will_ask: Callable[[], bool] = bool
    _last: MadeCall | None = None
    _judged: MadeCall | None = None
    _named: dict[str, MadeCall] = field(default_factory=dict)

    @classmethod
    def of(cls, run: Run, item: pytest.Item, will_ask: Callable[[], bool]) -> Conversation:
        """Return that of a scenario, before its first step."""
        elsewhere, receivers = item.stash.get(ELSEWHERE, {}), receivers_of(item, run)
        row = row_of(item)
        return cls(
            run, item.path.parent, row=row, elsewhere=elsewhere, will_ask=will_ask, receivers=receivers
        )

    @property
    def last_call(self) -> MadeCall:
        """The last call, or request for a token; raises ``CheckError`` when there was none."""
        if self._last is None:
            raise no_call_yet()
        self._judged = None  # what a step asks now is about this call
        return self._last

    def read_file(self, name: str) -> bytes:
        """Return what is in a file beside the feature or in the folder payloads."""
        return self.run.files.read(self.run.files.find(name, self.folder, "payloads"))

    def read_text(self, name: str, *, filled: bool) -> str:
        """Return the text of such a file; one that is ``filled`` is UTF-8, and its variables have values."""
        body = self.read_file(name)
        if not filled:
            return decode(body, None, name)
        try:
            return fill_message(body.decode("utf-8"), self.variables)
        except ValueError as error:
            raise CheckError(f"{name} cannot be filled in: {error}") from None

    @property
    def variables(self) -> dict[str, Any]:
        """What ``${name}`` may stand for; the row goes before what is remembered, that before the tenant."""
        return (
            self.run.variables | {name: each.value for name, each in self.remembered.items()} | {**self.row}
        )

    @property
    def exchange(self) -> Exchange:
        """The last exchange; raises ``CheckError`` when there was none, ``CallError`` when no answer came."""
        return self.last_call.exchange

    @exchange.setter
    def exchange(self, exchange: Exchange) -> None:
        self._begin_call().answered = exchange

    def _begin_call(self) -> MadeCall:
        """Let a new call be the last one; raises the ``CallError`` of the one before that nobody asked about.

        Steps may still ask about one that has a name.
        """
        if self._last is not None and not self._last.is_named:
            self._last.end()
        self._last, self._judged = MadeCall(self.run), None
        return self._last

    def end(self) -> None:
        """Raise the ``CallError`` of a call without an answer that no step has asked about."""
        if self.receivers is not None:
            self.receivers.end()
        for call in (*self._named.values(), *filter(None, [self._last])):
            call.end()

    def name_last_call(self, name: str) -> None:
        """Give the last call a name, by which steps ask about its message after other calls."""
        self._named[name] = self.last_call
        self.last_call.is_named = True

    @property
    def message(self) -> MessageSearch:
        """The message of the last call, as the tenant knows it; raises as ``message_of``."""
        return self.message_of("")

    def message_of(self, name: str) -> MessageSearch:
        """Return the message of the call with a name, of the last one without; as the tenant knows it.

        Raises ``CheckError`` when no call has this name, or it was none of an iFlow; else as
        ``require_monitor``.
        """
        if name and name not in self._named:
            known = ", ".join(f'"{each}"' for each in self._named)
            raise CheckError(
                f'no call of this scenario is named "{name}" by now',
                remedy=f"the names are: {known}"
                if known
                else f'name it behind its step: And I name the last call "{name}"',
            )
        call = self._named[name] if name else self.last_call
        self._judged = call
        return call.message()

    @property
    def judged_exchange(self) -> Exchange | None:
        """The exchange of the named call that a step asks about; None where it asks about the last one."""
        return self._judged.sent if self._judged else None

    @property
    def patience(self) -> float:
        """Seconds until a message log has to be final, as the tenant file says."""
        return self.run.environment.timeouts.log

    def message_report(self) -> MessageReport | None:
        """All that the tenant knows about the message of a call, for the report of a failure.

        The call is the last one of those that steps asked about or made. None as ``MadeCall.reported``, and
        where no log can be told to be the one. Raises ``MonitoringError``.
        """
        call = self._judged or self._last
        if call is None:
            return None
        message = call.reported()
        self._note_page(message.found.log if message and message.found else None)
        return call.report_of(message)

    def note(self, sighting: Sighting) -> None:
        """Take into the evidence which log was judged, how it was found, and how sure that is."""
        self.run.note("verdict", str(sighting))
        self._note_page(sighting.log)

    def _note_page(self, log: MessageLog | None) -> None:
        if log and log.link.startswith("https://"):  # it becomes a link of the report
            self.run.note("page in the Monitor", log.link, NoteKind.MONITOR_PAGE)

    @property
    def document(self) -> Document:
        """The last response as JSON or XML, parsed once; raises ``CheckError`` when it is neither."""
        return self.last_call.document

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

    def send(
        self,
        caller: IflowCaller,
        method: str,
        iflow: str,
        body: str | bytes,
        file: str = "",
        addition: Addition | None = None,
    ) -> None:
        """Call ``iflow`` through ``caller`` with all that the scenario has prepared, and what its step adds.

        The ending of the name of a ``file`` tells the Content-Type, where the scenario gives none.
        """
        iflow, carried = self.carried(method, iflow, body, file, addition)
        headers, token = carried["headers"], self.token
        call = partial(IflowCaller.call, iflow=iflow, method=method, client=self.client, **carried)
        elsewhere = None if "authorization" in headers else call
        self._make(CallPlan(iflow, headers, partial(call, token=token), elsewhere, file), caller)

    def send_with(
        self, caller: IflowCaller, authorization: str | Token | None, iflow: str, body: str
    ) -> None:
        """POST to ``iflow`` with exactly this token, this ``Authorization`` value, or none at all."""
        iflow, carried = self.carried("POST", iflow, body, "")
        call = partial(IflowCaller.call_with, authorization=authorization, iflow=iflow, **carried)
        self._make(CallPlan(iflow, carried["headers"], call, None if authorization else call), caller)

    def repeat(self, caller: IflowCaller) -> None:
        """Make the last call once more, as it was; raises ``CheckError`` where it was none of an iFlow."""
        if self.last_call.plan is None:
            raise CheckError(
                "the last exchange of this scenario was no call of an iFlow, and is not repeated",
                remedy='call one first: When I send a GET request to the iFlow "…"',
            )
        self._make(self.last_call.plan, caller)

    def _make(self, plan: CallPlan, caller: IflowCaller) -> None:
        """Make a call; one without an answer raises later where a step ahead asks about its message alone.

        So an asynchronous message is judged by its log. That needs an application id: by iFlow and time the
        log of another message would be taken for one that never arrived. A call keeps its distance also from
        those before whose message a step asks about later.
        """
        made = self._begin_call()
        made.plan = plan
        made.is_foreseen = self.will_ask() and self._can_ask()
        pacing = self.run.pacing
        is_judged = made.is_foreseen or any(each.is_open for each in self._named.values())
        with pacing.turn(plan.iflow, plan.headers, is_judged=is_judged) as waited:
            if waited:
                self.run.note("waited before the call", f"{waited:.1f} s: its log is found by the time alone")
            try:
                made.answered = plan.send(caller)
            except CallError as error:
                made.lost = error
                if not isinstance(error.unanswered, Exchange):
                    raise
                pacing.observe(error.unanswered)
                from pytest_iflow.monitoring.correlation import identifies

                alone = pacing.is_apart(error.unanswered)
                if not (made.is_foreseen and identifies(error.unanswered, alone=alone)):
                    raise
                made.is_unseen = True
                self.run.note("no answer", f"{error}\nits message is judged by its message log")
            else:
                if made.is_foreseen:
                    pacing.advise(made.answered)

    def _can_ask(self) -> bool:
        try:
            return self.run.monitor is not None
        except ConfigurationError:  # the step that asks says why
            return False

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
        """Return what asks the tenant's monitoring API; as the function ``require_monitor``."""
        return require_monitor(self.run)


@pytest.fixture
def conversation(request: pytest.FixtureRequest) -> Iterator[Conversation]:
    """The conversation of this scenario with the tenant."""
    conversation = Conversation.of(request.config.stash[RUN], request.node, lambda: will_ask(request))
    yield conversation
    conversation.end()
