"""The facts of a call or of a failure, from what a run knows."""

from __future__ import annotations

import contextlib

from pytest_iflow.diagnosis.answer import Answer
from pytest_iflow.diagnosis.facts import Facts
from pytest_iflow.diagnosis.inquiry import TenantSays, ask_tenant, clock_difference
from pytest_iflow.diagnosis.tenant_access import TenantAccess
from pytest_iflow.errors import CallError, ConfigurationError, IflowError
from pytest_iflow.tenants.credentials import Credentials
from pytest_iflow.tenants.model import Environment
from pytest_iflow.tenants.service_key import ServiceKey
from pytest_iflow.transport.exchange import Exchange


def facts_of(
    access: TenantAccess, *, exchange: Exchange | None = None, error: IflowError | None = None
) -> Facts:
    """Return the facts of a refused ``exchange``, or of an ``error`` raised instead of an answer.

    The tenant is asked about an iFlow that was not found and a message that failed (see ``inquiry``).
    """
    client = exchange.client if exchange else error.client if error else None
    keys = _keys(access.environment, access.credentials)
    key = keys.get(client or "")
    said = ask_tenant(access, exchange) if exchange else TenantSays()
    return Facts(
        exchange=exchange,
        error=error,
        key=key,
        clock_difference=clock_difference(access),
        endpoints=said.endpoints,
        artifact_status=said.artifact_status,
        log_error=said.log_error,
        same_client=tuple(
            name
            for name, other in keys.items()
            if key is not None and name != client and other.client_id == key.client_id
        ),
    )


def facts_of_failure(error: BaseException, last: Exchange | None, access: TenantAccess) -> Facts | None:
    """Return the facts of a step that failed: of a refused or missing answer, or of a message that failed.

    None where it failed for none of them.

    ``last`` is the last exchange of the scenario: what was judged, unless the error brings its own.
    """
    origin = _origin(error)
    exchange = origin.exchange if origin and isinstance(origin.exchange, Exchange) else None
    if exchange is not None:
        return facts_of(access, exchange=exchange)
    if isinstance(origin, CallError | ConfigurationError):
        return facts_of(access, error=origin)
    if last is not None and Answer(last).is_refusal:
        return facts_of(access, exchange=last)
    if origin is None or origin.log_error is None:
        return None
    return Facts(log_error=origin.log_error)


def _origin(error: BaseException) -> IflowError | None:
    """The error of this package that says most: the first cause of the one that was raised."""
    while isinstance(error.__cause__, IflowError):
        error = error.__cause__
    return error if isinstance(error, IflowError) else None


def _keys(environment: Environment, credentials: Credentials) -> dict[str, ServiceKey]:
    """The service keys of an environment that can be read, by client."""
    found = {}
    for name in environment.clients:
        with contextlib.suppress(IflowError):
            found[name] = credentials.service_key(name)
    return found
