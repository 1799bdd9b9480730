"""What the tenant itself says of a refused call, where there is a service key of plan api to ask with.

A 404 costs the list of endpoints, once for each run, and what is deployed; a failed message its error text.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from pytest_iflow.diagnosis.answer import Answer
from pytest_iflow.diagnosis.facts import NOT_DEPLOYED
from pytest_iflow.diagnosis.tenant_access import TenantAccess
from pytest_iflow.errors import IflowError
from pytest_iflow.monitoring.called_iflow import called_artifact
from pytest_iflow.monitoring.clock import UNMEASURED
from pytest_iflow.monitoring.deployed import find
from pytest_iflow.transport.exchange import Exchange

if TYPE_CHECKING:  # a run that asks nothing need not load what reads answers
    from pytest_iflow.monitoring.artifacts import ServiceEndpoint
    from pytest_iflow.monitoring.monitor import Monitor


@dataclass(frozen=True, slots=True)
class TenantSays:
    """What could be learned; the fields are those of ``Facts``, None for what the tenant did not say."""

    endpoints: tuple[str, ...] | None = None
    artifact_status: str | None = None
    log_error: str | None = None


def ask_tenant(access: TenantAccess, exchange: Exchange) -> TenantSays:
    """Ask about the iFlow that was not found, or about the message that failed.

    Nothing is raised: a diagnosis that cannot ask goes by what it has.
    """
    answer = Answer(exchange)
    is_missing = answer.reached_no_flow
    has_failed = answer.status == HTTPStatus.INTERNAL_SERVER_ERROR and exchange.mpl_id is not None
    if answer.plane != "runtime" or answer.is_by_flow or not (is_missing or has_failed):
        return TenantSays()
    endpoints = None
    with contextlib.suppress(IflowError):
        if monitor := access.monitor:
            # First, for its failure is remembered: an API that is down holds up the run once in a while only.
            listed = access.discovery.endpoints(monitor)
            if has_failed:
                return TenantSays(log_error=_log_error(monitor, exchange))
            endpoints = tuple(url for endpoint in listed for url in endpoint.urls)
            return TenantSays(endpoints, _status(access, monitor, exchange, listed))
    return TenantSays(endpoints)


def clock_difference(access: TenantAccess) -> float | None:
    """Return the tenant's clock less ours in seconds; None while no answer has told the time."""
    return access.clock.seconds if access.clock.uncertainty < UNMEASURED else None


def _status(
    access: TenantAccess, monitor: Monitor, exchange: Exchange, listed: tuple[ServiceEndpoint, ...]
) -> str | None:
    artifact = called_artifact(exchange, access.environment, lambda: listed)
    if artifact is None:
        return None
    deployed = find(artifact, monitor.runtime_artifacts())
    return deployed.status if deployed else NOT_DEPLOYED


def _log_error(monitor: Monitor, exchange: Exchange) -> str | None:
    error = monitor.error_information(exchange.mpl_id or "")
    return error.text if error else None
