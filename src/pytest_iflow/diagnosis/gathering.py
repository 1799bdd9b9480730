"""The facts of a call or of a failure: from what a run knows, and from what the tenant itself says."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from pytest_iflow.diagnosis.answer import Answer
from pytest_iflow.diagnosis.facts import NOT_DEPLOYED, Facts
from pytest_iflow.diagnosis.findings import diagnose, explain
from pytest_iflow.errors import CallError, ConfigurationError, IflowError, note_cause
from pytest_iflow.monitoring.artifacts import find
from pytest_iflow.monitoring.discovery import called_artifact
from pytest_iflow.monitoring.timing import UNMEASURED
from pytest_iflow.run import Run
from pytest_iflow.tenants.service_key import ServiceKey
from pytest_iflow.transport.exchange import Exchange

if TYPE_CHECKING:
    from pytest_iflow.monitoring.artifacts import ServiceEndpoint
    from pytest_iflow.monitoring.monitor import Monitor


def ask_tenant(run: Run, exchange: Exchange) -> Facts:
    """Return what the tenant says of the iFlow that was not found, or of the message that failed.

    Nothing is raised: what cannot be asked stays unknown. A 404 costs the list of endpoints, once for each
    run, and the list of what is deployed; a failed message costs its error text.
    """
    answer = Answer(exchange)
    is_missing = answer.reached_no_flow
    has_failed = answer.status == HTTPStatus.INTERNAL_SERVER_ERROR and exchange.mpl_id is not None
    if answer.plane != "runtime" or answer.is_by_flow or not (is_missing or has_failed):
        return Facts()
    endpoints = None
    with contextlib.suppress(IflowError):
        if monitor := run.monitor:
            # First, for its failure is remembered: an API that is down holds up the run once in a while only.
            listed = run.discovery.endpoints(monitor)
            if has_failed:
                return Facts(log_error=_log_error(monitor, exchange))
            endpoints = tuple(url for endpoint in listed for url in endpoint.urls)
            return Facts(endpoints=endpoints, artifact_status=_status(run, monitor, exchange, listed))
    return Facts(endpoints=endpoints)


def clock_difference(run: Run) -> float | None:
    """Return the tenant's clock less ours in seconds; None while no answer has told the time."""
    return run.clock.seconds if run.clock.uncertainty < UNMEASURED else None


def _status(
    run: Run, monitor: Monitor, exchange: Exchange, listed: tuple[ServiceEndpoint, ...]
) -> str | None:
    artifact = called_artifact(exchange, run.environment, lambda: listed)
    if artifact is None:
        return None
    deployed = find(artifact, monitor.runtime_artifacts())
    return deployed.status if deployed else NOT_DEPLOYED


def _log_error(monitor: Monitor, exchange: Exchange) -> str | None:
    error = monitor.error_information(exchange.mpl_id or "")
    return error.text if error else None


def facts_of(run: Run, *, exchange: Exchange | None = None, error: IflowError | None = None) -> Facts:
    """Return the facts of a refused ``exchange``, or of an ``error`` raised instead of an answer.

    The tenant is asked about an iFlow that was not found and a message that failed (``ask_tenant``).
    """
    client = exchange.client if exchange else error.client if error else None
    keys = _keys(run)
    key = keys.get(client or "")
    return replace(
        ask_tenant(run, exchange) if exchange else Facts(),
        exchange=exchange,
        error=error,
        key=key,
        clock_difference=clock_difference(run),
        same_client=tuple(
            name
            for name, other in keys.items()
            if key is not None and name != client and other.client_id == key.client_id
        ),
    )


def facts_of_failure(run: Run, error: BaseException, last: Exchange | None) -> Facts | None:
    """Return the facts of a step that failed: of a refused or missing answer, or of a message that failed.

    None where the step failed for another reason. ``last`` is the last exchange of the scenario: what was
    judged, unless the error brings its own.
    """
    origin, asked = _origin(error), _run_of(error) or run
    exchange = origin.exchange if origin and isinstance(origin.exchange, Exchange) else None
    if exchange is not None:
        return facts_of(asked, exchange=exchange)
    if isinstance(origin, CallError | ConfigurationError):
        return facts_of(asked, error=origin)
    if last is not None and Answer(last).is_refusal:
        return facts_of(run, exchange=last)
    if origin is None or origin.log_error is None:
        return None
    return Facts(log_error=origin.log_error)


def _run_of(error: BaseException | None) -> Run | None:
    """Return what is held of the environment that an error is about, where it is not the tested one."""
    while isinstance(error, IflowError):
        if isinstance(error.run, Run):
            return error.run
        error = error.__cause__
    return None


def _origin(error: BaseException) -> IflowError | None:
    """Return the error of this package that says most: the first one in the chain of causes."""
    while isinstance(error.__cause__, IflowError):
        error = error.__cause__
    return error if isinstance(error, IflowError) else None


def _keys(run: Run) -> dict[str, ServiceKey]:
    """Return the service keys of the environment that can be read, by client."""
    found = {}
    for name in run.environment.clients:
        with contextlib.suppress(IflowError):
            found[name] = run.credentials.service_key(name)
    return found


def note_refusal(run: Run, error: BaseException, last: Exchange | None) -> None:
    """Set the likeliest cause of ``error`` (``errors.cause_of``), where the diagnosis recognises one.

    Where a call was refused or got no answer, the diagnosis is also added as a note: notes are shown wherever
    an error is. ``last`` is the last exchange of the scenario.
    """
    if not isinstance(error, IflowError | AssertionError):
        return
    facts = facts_of_failure(run, error, last)
    if facts is None:
        return
    findings = diagnose(facts)
    if findings:
        note_cause(error, findings[0].cause.id)
    if facts.exchange is None and facts.error is None:
        return  # a message that failed: the error has the text of its log
    block = explain(facts, findings)
    if block and block not in getattr(error, "__notes__", ()):  # a failed token request is raised again
        error.add_note(block)
