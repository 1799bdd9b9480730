"""One call of an iFlow as ``pytest-iflow invoke`` makes it: by the same code as the steps."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import typer

from pytest_iflow.diagnosis.answer import Answer
from pytest_iflow.diagnosis.doctor.probe import from_findings
from pytest_iflow.diagnosis.facts import Facts
from pytest_iflow.diagnosis.findings import diagnose, explain
from pytest_iflow.diagnosis.gathering import facts_of, facts_of_failure
from pytest_iflow.errors import CheckError, ConfigurationError, IflowError
from pytest_iflow.monitoring.correlation import Correlation, MessageSearch
from pytest_iflow.monitoring.message_report import message_report
from pytest_iflow.monitoring.monitor import Monitor
from pytest_iflow.monitoring.verdict import LIMIT, expect_status
from pytest_iflow.reporting.console_text import console_text
from pytest_iflow.reporting.exchange_text import exchange_text, shown_value
from pytest_iflow.results.json_format import to_plain
from pytest_iflow.run import Run
from pytest_iflow.runtime.caller import Query
from pytest_iflow.secrets.registry import mask_bytes, register_secret
from pytest_iflow.transport.charset import decode
from pytest_iflow.transport.exchange import Exchange

Show = Callable[[str, str], None]
"""Gets each part of the result as soon as it is there, by title and text."""

_NO_LOGS = "message logs are not read: there is no service key of plan api"
_NOT_PROCESSED = "there is no message log: the call was turned away before the iFlow"


@dataclass(frozen=True, slots=True)
class Order:
    """What to send. Without ``client`` it is the first one; without ``wait`` the environment decides."""

    iflow: str
    method: str
    body: bytes
    headers: Mapping[str, str]
    query: Query
    client: str | None
    without_token: bool
    wait: float | None


@dataclass(slots=True)
class Invocation:
    """The outcome of a call.

    ``exchanges`` are the call and what had to be sent before or again; ``error`` is why there is no answer.
    ``completed`` is None where no message log was read, ``facts`` where nothing was refused.
    """

    environment: str
    exchanges: list[Exchange] = field(default_factory=list)
    error: IflowError | None = None
    correlation: Correlation | None = None
    verdict: str = ""
    completed: bool | None = None
    facts: Facts | None = None

    @property
    def is_good(self) -> bool:
        """Whether it was answered below 400 and, where the log was read, is COMPLETED."""
        answered = self.error is None and self.exchanges[-1].response.status < HTTPStatus.BAD_REQUEST
        return answered and self.completed is not False


def invocation(run: Run, order: Order, show: Show) -> Invocation:
    """Call the iFlow and look at its message log; raises ``ConfigurationError`` and nothing else."""
    result = Invocation(str(run.environment))
    monitor = run.monitor  # a key that cannot be used is told before anything is sent
    try:
        exchange = _call(run, order, result, show)
    except ConfigurationError:
        raise
    except IflowError as error:
        result.error = error
        if isinstance(error.exchange, Exchange) and error.exchange not in result.exchanges:
            result.exchanges.append(error.exchange)
            show("exchange", exchange_text(error.exchange))
        show("error", str(error))
        result.facts = facts_of_failure(run, error, None)
    else:
        _judge(run, order, exchange, monitor, result, show)
        result.facts = facts_of(run, exchange=exchange) if Answer(exchange).is_refusal else None
    if result.facts is not None and (block := explain(result.facts)):
        show("diagnosis", block)
    return result


def _call(run: Run, order: Order, result: Invocation, show: Show) -> Exchange:
    def observe(exchange: Exchange) -> None:
        if exchange.iflow is not None:  # neither a token request nor a question to the Monitor
            result.exchanges.append(exchange)
            show("exchange", exchange_text(exchange))

    _register_credentials(order.headers)
    run.observers.append(observe)
    caller = run.caller(note=show)
    request: dict[str, Any] = {
        "method": order.method,
        "body": order.body,
        "headers": order.headers,
        "query": order.query,
    }
    if order.without_token:
        return caller.call_with(None, order.iflow, **request)
    return caller.call(order.iflow, **request, client=order.client or run.first_client)


def _register_credentials(headers: Mapping[str, str]) -> None:
    """Register the credentials among the headers: an iFlow may repeat them in its answer."""
    for name, value in headers.items():
        if shown_value(name, value) != value:
            register_secret(value)
            register_secret(value.rpartition(" ")[2])
            for cookie in value.split(";"):
                register_secret(cookie.partition("=")[2])


def _judge(
    run: Run, order: Order, exchange: Exchange, monitor: Monitor | None, result: Invocation, show: Show
) -> None:
    if monitor is None or not _may_have_log(exchange):
        result.verdict = _NO_LOGS if monitor is None else _NOT_PROCESSED
        show("verdict", result.verdict)
        return
    within, limit = (run.environment.timeouts.log, LIMIT) if order.wait is None else (order.wait, "--wait")
    try:
        artifact = run.discovery.called_artifact(exchange, monitor)
        search = MessageSearch(exchange, artifact, monitor, run.clock)
        try:
            result.verdict = str(expect_status(search, "COMPLETED", within, limit))
            result.completed = True
        finally:
            result.correlation = search.found
    except IflowError as error:
        result.verdict, result.completed = str(error), False
    if result.correlation is not None:
        show("message log", message_report(result.correlation, monitor).text)
    show("verdict", result.verdict)


def _may_have_log(exchange: Exchange) -> bool:
    """Whether an iFlow may have taken the message: the runtime's own refusals leave no log."""
    status = exchange.response.status
    return (
        exchange.mpl_id is not None
        or status < HTTPStatus.BAD_REQUEST
        or status == HTTPStatus.INTERNAL_SERVER_ERROR
    )


