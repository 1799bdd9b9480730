"""The token of a client: whether there is one, with which roles, and whether runtime and API take it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from pytest_iflow.diagnosis.doctor.probe import (
    Look,
    State,
    failed,
    from_findings,
    named,
    passed,
    refused,
    skipped,
)
from pytest_iflow.oauth.request import basic
from pytest_iflow.tenants.service_key import Plan
from pytest_iflow.transport.exchange import Exchange

if TYPE_CHECKING:
    from pytest_iflow.diagnosis.facts import Facts
    from pytest_iflow.diagnosis.gathering import TenantAccess

READ_LOGS = "MonitoringDataRead"
"""Role for logs, endpoints and artifacts (wire-facts 5.4)."""

_OF_ANOTHER_PLAN = {Plan.INTEGRATION_FLOW: "wrong-audience", Plan.API: "runtime-key-on-api"}

_ARTIFACTS = "IntegrationRuntimeArtifacts?$top=1"
_LOGS = "MessageProcessingLogs?$top=1"


def ask_token(access: TenantAccess, client: str) -> Look:
    """Ask for a token, as the tenant file and the kind of the key say; raises what ``TokenSource`` does."""
    left = access.tokens.token(client).seconds_left
    lifetime = "nobody says for how long" if left is None else f"good for {left:.0f} s"
    if access.credentials.service_key(client).kind == "certificate":
        return passed(f"by certificate: {lifetime}")
    by_post = access.environment.clients[client].auth == "post"
    return passed(f"by secret in {'the form' if by_post else 'a header'}: {lifetime}")


def judge_claims(access: TenantAccess, client: str, plan: Plan) -> Look:
    """Judge what the token says of itself against the ``plan`` that is needed.

    Raises ``TokenError`` for a token that cannot be read.
    """
    from pytest_iflow.diagnosis.facts import Facts
    from pytest_iflow.diagnosis.findings import diagnose
    from pytest_iflow.diagnosis.token_claims import plans_of

    facts = _facts(access, client)
    plans = plans_of(facts.audience[0])
    if plans and plan not in plans:
        other = next(iter(plans)).value
        return failed(
            f"the token is for plan {other}, not {plan.value}", named(_OF_ANOTHER_PLAN[plan], facts)
        )
    findings = diagnose(Facts(token=facts.token))
    if findings:
        return failed(findings[0].cause.why, *from_findings(findings))
    of_plan = f"for plan {plan.value}" if plans else "for an audience that is not known here"
    return passed(f"{of_plan}, with {len(facts.scopes)} scopes")


def judge_role(access: TenantAccess, client: str) -> Look:
    """Judge by the scopes of the token whether the runtime lets the client call iFlows.

    Nothing is called: ``iflows.ask_to_call`` does that where the tenant file says that it runs no iFlow.
    """
    from pytest_iflow.diagnosis.facts import Certainty
    from pytest_iflow.diagnosis.token_claims import SEND

    facts = _facts(access, client)
    roles = _roles(facts)
    if SEND in roles or not facts.scopes:
        return passed(f"the token grants {SEND}" if roles else "the token does not tell its roles")
    if not roles:
        return failed("the token grants no role", named("missing-role", facts))
    said = f"the token grants {', '.join(roles)}: only senders that ask for that let it in"
    return Look(State.WARNED, said, (named("missing-role", facts, Certainty.LIKELY),))


def judge_api_role(access: TenantAccess, client: str) -> Look:
    """Judge by the scopes of the token whether logs, endpoints and artifacts may be read."""
    facts = _facts(access, client)
    roles = _roles(facts)
    if facts.scopes and READ_LOGS not in roles:
        return failed(f"the token does not grant {READ_LOGS}", named("missing-api-role", facts))
    return passed(f"roles: {', '.join(roles) or 'not told'}")


def judge_clock(access: TenantAccess) -> Look:
    """Compare the clocks, as the answers so far told the time."""
    from pytest_iflow.diagnosis.facts import Facts
    from pytest_iflow.diagnosis.findings import diagnose
    from pytest_iflow.diagnosis.gathering import clock_difference

    difference = clock_difference(access)
    if difference is None:
        return skipped("no answer told the time")
    said = f"the tenant's clock is {difference:+.0f} s from the clock here"
    findings = diagnose(Facts(clock_difference=difference))
    return failed(said, *from_findings(findings)) if findings else passed(said)


def _facts(access: TenantAccess, client: str) -> Facts:
    from pytest_iflow.diagnosis.facts import Facts

    token = access.tokens.token(client)
    token.claims  # noqa: B018, raises for a token that cannot be read
    return Facts(key=access.credentials.service_key(client), token=token.value)


def _roles(facts: Facts) -> list[str]:
    """Roles among the scopes, without the name of the application (wire-facts 3.2)."""
    return [scope.partition(".")[2] for scope in facts.scopes if not scope.startswith("uaa.")]


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
    from pytest_iflow.diagnosis.answer import Answer

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
    from pytest_iflow.monitoring.api import ROOT

    exchange = _ask(access, client, _ARTIFACTS)
    if not _is_odata(exchange):
        return refused(access, exchange)
    return passed(f"{access.credentials.service_key(client).url}{ROOT} answers")


def judge_rate(access: TenantAccess, client: str) -> Look:
    """Ask the API for one log: an area with a limit of its own (wire-facts 5.5)."""
    from pytest_iflow.monitoring.throttle import MARGIN, MESSAGE_LOGS

    exchange = _ask(access, client, _LOGS)
    if not _is_odata(exchange):
        return refused(access, exchange)
    return passed(f"no limit is reached; a run asks for at most {MESSAGE_LOGS * MARGIN:.0f} logs a second")


def _is_odata(exchange: Exchange) -> bool:
    response = exchange.response
    return response.status == HTTPStatus.OK and "json" in response.headers.get("content-type", "")


def _ask(access: TenantAccess, client: str, resource: str) -> Exchange:
    from pytest_iflow.monitoring.api import JSON, ROOT

    token = access.tokens.token(client)
    return access.connections.api(client).send(
        "GET",
        f"{access.credentials.service_key(client).url}{ROOT}/{resource}",
        headers={"Accept": JSON, "Authorization": f"Bearer {token.value}"},
        client=client,
    )
