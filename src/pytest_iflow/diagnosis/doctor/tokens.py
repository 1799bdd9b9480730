"""The token of a client: whether there is one, with which roles, and whether runtime and API take it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from pytest_iflow.diagnosis.doctor.probe import (
    Observation,
    State,
    failed,
    from_cause,
    judged,
    passed,
    refused,
    skipped,
)
from pytest_iflow.monitoring.api import JSON, MARGIN, MESSAGE_LOGS, ROOT
from pytest_iflow.oauth.token import basic
from pytest_iflow.run import Run
from pytest_iflow.tenants.service_key import Plan

if TYPE_CHECKING:
    from pytest_iflow.diagnosis.facts import Facts

READ_LOGS = "MonitoringDataRead"
"""Role for logs, endpoints and artifacts (wire-facts 5.4)."""

_OF_ANOTHER_PLAN = {Plan.INTEGRATION_FLOW: "wrong-audience", Plan.API: "runtime-key-on-api"}


def ask_token(run: Run, client: str) -> Observation:
    """Ask for a token, as the tenant file and the kind of the key say; raises what ``TokenSource`` does."""
    left = run.tokens.token(client).seconds_left
    lifetime = "nobody says for how long" if left is None else f"good for {left:.0f} s"
    if run.credentials.service_key(client).kind == "certificate":
        return passed(f"by certificate: {lifetime}")
    by_post = run.environment.clients[client].auth == "post"
    return passed(f"by secret in {'the form' if by_post else 'a header'}: {lifetime}")


def judge_claims(run: Run, client: str, plan: Plan) -> Observation:
    """Judge what the token says of itself against the ``plan`` that is needed.

    Raises ``TokenError`` for a token that cannot be read.
    """
    from pytest_iflow.diagnosis.facts import Facts
    from pytest_iflow.diagnosis.token_claims import plans_of

    facts = _facts(run, client)
    plans = plans_of(facts.audience[0])
    if plans and plan not in plans:
        other = next(iter(plans)).value
        return failed(
            f"the token is for plan {other}, not {plan.value}", from_cause(_OF_ANOTHER_PLAN[plan], facts)
        )
    of_plan = f"for plan {plan.value}" if plans else "for an audience that is not known here"
    return judged(Facts(token=facts.token)) or passed(f"{of_plan}, with {len(facts.scopes)} scopes")


def judge_role(run: Run, client: str) -> Observation:
    """Judge by the scopes of the token whether the runtime lets the client call iFlows.

    Nothing is called: ``iflows.ask_to_call`` does that where the tenant file says that it runs no iFlow.
    """
    from pytest_iflow.diagnosis.facts import Certainty
    from pytest_iflow.diagnosis.token_claims import SEND

    facts = _facts(run, client)
    roles = _roles(facts)
    if SEND in roles or not facts.scopes:
        return passed(f"the token grants {SEND}" if roles else "the token does not tell its roles")
    if not roles:
        return failed("the token grants no role", from_cause("missing-role", facts))
    said = f"the token grants {', '.join(roles)}: only senders that ask for that let it in"
    return Observation(State.WARNED, said, (from_cause("missing-role", facts, Certainty.LIKELY),))


def judge_api_role(run: Run, client: str) -> Observation:
    """Judge by the scopes of the token whether logs, endpoints and artifacts may be read."""
    facts = _facts(run, client)
    roles = _roles(facts)
    if facts.scopes and READ_LOGS not in roles:
        return failed(f"the token does not grant {READ_LOGS}", from_cause("missing-api-role", facts))
    return passed(f"roles: {', '.join(roles) or 'not told'}")


def judge_clock(run: Run) -> Observation:
    """Compare the clock here with that of the tenant, as its answers showed it."""
    from pytest_iflow.diagnosis.facts import Facts
    from pytest_iflow.diagnosis.gathering import clock_difference

    difference = clock_difference(run)
    if difference is None:
        return skipped("no answer told the time")
    said = f"the tenant's clock is {difference:+.0f} s from the clock here"
    return judged(Facts(clock_difference=difference), said) or passed(said)


def _facts(run: Run, client: str) -> Facts:
    from pytest_iflow.diagnosis.facts import Facts

    token = run.tokens.token(client)
    token.claims  # noqa: B018, raises for a token that cannot be read
    return Facts(key=run.credentials.service_key(client), token=token.value)


def _roles(facts: Facts) -> list[str]:
    """Roles among the scopes, without the name of the application (wire-facts 3.2)."""
    return [scope.partition(".")[2] for scope in facts.scopes if not scope.startswith("uaa.")]


def reach_runtime(run: Run, client: str) -> Observation:
    """Call the root of the runtime, which no iFlow answers; raises ``CallError`` without an answer."""
    from pytest_iflow.diagnosis.answer import Answer

    key = run.credentials.service_key(client)
    exchange = run.connections.runtime(client).send(
        "GET", f"{key.url}/", headers={"Authorization": _authorization(run, client)}, client=client
    )
    answer = Answer(exchange)
    # The runtime knew the caller if there is no iFlow, or none for it (the 403 is assumed).
    is_known = answer.status in {HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN, HTTPStatus.METHOD_NOT_ALLOWED}
    if not (is_known and answer.is_page_of_runtime):
        return refused(run, exchange)
    return passed(f"{key.url} answers in {exchange.seconds * 1000:.0f} ms")


def _authorization(run: Run, client: str) -> str:
    key = run.credentials.service_key(client)
    if run.environment.clients[client].runtime_auth == "basic" and key.client_secret is not None:
        return basic(key.client_id, key.client_secret)
    return f"Bearer {run.tokens.token(client).value}"


def reach_api(run: Run, client: str) -> Observation:
    """Ask the API for one artifact; raises ``CallError`` without an answer."""
    said = f"{run.credentials.service_key(client).url}{ROOT} answers"
    return _ask_api(run, client, "IntegrationRuntimeArtifacts?$top=1", said)


def judge_rate(run: Run, client: str) -> Observation:
    """Ask the API for one log: an area with a limit of its own (wire-facts 5.5)."""
    said = f"no limit is reached; a run asks for at most {MESSAGE_LOGS * MARGIN:.0f} logs a second"
    return _ask_api(run, client, "MessageProcessingLogs?$top=1", said)


def _ask_api(run: Run, client: str, resource: str, said: str) -> Observation:

    exchange = run.connections.api(client).send(
        "GET",
        f"{run.credentials.service_key(client).url}{ROOT}/{resource}",
        headers={"Accept": JSON, "Authorization": f"Bearer {run.tokens.token(client).value}"},
        client=client,
    )
    response = exchange.response
    is_odata = response.status == HTTPStatus.OK and "json" in response.headers.get("content-type", "")
    return passed(said) if is_odata else refused(run, exchange)
