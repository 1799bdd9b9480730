"""Calls of flows that an import derives: as steps of a scenario, and tried on the local tenant beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct
from msgspec.structs import replace

from pytest_iflow.drafts.draft import StepDraft
from pytest_iflow.drafts.feature_text import in_quotes, literal
from pytest_iflow.errors import CheckError, IflowError
from pytest_iflow.monitoring.correlation import MessageSearch
from pytest_iflow.monitoring.monitor import Monitor
from pytest_iflow.monitoring.verdict import expect_status
from pytest_iflow.run import Run
from pytest_iflow.runtime.mocked_receivers import MockedReceivers
from pytest_iflow.runtime.request_body import content_type_of
from pytest_iflow.runtime.senders import refusal
from pytest_iflow.runtime.soap import SOAP_11, SOAP_12, idoc_body, in_envelope
from pytest_iflow.transport.exchange import Exchange

_PATIENCE = 30.0
"""Seconds until the log of a message that is tried has its end."""

_ANSWERS = ("", "<root/>", "{}")
"""Bodies with which receivers are tried to answer."""


class FlowCall(Struct, frozen=True):
    """One call of a flow that is to be accepted and completed.

    ``name`` is that of the scenario, ``iflow`` the id of the artifact or an address, ``why`` what the message
    was made of. ``kind`` is plain, soap, idoc or odata; ``payload`` is the path of the message below
    ``payloads``, empty where nothing is sent. ``entity_set`` is that of a query. ``answer`` is the body with
    which receivers answer, None where nothing is set for them.
    """

    name: str
    iflow: str
    artifact: str
    why: str
    kind: str = "plain"
    payload: str = ""
    body: bytes = b""
    action: str = ""
    is_soap_12: bool = False
    headers: tuple[str, ...] = ()
    entity_set: str = ""
    receivers: tuple[str, ...] = ()
    answer: str | None = None


def steps_of(call: FlowCall) -> tuple[StepDraft, ...]:
    """Return the steps of a scenario that makes a call."""
    given = [
        StepDraft("And" if number else "Given", each.phrase, each.doc_string)
        for number, each in enumerate(_before(call))
    ]
    accepted = StepDraft("Then", "the message is accepted")
    return (*given, _sending(call), accepted, StepDraft("And", "the message is completed"))


def _before(call: FlowCall) -> Iterator[StepDraft]:
    if call.answer is not None:
        for receiver in call.receivers:
            if (name := in_quotes(literal(receiver))) is None:
                continue
            if call.answer:
                yield StepDraft("Given", f"the receiver {name} answers:", call.answer)
            else:
                yield StepDraft("Given", f"the receiver {name} answers with status 200")
    if call.action and (action := in_quotes(literal(call.action))) is not None:
        yield StepDraft("Given", f"the SOAP action is {action}")
    for each in call.headers:
        yield StepDraft("Given", "the SOAP header:", literal(each))


def _sending(call: FlowCall) -> StepDraft:
    if call.kind == "odata":
        return StepDraft(
            "When",
            f'I query "{call.entity_set}" of the OData iFlow "{call.iflow}" with:',
            table=(("top", "5"),),
        )
    if call.kind == "soap":
        envelope = "a SOAP 1.2 envelope" if call.is_soap_12 else "a SOAP envelope"
        return StepDraft(
            "When", f'I send the file "{call.payload}" in {envelope} to the iFlow "{call.iflow}"'
        )
    if call.kind == "idoc":
        return StepDraft("When", f'I send the file "{call.payload}" as an IDoc to the iFlow "{call.iflow}"')
    with_file = f' with the file "{call.payload}"' if call.payload else ""
    return StepDraft("When", f'I send a POST request to the iFlow "{call.iflow}"{with_file}')


class Trial:
    """Makes calls on a local tenant, where they reach nobody else."""

    def __init__(self, run: Run, monitor: Monitor) -> None:
        self._run = run
        self._monitor = monitor
        self._caller = run.caller(note=lambda _title, _text: None)

    def tried(self, call: FlowCall) -> tuple[FlowCall, str]:
        """Return a call that is accepted and completed, with answers of receivers where it needs them.

        The text says why there is none: what the tenant says of the first try.
        """
        reason = self._reason(call)
        if reason and call.receivers:
            for answer in _ANSWERS:
                answered = replace(call, answer=answer)
                if not self._reason(answered):
                    return answered, ""
        return call, reason

    def _reason(self, call: FlowCall) -> str:
        """Return why a call is not accepted and completed, empty where it is."""
        try:
            with self._answering(call) as scenario:
                exchange = self._sent(call, scenario)
                refused = refusal(exchange)
                if refused and exchange.mpl_id is None:
                    return _one_line(refused)  # the runtime turned it away, and keeps no log of it
                search = MessageSearch(exchange, call.artifact, self._monitor, self._run.clock)
                try:
                    expect_status(search, "COMPLETED", _PATIENCE)
                except CheckError as error:
                    return _one_line(error.what)
        except IflowError as error:
            return _one_line(error.what)
        return refused or ""

    @contextmanager
    def _answering(self, call: FlowCall) -> Iterator[str]:
        if call.answer is None:
            yield ""
            return
        receivers = MockedReceivers(self._run.local_administration)
        try:
            body = call.answer.encode()
            headers = {"Content-Type": content_type_of(body)} if body else {}
            for receiver in call.receivers:
                receivers.order(receiver, [{"status": 200, "body": body, "headers": headers}])
            yield receivers.scenario
        finally:
            receivers.end()

    def _sent(self, call: FlowCall, scenario: str) -> Exchange:
        client = self._run.first_client
        if call.kind == "odata":
            suffix = f"/{call.entity_set}?$top=5&$format=json"
            return self._caller.call(
                call.iflow, method="GET", suffix=suffix, client=client, scenario=scenario
            )
        body, headers = call.body, {}
        if call.kind in ("soap", "idoc"):
            version = SOAP_12 if call.is_soap_12 else SOAP_11
            text = body.decode()
            content = idoc_body(text) if call.kind == "idoc" else text
            body = in_envelope(content, version, call.headers).encode()
            headers = version.headers(call.action)
        elif body:
            headers = {"Content-Type": content_type_of(body, call.payload)}
        return self._caller.call(call.iflow, body=body, headers=headers, client=client, scenario=scenario)


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300]
