"""Causes of a 401 that lie in whom a token is for, and who issued it (wire-facts 3.2, 3.4)."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlsplit

from pytest_iflow.diagnosis.access_tokens import DAMAGED, OUT_OF_TIME, refusal, refused_token
from pytest_iflow.diagnosis.answer import Answer
from pytest_iflow.diagnosis.cause import Cause, Certainty, answered
from pytest_iflow.diagnosis.facts import Facts
from pytest_iflow.tenants.service_key import Plan

_RUNTIME, _API = "it-rt-", "it!b"


def _names(values: tuple[str, ...], prefix: str) -> set[str]:
    """The applications of one kind among audiences or trusted clients, as in ``it-rt-acme!b1``."""
    own = (value.rpartition("|")[2].removeprefix("sb-").partition(".")[0] for value in values)
    return {name for name in own if name.startswith(prefix)}


def plans_of(audience: tuple[str, ...]) -> set[Plan]:
    """Return the plans that an audience of a token is for; empty if it is of neither (wire-facts 3.2)."""
    prefixes = {Plan.INTEGRATION_FLOW: _RUNTIME, Plan.API: _API}
    return {plan for plan, prefix in prefixes.items() if _names(audience, prefix)}


def _wrong_audience(facts: Facts) -> Certainty | None:
    answer = refusal(facts)
    if answer is None or answer.plane == "api":
        return None
    got, wanted = facts.audience
    if _names(got, _RUNTIME):
        return None
    if facts.tells_audience:
        sure = Certainty.CERTAIN if _names(got, _API) else Certainty.LIKELY
        return None if _names(wanted, _API) else sure
    return Certainty.LIKELY if _names(got, _API) else None


def _runtime_key_on_api(facts: Facts) -> Certainty | None:
    got, wanted = facts.audience
    answer = facts.answer
    if answer is None or answer.plane != "api" or not answer.is_refusal:
        return None
    if facts.tells_audience and _names(got, _RUNTIME) and _names(wanted, _API):
        return Certainty.CERTAIN
    of_runtime = facts.key is not None and facts.key.plan is Plan.INTEGRATION_FLOW
    if of_runtime and answer.status == HTTPStatus.NOT_FOUND and answer.is_page_of_runtime:
        return Certainty.CERTAIN
    refused = answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN} and not answer.is_html
    return Certainty.LIKELY if of_runtime and refused else None


def _other_subaccount(facts: Facts) -> Certainty | None:
    answer = refused_token(facts)
    if answer is None:
        return None
    got, wanted = (_names(values, _RUNTIME) for values in facts.audience)
    if facts.tells_audience:
        return Certainty.CERTAIN if got and wanted and got.isdisjoint(wanted) else None
    hosts = _issuers(facts)
    if not all(hosts) or hosts[0] == hosts[1]:
        return None
    return Certainty.CERTAIN if _doubts_signature(answer) else Certainty.LIKELY


def _issuers(facts: Facts) -> tuple[str, str]:
    """Host of the token service that issued the token, and of the one in the service key."""
    urls = str(facts.claims.get("iss", "")), facts.key.token_url if facts.key else ""
    issued, expected = (
        urlsplit(url.lower()).netloc.removesuffix(":443").replace(".cert.", ".", 1) for url in urls
    )
    return issued, expected


def _doubts_signature(answer: Answer) -> bool:
    return "signature" in answer.words.lower()


def _invalid(facts: Facts) -> Certainty | None:
    answer = refusal(facts)
    if answer is None or answer.authorization[0] not in {"", "bearer"} or not _doubts_signature(answer):
        return None
    return Certainty.CERTAIN if facts.bearer else Certainty.LIKELY


def audiences(facts: Facts) -> tuple[str, ...]:
    """Show the audience of the token, the one that is wanted, and who issued it for whom."""
    got, wanted = facts.audience
    issued, expected = _issuers(facts)
    return (
        *answered(facts),
        *((f"audience of the token: {', '.join(got)}",) if got else ()),
        *((f"audience wanted: {', '.join(wanted)}",) if wanted else ()),
        *((f"issued by {issued}, the service key names {expected}",) if issued and expected else ()),
    )


CAUSES = (
    Cause(
        "wrong-audience",
        'call: 401, "Jwt token with audience [… it!b…] is not issued for these clientIds: [sb-it-rt-…]"',
        "The token is for the API of the tenant, or another service, and not for its runtime: as a rule it "
        "comes from a key of plan api.",
        "Use a key of plan integration-flow.",
        "wire-facts 6.9",
        _wrong_audience,
        audiences,
    ),
    Cause(
        "runtime-key-on-api",
        "call of /api/v1: 401 about the audience, or 404 from the runtime",
        "The key is of plan integration-flow, which is for calls of iFlows; the API takes plan api only.",
        'Create a service instance of plan api, and use a key of it for the client "monitoring".',
        "wire-facts 2.2, 3.4",
        _runtime_key_on_api,
        audiences,
    ),
    Cause(
        "token-of-another-subaccount",
        "call: 401, the token is of another tenant",
        "The token was issued by the token service of another subaccount or region.",
        "Take tokenurl and url from the same service key, that of the tenant that you call.",
        "wire-facts 3.2, 3.4",
        _other_subaccount,
        audiences,
    ),
    Cause(
        "invalid-token",
        'call: 401 with an empty body, "invalid_token"',
        "The tenant cannot verify the signature of the token: it was changed on its way or is of other keys.",
        "Have a new token requested from tokenurl of the service key.",
        "wire-facts 6.8",
        _invalid,
        audiences,
        yields_to=(*DAMAGED, *OUT_OF_TIME, "token-of-another-subaccount"),
    ),
)
"""The rows of this subject."""