def printed(title: str, text: str) -> None:
    """Print a part of the result below its title."""
    typer.echo(console_text(f"--- {title}\n{text}\n"))


def as_document(result: Invocation) -> dict[str, Any]:
    """Return the outcome for JSON. Texts are not masked yet; header values and binary bodies are."""
    return {
        "environment": result.environment,
        "good": result.is_good,
        "exchanges": [_exchange(each) for each in result.exchanges],
        "error": str(result.error) if result.error else None,
        "message_log": _log(result.correlation) if result.correlation else None,
        "completed": result.completed,
        "verdict": result.verdict or None,
        "diagnosis": to_plain(from_findings(diagnose(result.facts))) if result.facts else [],
    }


def _exchange(exchange: Exchange) -> dict[str, Any]:
    request, response = exchange.request, exchange.response
    return {
        "started": exchange.started.isoformat(),
        "seconds": round(exchange.seconds, 3),
        "client": exchange.client,
        "request": {
            "method": request.method,
            "url": request.url,
            "headers": _headers(request.headers),
            **_body(request.body, request.headers),
        },
        "response": {
            "status": response.status,
            "reason": response.reason,
            "headers": _headers(response.headers),
            **_body(response.body, response.headers),
        },
    }


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: shown_value(name, value) for name, value in headers.items()}


def _body(body: bytes, headers: Mapping[str, str]) -> dict[str, str]:
    """Return a text as it is, anything else masked and in Base64, into which no mask can look later."""
    try:
        return {"body": decode(body, headers.get("Content-Type"))}
    except CheckError:
        return {"body_base64": base64.b64encode(mask_bytes(body)).decode("ascii")}


def _log(correlation: Correlation) -> dict[str, Any]:
    log = correlation.log
    return {
        "id": log.message_id,
        "correlation_id": log.correlation_id,
        "iflow": log.iflow,
        "status": log.status,
        "start": log.start.isoformat(),
        "end": log.end.isoformat() if log.end else None,
        "link": log.link or None,
        "found": correlation.how,
        "confidence": correlation.confidence,
    }
