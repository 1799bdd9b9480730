"""A message that the engine runs for the local tenant: the reply, its log and those of what it called."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

from pytest_iflow.emulator.flows.message import FlowFailureError, Message, Reply, Surroundings
from pytest_iflow.emulator.message_logs.message_log import MessageIds, MessageLog, MessageStatus, RunStep
from pytest_iflow.emulator.message_logs.processing_log import ProcessingLog
from pytest_iflow.iflow_engine import message as engine_message
from pytest_iflow.iflow_engine.deployment import DeployedFlow
from pytest_iflow.iflow_engine.engine import Call, Engine
from pytest_iflow.iflow_engine.expressions.ognl import as_text
from pytest_iflow.iflow_engine.run_record import FlowRun, StepRun

_STATUS_HEADER = "CamelHttpResponseCode"
# They belong to the connection or to the answer of the runtime, or are the request's own.
_NOT_ANSWERED = frozenset(
    {
        *("accept", "accept-encoding", "accept-language", "authorization", "connection", "content-length"),
        *("content-type", "cookie", "host", "transfer-encoding", "user-agent", "sapauthenticatedusername"),
        *("sap_messageprocessinglogid", "sap_mplcorrelationid", "sap_pregeneratedmplid"),
    }
)


def run_message(
    deployed: DeployedFlow, engine: Engine, message: Message, call: Call, surroundings: Surroundings
) -> Reply:
    """Run a message, write its log and those of the flows that it called, and reply; raises FlowFailureError.

    What it put into queues and polled data stores is worked off before the answer; on a tenant that happens
    beside it.
    """
    given = engine_message.Message(message.body or None, message.headers)
    # The clock of the landscape may be ahead.
    ahead = round(message.log.now() - time.time())
    run = engine.run(deployed, given, call)
    _write(run, message.log, ahead)
    others = [*engine.take_from_queues(run.correlation_id), *engine.take_from_stores()]
    surroundings.passages.add(call.mpl_id, [run, *others])
    surroundings.prints.add(call.mpl_id, [run, *others])
    message.log.others += [_log_of(one, message.log, ahead) for one in _all([*run.called, *others])]
    if run.error is not None:
        status: MessageStatus = "ESCALATED" if run.status == "ESCALATED" else "FAILED"
        raise FlowFailureError(run.error.message, run.error.class_name, status)
    return _reply(run.message)


def _all(runs: Iterable[FlowRun]) -> Iterable[FlowRun]:
    for one in runs:
        yield one
        yield from _all(one.called)


def _reply(message: engine_message.Message) -> Reply:
    headers = tuple(
        (name, as_text(value))
        for name, value in message.headers.items()
        if value is not None and name.lower() not in _NOT_ANSWERED and not name.lower().startswith("camel")
    )
    status = as_text(message.headers.get(_STATUS_HEADER))
    content_type = as_text(message.headers.get("Content-Type")) or "text/plain"
    return Reply(message.binary(), content_type, int(status) if status.isdigit() else None, headers)


def _write(run: FlowRun, log: ProcessingLog, ahead: float) -> None:
    """Write what a run left into a message log."""
    message = run.message
    for name, value in message.log.custom_headers:
        log.custom_header(name, value)
    for attachment in message.log.attachments:
        log.attach(attachment.name, attachment.content, attachment.content_type)
    for name, body in run.persisted:
        log.store(name, body.encode() if isinstance(body, str) else body or b"")
    log.custom_status = as_text(message.properties.get("SAP_MessageProcessingLogCustomStatus"))[:40] or None
    log.application_message_id = _header(message, "SAP_ApplicationID") or log.application_message_id
    log.application_message_type = _header(message, "SAP_MessageType") or log.application_message_type
    log.sender = _header(message, "SAP_Sender") or log.sender
    log.receiver = _header(message, "SAP_Receiver") or log.receiver
    log.take_steps(
        [_step(one, ahead, traced=log.log_level == "TRACE") for one in run.steps],
        failed=run.error.step if run.error else None,
    )


def _step(step: StepRun, ahead: float, *, traced: bool) -> RunStep:
    payload = step.body.encode() if isinstance(step.body, str) else step.body or b""
    status: MessageStatus = "FAILED" if step.error else "COMPLETED"
    return RunStep(
        step.step,
        _activity(step.kind),
        step.started + ahead,
        step.stopped + ahead,
        status,
        step.error or None,
        payload=payload if traced else None,
        branch=step.branch,
    )


def _header(message: engine_message.Message, name: str) -> str | None:
    return as_text(message.headers.get(name)) or None


def _activity(kind: str) -> str:
    """Return a kind as a message log shows it: "Content Modifier"."""
    return " ".join(word if word != word.lower() else word.capitalize() for word in kind.split(" "))


def _log_of(run: FlowRun, caller: ProcessingLog, ahead: float) -> MessageLog:
    """Return the log of a flow that another one called."""
    moments = [run.started + ahead]
    log = ProcessingLog(run.flow, MessageIds.new(), lambda: moments[-1])
    log.ids = MessageIds(run.mpl_id, run.correlation_id, log.ids.pregenerated)
    log.log_level = caller.log_level
    _write(run, log, ahead)
    moments.append(run.stopped + ahead)
    error = f"{run.error.class_name}: {run.error.message}" if run.error else None
    status: Mapping[str, MessageStatus] = {"COMPLETED": "COMPLETED", "ESCALATED": "ESCALATED"}
    return log.record(status.get(run.status, "FAILED"), error)
