"""Runtime and API, each asked once for something that no iFlow answers."""

from __future__ import annotations

from http import HTTPStatus

from pytest_iflow.diagnosis.answer import Answer
from pytest_iflow.diagnosis.doctor.outcome import Look, passed, refused
from pytest_iflow.diagnosis.tenant_access import TenantAccess
from pytest_iflow.monitoring.api import JSON, ROOT
from pytest_iflow.monitoring.throttle import MARGIN, MESSAGE_LOGS
from pytest_iflow.oauth.request import basic
from pytest_iflow.transport.exchange import Exchange

_ARTIFACTS = "IntegrationRuntimeArtifacts?$top=1"
_LOGS = "MessageProcessingLogs?$top=1"


def reach_runtime(access: TenantAccess, client: str) -> Look:
    """Call the root of the runtime, which no iFlow answers; raises ``CallError`` without an answer."""
    key = access.credentials.service_key(client)
    exchange = access.connections.runtime(client).send(
        "GET", f"{key.url}/", headers={"Authorization": _authorization(access, client)}, client=client
    )
    if not _is_of_runtime(exchange):
        return refused(access, exchange)
    return passed(f"{key.url} answers in {exchange.seconds * 1000:.0f} ms")


def _is_of_runtime(exchange: Exchange) -> bool:
    """Whether the runtime knew the caller: there is no iFlow, or none for it (the 403 is assumed)."""
    answer = Answer(exchange)
    known = {HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN, HTTPStatus.METHOD_NOT_ALLOWED}
    return answer.status in known and answer.is_page_of_runtime


def _authorization(access: TenantAccess, client: str) -> str:
    key = access.credentials.service_key(client)
    if access.environment.clients[client].runtime_auth == "basic" and key.client_secret is not None:
        return basic(key.client_id, key.client_secret)
    return f"Bearer {access.tokens.token(client).value}"


def reach_api(access: TenantAccess, client: str) -> Look:
    """Ask the API for one artifact; raises ``CallError`` without an answer."""
    exchange = _ask(access, client, _ARTIFACTS)
    if not _is_odata(exchange):
        return refused(access, exchange)
    return passed(f"{access.credentials.service_key(client).url}{ROOT} answers")


def judge_rate(access: TenantAccess, client: str) -> Look:
    """Ask the API for one log: an area with a limit of its own (wire-facts 5.5)."""
    exchange = _ask(access, client, _LOGS)
    if not _is_odata(exchange):
        return refused(access, exchange)
    return passed(f"no limit is reached; a run asks for at most {MESSAGE_LOGS * MARGIN:.0f} logs a second")


def _is_odata(exchange: Exchange) -> bool:
    response = exchange.response
    return response.status == HTTPStatus.OK and "json" in response.headers.get("content-type", "")


def _ask(access: TenantAccess, client: str, resource: str) -> Exchange:
    token = access.tokens.token(client)
    return access.connections.api(client).send(
        "GET",
        f"{access.credentials.service_key(client).url}{ROOT}/{resource}",
        headers={"Accept": JSON, "Authorization": f"Bearer {token.value}"},
        client=client,
    )
