"""Causes that lie in what a token says: whom it is for, who issued it, and what it may.

Sources: wire-facts 3.2 and 3.4 for audience and issuer, 4.4, 4.5 and 5.4 for roles.
"""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlsplit

from pytest_iflow.diagnosis.access_tokens import refusal, refusal_without_basic, refused_token
from pytest_iflow.diagnosis.answer import Answer
from pytest_iflow.diagnosis.facts import (
    Certainty,
    Facts,
    Recogniser,
    Verdict,
    answered,
    any_answer,
    labelled,
    needs,
)
from pytest_iflow.lazy_pattern import lazy_pattern
from pytest_iflow.tenants.service_key import Plan

_RUNTIME, _API = "it-rt-", "it!b"

SEND = "ESBMessaging.send"
_PERSON = lazy_pattern(r"[^@|!]+@[^@|!]+|[SsPp]\d{6,12}")


def _names(values: tuple[str, ...], prefix: str) -> set[str]:
    """The applications of one kind among audiences or trusted clients, as in ``it-rt-acme!b1``."""
    own = (value.rpartition("|")[2].removeprefix("sb-").partition(".")[0] for value in values)
    return {name for name in own if name.startswith(prefix)}


def plans_of(audience: tuple[str, ...]) -> set[Plan]:
    """Return the plans that an audience of a token is for; empty if it is of neither (wire-facts 3.2)."""
    prefixes = {Plan.INTEGRATION_FLOW: _RUNTIME, Plan.API: _API}
    return {plan for plan, prefix in prefixes.items() if _names(audience, prefix)}


@needs(refusal)
def _wrong_audience(facts: Facts, answer: Answer) -> Verdict:
    got, wanted = facts.audience
    if answer.plane == "api" or _names(got, _RUNTIME):
        return None
    if facts.states_audience:
        sure = Certainty.CERTAIN if _names(got, _API) else Certainty.LIKELY
        return None if _names(wanted, _API) else sure
    return Certainty.LIKELY if _names(got, _API) else None


@needs(any_answer)
def _runtime_key_on_api(facts: Facts, answer: Answer) -> Verdict:
    got, wanted = facts.audience
    if answer.plane != "api" or not answer.is_refusal:
        return None
    if facts.states_audience and _names(got, _RUNTIME) and _names(wanted, _API):
        return Certainty.CERTAIN
    if facts.key is None or facts.key.plan is not Plan.INTEGRATION_FLOW:
        return None
    if answer.status == HTTPStatus.NOT_FOUND and answer.is_page_of_runtime:
        return Certainty.CERTAIN
    is_refused = answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN} and not answer.is_html
    return Certainty.LIKELY if is_refused else None


@needs(refused_token)
def _other_subaccount(facts: Facts, answer: Answer) -> Verdict:
    got, wanted = (_names(values, _RUNTIME) for values in facts.audience)
    if facts.states_audience:
        return bool(got and wanted) and got.isdisjoint(wanted)
    issued, expected = _issuers(facts)
    if not issued or not expected or issued == expected:
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


@needs(refusal_without_basic)
def _invalid(facts: Facts, answer: Answer) -> Verdict:
    if not _doubts_signature(answer):
        return None
    return Certainty.CERTAIN if facts.bearer else Certainty.LIKELY


def audiences(facts: Facts) -> tuple[str, ...]:
    """Return as evidence the audience of the token, the one that is wanted, and both issuers."""
    got, wanted = facts.audience
    issued, expected = _issuers(facts)
    return (
        *answered(facts),
        *labelled(("audience of the token", ", ".join(got)), ("audience wanted", ", ".join(wanted))),
        *((f"issued by {issued}, the service key names {expected}",) if issued and expected else ()),
    )


def _forbidden(facts: Facts) -> Answer | None:
    """Return the 403 that is not the answer of an iFlow."""
    answer = facts.answer
    if answer is None or answer.status != HTTPStatus.FORBIDDEN or answer.is_by_flow:
        return None
    return answer


def _wants_csrf(answer: Answer) -> bool:
    return answer.header("x-csrf-token").lower() == "required"


@needs(_forbidden)
def _csrf(_facts: Facts, answer: Answer) -> Verdict:
    return _wants_csrf(answer)


def _csrf_evidence(facts: Facts) -> tuple[str, ...]:
    return (*answered(facts), "x-csrf-token: required")


def _forbidden_at_runtime(facts: Facts) -> Answer | None:
    answer = _forbidden(facts)
    if answer is None or answer.plane != "runtime" or _wants_csrf(answer):
        return None
    of_others = answer.is_html and not (answer.is_page_of_runtime or answer.is_empty)
    return None if of_others else answer


def _is_person(answer: Answer) -> bool:
    return bool(_PERSON.fullmatch(answer.basic[0]))


def _grants_send(facts: Facts) -> bool:
    return any(scope.endswith(SEND) for scope in facts.scopes)


@needs(_forbidden_at_runtime)
def _missing_role(facts: Facts, answer: Answer) -> Verdict:
    if _is_person(answer):
        return None
    if not answer.is_page_of_runtime:  # nothing tells who answered; a text may be the iFlow's own
        return Certainty.LIKELY if answer.is_empty else Certainty.POSSIBLE
    return Certainty.CERTAIN if facts.scopes and not _grants_send(facts) else Certainty.LIKELY


@needs(_forbidden_at_runtime)
def _role_just_changed(facts: Facts, _answer: Answer) -> Verdict:
    """Whether the token has the role that flows usually ask for: then the runtime may not know it yet."""
    return Certainty.POSSIBLE if _grants_send(facts) else None


@needs(_forbidden_at_runtime)
def _personal_user(_facts: Facts, answer: Answer) -> Verdict:
    return Certainty.LIKELY if _is_person(answer) else None


@needs(_forbidden)
def _missing_api_role(_facts: Facts, answer: Answer) -> Verdict:
    return answer.plane == "api" and not _wants_csrf(answer)


def _roles(facts: Facts) -> tuple[str, ...]:
    return (*answered(facts), f"scopes of the token: {', '.join(facts.scopes) or 'not known'}")


RECOGNISERS = {
    "wrong-audience": Recogniser(_wrong_audience, audiences),
    "runtime-key-on-api": Recogniser(_runtime_key_on_api, audiences),
    "token-of-another-subaccount": Recogniser(_other_subaccount, audiences),
    "invalid-token": Recogniser(_invalid, audiences),
    "csrf-required": Recogniser(_csrf, _csrf_evidence),
    "missing-role": Recogniser(_missing_role, _roles),
    "role-just-changed": Recogniser(_role_just_changed, _roles),
    "personal-user": Recogniser(_personal_user),
    "missing-api-role": Recogniser(_missing_api_role, _roles),
}
