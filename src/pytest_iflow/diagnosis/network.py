"""Causes that lie between caller and tenant: name, connection, TLS, time, proxies, gateways and limits."""

from __future__ import annotations

import re
from http import HTTPStatus

from pytest_iflow.diagnosis.answer import FIRST_REFUSAL, Answer
from pytest_iflow.diagnosis.facts import Certainty, Facts, Predicate, Recogniser, answered

_UNTRUSTED = "private-ca-not-trusted"
_OF_ISSUER = ("issuer certificate", "self-signed", "self signed", "unable to verify the first certificate")

_PROXY_HEADERS = ("proxy-authenticate", "proxy-connection", "proxy-status", "x-squid-error", "via")
_CALLOUT = re.compile(r"Execution of ServiceCallout \S+ failed")
_DOWN = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT})


def _untrusted(facts: Facts) -> Certainty | None:
    if facts.error is None or facts.raised != _UNTRUSTED:
        return None
    said = str(facts.error.__cause__)
    return Certainty.CERTAIN if any(text in said for text in _OF_ISSUER) else Certainty.LIKELY


def error_evidence(facts: Facts) -> tuple[str, ...]:
    """Return the error and its place as evidence."""
    if facts.error is None:
        return ()
    return (facts.error.what, *((f"where: {facts.error.where}",) if facts.error.where else ()))


def raised_with(cause: str) -> Recogniser:
    """Return what recognises a cause by the error that was raised with it."""
    return Recogniser(lambda facts: Certainty.CERTAIN if facts.raised == cause else None, error_evidence)


def _too_many(*, api: bool) -> Predicate:
    def predicate(facts: Facts) -> Certainty | None:
        answer = facts.answer
        if answer is None or answer.status != HTTPStatus.TOO_MANY_REQUESTS or answer.is_by_flow:
            return None
        return Certainty.CERTAIN if (answer.plane == "api") is api else None

    return predicate


def _retry_after(facts: Facts) -> tuple[str, ...]:
    wait = facts.answer.header("retry-after") if facts.answer else ""
    return (*answered(facts), *((f"retry-after: {wait}",) if wait else ()))


def _page_of_others(facts: Facts) -> Answer | None:
    """Return the answer if it is an error page that neither the runtime nor an iFlow made."""
    answer = facts.answer
    if answer is None or answer.status < FIRST_REFUSAL or answer.is_by_flow:
        return None
    is_page = answer.is_html and not answer.is_empty
    own = answer.is_page_of_runtime or answer.header("server").upper() == "SAP"
    return answer if is_page and not own else None


def _proxy(facts: Facts) -> Certainty | None:
    if facts.raised == "proxy-answered":
        return Certainty.CERTAIN
    answer = facts.answer
    if answer and answer.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return Certainty.CERTAIN
    page = _page_of_others(facts)
    traced = page is not None and any(page.header(name) for name in _PROXY_HEADERS)
    return Certainty.LIKELY if traced else None


def _proxy_evidence(facts: Facts) -> tuple[str, ...]:
    answer = facts.answer
    headers = ((name, answer.header(name)) for name in ("server", *_PROXY_HEADERS)) if answer else ()
    told = (facts.error.what,) if facts.error else ()
    return (*answered(facts), *told, *(f"{name}: {value}" for name, value in headers if value))


def _gateway_page(facts: Facts) -> Certainty | None:
    return Certainty.LIKELY if _page_of_others(facts) else None


def _page_evidence(facts: Facts) -> tuple[str, ...]:
    answer = facts.answer
    if answer is None:
        return ()
    title = re.search(r"<title>(.*?)</title>", answer.text, re.IGNORECASE | re.DOTALL)
    server = answer.header("server")
    return (
        *answered(facts),
        *((f"server: {server}",) if server else ()),
        *((f"title of the page: {title[1].strip()}",) if title else ()),
    )


def _unavailable(facts: Facts) -> Certainty | None:
    answer = facts.answer
    if answer is None or answer.status not in _DOWN or answer.is_by_flow or _page_of_others(facts):
        return None
    of_router = answer.header("x-cf-routererror") or "Requested route has no available" in answer.text
    return Certainty.CERTAIN if of_router else Certainty.LIKELY


def _router_evidence(facts: Facts) -> tuple[str, ...]:
    error = facts.answer.header("x-cf-routererror") if facts.answer else ""
    return (*answered(facts), *((f"x-cf-routererror: {error}",) if error else ()))


def _callout(facts: Facts) -> Certainty | None:
    answer = facts.answer
    return Certainty.CERTAIN if answer and answer.is_refusal and _CALLOUT.search(answer.text) else None


RECOGNISERS = {
    _UNTRUSTED: Recogniser(_untrusted, error_evidence),
    "rate-limited": Recogniser(_too_many(api=False), _retry_after),
    "api-rate-limited": Recogniser(_too_many(api=True), _retry_after),
    "proxy-answered": Recogniser(_proxy, _proxy_evidence),
    "gateway-html": Recogniser(_gateway_page, _page_evidence),
    "runtime-unavailable": Recogniser(_unavailable, _router_evidence),
    "api-proxy-token-request": Recogniser(_callout),
}
