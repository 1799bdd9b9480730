"""Causes that lie between caller and tenant: name, connection, TLS, time, proxies, gateways and limits."""

from __future__ import annotations

import re
from http import HTTPStatus

from pytest_iflow.diagnosis.answer import DOWN, FIRST_REFUSAL, Answer
from pytest_iflow.diagnosis.facts import (
    Certainty,
    Evidence,
    Facts,
    Predicate,
    Recogniser,
    Verdict,
    answered,
    any_answer,
    labelled,
    needs,
)
from pytest_iflow.lazy_pattern import lazy_pattern

_UNTRUSTED = "private-ca-not-trusted"
_OF_ISSUER = ("issuer certificate", "self-signed", "self signed", "unable to verify the first certificate")

_PROXY_HEADERS = ("proxy-authenticate", "proxy-connection", "proxy-status", "x-squid-error", "via")
_CALLOUT = lazy_pattern(r"Execution of ServiceCallout \S+ failed")


def _untrusted(facts: Facts) -> Verdict:
    if facts.error is None or facts.raised != _UNTRUSTED:
        return None
    said = str(facts.error.__cause__)
    return Certainty.CERTAIN if any(text in said for text in _OF_ISSUER) else Certainty.LIKELY


def error_evidence(facts: Facts) -> tuple[str, ...]:
    """Return the error and its place as evidence."""
    return (facts.error.what, *labelled(("where", facts.error.where))) if facts.error else ()


def raised_with(cause: str) -> Recogniser:
    """Return what recognises a cause by the error that was raised with it."""
    return Recogniser(lambda facts: facts.raised == cause, error_evidence)


def _too_many(*, api: bool) -> Predicate:
    @needs(any_answer)
    def predicate(_facts: Facts, answer: Answer) -> Verdict:
        is_limit = answer.status == HTTPStatus.TOO_MANY_REQUESTS and not answer.is_by_flow
        return is_limit and (answer.plane == "api") is api

    return predicate


def _with_headers(*names: str) -> Evidence:
    """Make what shows the answer with these of its headers."""

    def evidence(facts: Facts) -> tuple[str, ...]:
        headers = ((name, facts.answer.header(name)) for name in names) if facts.answer else ()
        return (*answered(facts), *labelled(*headers))

    return evidence


def _page_of_others(facts: Facts) -> Answer | None:
    """Return the answer if it is an error page that neither the runtime nor an iFlow made."""
    answer = facts.answer
    if answer is None or answer.status < FIRST_REFUSAL or answer.is_by_flow:
        return None
    is_page = answer.is_html and not answer.is_empty
    own = answer.is_page_of_runtime or answer.header("server").upper() == "SAP"
    return answer if is_page and not own else None


def _proxy_wants_user(facts: Facts) -> Verdict:
    answer = facts.answer
    wants_user = answer is not None and answer.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED
    return Certainty.CERTAIN if wants_user or facts.raised == "proxy-authentication" else None


def _proxy(facts: Facts) -> Verdict:
    page = _page_of_others(facts)
    if facts.raised == "proxy-answered":
        return Certainty.CERTAIN
    return Certainty.LIKELY if page and any(map(page.header, _PROXY_HEADERS)) else None


def _proxy_evidence(facts: Facts) -> tuple[str, ...]:
    if facts.error is None:
        return _with_headers("server", *_PROXY_HEADERS)(facts)
    return (*answered(facts), facts.error.what)


@needs(_page_of_others)
def _gateway_page(_facts: Facts, _page: Answer) -> Verdict:
    return Certainty.LIKELY


def _page_evidence(facts: Facts) -> tuple[str, ...]:
    text = facts.answer.text if facts.answer else ""
    title = re.search(r"<title>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
    return (
        *_with_headers("server")(facts),
        *labelled(("title of the page", title[1].strip() if title else None)),
    )


@needs(any_answer)
def _unavailable(facts: Facts, answer: Answer) -> Verdict:
    if answer.status not in DOWN or answer.is_by_flow or _page_of_others(facts):
        return None
    by_router = answer.header("x-cf-routererror") or "Requested route has no available" in answer.text
    return Certainty.CERTAIN if by_router else Certainty.LIKELY


@needs(any_answer)
def _callout(_facts: Facts, answer: Answer) -> Verdict:
    return answer.is_refusal and bool(_CALLOUT.search(answer.text))


RECOGNISERS = {
    _UNTRUSTED: Recogniser(_untrusted, error_evidence),
    "rate-limited": Recogniser(_too_many(api=False), _with_headers("retry-after")),
    "api-rate-limited": Recogniser(_too_many(api=True), _with_headers("retry-after")),
    "proxy-authentication": Recogniser(_proxy_wants_user, _proxy_evidence),
    "proxy-answered": Recogniser(_proxy, _proxy_evidence),
    "gateway-html": Recogniser(_gateway_page, _page_evidence),
    "runtime-unavailable": Recogniser(_unavailable, _with_headers("x-cf-routererror")),
    "api-proxy-token-request": Recogniser(_callout),
}
