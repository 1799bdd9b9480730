"""The token of a client: whether there is one, for which plan, with which roles; and the clocks."""

from __future__ import annotations

from pytest_iflow.diagnosis.audiences import plans_of
from pytest_iflow.diagnosis.cause import Certainty
from pytest_iflow.diagnosis.doctor.outcome import (
    Look,
    State,
    failed,
    from_findings,
    named,
    passed,
    refused,
    skipped,
)
from pytest_iflow.diagnosis.facts import Facts
from pytest_iflow.diagnosis.inquiry import clock_difference
from pytest_iflow.diagnosis.permissions import SEND
from pytest_iflow.diagnosis.ranking import diagnose
from pytest_iflow.diagnosis.tenant_access import TenantAccess
from pytest_iflow.tenants.service_key import Plan

READ_LOGS = "MonitoringDataRead"
"""Role for logs, endpoints and artifacts (wire-facts 5.4)."""

_OF_ANOTHER_PLAN = {Plan.INTEGRATION_FLOW: "wrong-audience", Plan.API: "runtime-key-on-api"}


def ask_token(access: TenantAccess, client: str) -> Look:
    """Ask for a token, as the tenant file and the kind of the key say; raises what ``TokenSource`` does."""
    answer = access.tokens.answer(client)
    if answer.token is None:
        return refused(access, answer.exchange)
    by = access.credentials.service_key(client).kind
    if by == "secret":
        by_post = access.environment.clients[client].auth == "post"
        return passed(f"by secret in {'the form' if by_post else 'a header'}: {_lifetime(access, client)}")
    return passed(f"by certificate: {_lifetime(access, client)}")


def _lifetime(access: TenantAccess, client: str) -> str:
    left = access.tokens.token(client).seconds_left
    return "nobody says for how long" if left is None else f"good for {left:.0f} s"


def judge_claims(access: TenantAccess, client: str, plan: Plan) -> Look:
    """Judge what the token says of itself against the ``plan`` that is needed.

    Raises ``TokenError`` for a token that cannot be read.
    """
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
    difference = clock_difference(access)
    if difference is None:
        return skipped("no answer told the time")
    said = f"the tenant's clock is {difference:+.0f} s from the clock here"
    findings = diagnose(Facts(clock_difference=difference))
    return failed(said, *from_findings(findings)) if findings else passed(said)


def _facts(access: TenantAccess, client: str) -> Facts:
    token = access.tokens.token(client)
    token.claims  # noqa: B018, raises for a token that cannot be read
    return Facts(key=access.credentials.service_key(client), token=token.value)


def _roles(facts: Facts) -> list[str]:
    """Roles among the scopes, without the name of the application (wire-facts 3.2)."""
    return [scope.partition(".")[2] for scope in facts.scopes if not scope.startswith("uaa.")]
