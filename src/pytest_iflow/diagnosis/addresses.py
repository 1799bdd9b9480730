"""Causes that lie in the address: host, path, or what is deployed there (wire-facts 4.1, 4.6)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

from pytest_iflow.diagnosis.answer import Answer
from pytest_iflow.diagnosis.facts import (
    NOT_DEPLOYED,
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
from pytest_iflow.monitoring.artifacts import STARTED
from pytest_iflow.monitoring.discovery import leads_to
from pytest_iflow.tenants.service_key import Plan

_ROUTE = lazy_pattern(r"Requested route \('(?P<host>[^']*)'\) does not exist")
_TRIAL = lazy_pattern(r"\.it-cpitrial", re.IGNORECASE)
_ENVELOPE = lazy_pattern(rb"<(?:[\w.-]+:)?Envelope\b")
_NO_ENDPOINTS = "no available endpoints"
_SHOWN = 5
"""Paths that are shown as evidence."""


def is_trial(host: str) -> bool:
    """Tell whether a host is one of the trial landscape (wire-facts 2.4)."""
    return bool(_TRIAL.search(host))


def _paths(facts: Facts) -> tuple[str, ...]:
    """Return the paths of the endpoints that the tenant lists, without a ``/*`` at the end."""
    return tuple(unquote(urlsplit(url).path).removesuffix("/*") for url in facts.endpoints or ())


def _not_found(facts: Facts) -> Answer | None:
    """Return the 404 of the runtime that knows no iFlow at the address."""
    return facts.answer if facts.answer is not None and facts.answer.reached_no_flow else None


def _is_listed(facts: Facts, path: str) -> bool:
    listed = (unquote(urlsplit(url).path) for url in facts.endpoints or ())
    return path in _paths(facts) or any(leads_to(path, each) for each in listed)


def _is_below_listed(facts: Facts, path: str) -> bool:
    return any(path.startswith(f"{listed}/") for listed in _paths(facts))


def _not_found_nor_listed(facts: Facts) -> Answer | None:
    answer = _not_found(facts)
    return None if answer is None or _is_listed(facts, answer.path) else answer


@needs(_not_found_nor_listed)
def _wrong_case(facts: Facts, answer: Answer) -> Verdict:
    if facts.endpoints is None:
        return Certainty.POSSIBLE if facts.artifact_status in {None, STARTED} else None
    return answer.path.casefold() in map(str.casefold, _paths(facts))


def addresses_of_senders(path: str) -> dict[str, str]:
    """Return where senders of other kinds answer for a path below /http, by the cause that calls it wrong."""
    address = path.removeprefix("/http")
    if address == path:
        return {}
    odata = address if address.startswith("/gw/odata/") else f"/gw/odata/SAP{address}"
    return {"soap-flow-under-http": f"/cxf{address}", "odata-flow-under-http": odata}


@needs(_not_found_nor_listed)
def _odata_under_http(facts: Facts, answer: Answer) -> Verdict:
    meant = addresses_of_senders(answer.path).get("odata-flow-under-http")
    if meant is None:
        return None
    if facts.endpoints is not None:
        return _is_listed(facts, meant)
    return Certainty.LIKELY if answer.path.startswith("/http/gw/odata/") else None


@needs(_not_found)
def _soap_under_http(facts: Facts, answer: Answer) -> Verdict:
    twin = addresses_of_senders(answer.path).get("soap-flow-under-http")
    if twin is None:
        return None
    if facts.endpoints is not None:
        return twin in _paths(facts) and not _is_listed(facts, answer.path)
    request = answer.exchange.request
    soap = _ENVELOPE.search(request.body[:4096]) or any(
        name.lower() == "soapaction" for name in request.headers
    )
    return Certainty.LIKELY if soap else Certainty.POSSIBLE


@needs(_not_found)
def _not_deployed(facts: Facts, answer: Answer) -> Verdict:
    if facts.artifact_status is not None:
        return facts.artifact_status == NOT_DEPLOYED
    return None if _is_listed(facts, answer.path) else Certainty.POSSIBLE


@needs(_not_found)
def _not_started(facts: Facts, answer: Answer) -> Verdict:
    if facts.artifact_status is not None:
        return facts.artifact_status not in {NOT_DEPLOYED, STARTED}
    return Certainty.LIKELY if _is_listed(facts, answer.path) else Certainty.POSSIBLE


@needs(_not_found_nor_listed)
def _wrong_address(facts: Facts, answer: Answer) -> Verdict:
    is_started = facts.artifact_status == STARTED
    is_elsewhere = facts.endpoints and (is_started or _is_below_listed(facts, answer.path))
    return Certainty.LIKELY if is_elsewhere else Certainty.POSSIBLE


def _not_listed_yet(facts: Facts) -> Verdict:
    has_none = facts.endpoints == () and facts.artifact_status == STARTED
    return Certainty.LIKELY if has_none and (facts.answer is None or _not_found(facts)) else None


def _listing(facts: Facts) -> tuple[str, ...]:
    called = facts.answer.path if facts.answer else ""
    listed = ", ".join(most_alike(called, _paths(facts))) or "none"
    return (
        *answered(facts),
        *((f"called: {called}",) if facts.answer else ()),
        *labelled(
            ("the tenant lists", None if facts.endpoints is None else listed),
            ("state of the iFlow", facts.artifact_status),
        ),
    )


def most_alike(called: str, listed: Iterable[str]) -> list[str]:
    """Return the listed paths that are most like the one that was called; at most five."""

    def likeness(path: str) -> float:
        return difflib.SequenceMatcher(None, called.casefold(), path.casefold()).ratio()

    return sorted(dict.fromkeys(listed), key=likeness, reverse=True)[:_SHOWN]


@needs(any_answer)
def _unknown_route(_facts: Facts, answer: Answer) -> Verdict:
    by_router = answer.header("x-cf-routererror").lower() == "unknown_route" or _ROUTE.search(answer.text)
    return answer.status == HTTPStatus.NOT_FOUND and bool(by_router)


def _route_hosts(facts: Facts) -> tuple[str, ...]:
    answer = facts.answer
    found = _ROUTE.search(answer.text) if answer else None
    key_host = urlsplit(facts.key.url).hostname if facts.key else None
    return tuple(filter(None, (found["host"] if found else None, answer.host if answer else None, key_host)))


@needs(any_answer)
def _asleep(facts: Facts, answer: Answer) -> Verdict:
    is_down = answer.status == HTTPStatus.SERVICE_UNAVAILABLE and _NO_ENDPOINTS in answer.text
    is_on_trial = any(map(is_trial, _route_hosts(facts)))
    return Certainty.LIKELY if is_on_trial and (is_down or _unknown_route(facts)) else None


def _hosts(facts: Facts) -> tuple[str, ...]:
    return (*answered(facts), *(f"host: {host}" for host in dict.fromkeys(_route_hosts(facts))))


@needs(any_answer)
def _login_page(_facts: Facts, answer: Answer) -> Verdict:
    return answer.plane != "token" and answer.exchange.is_login_page


@needs(any_answer)
def _api_key_on_runtime(facts: Facts, answer: Answer) -> Verdict:
    is_of_api = facts.key is not None and facts.key.plan is Plan.API
    return is_of_api and answer.plane == "runtime" and answer.exchange.is_login_page


RECOGNISERS = {
    "flow-not-deployed": Recogniser(_not_deployed, _listing),
    "wrong-address": Recogniser(_wrong_address, _listing),
    "wrong-case-in-address": Recogniser(_wrong_case, _listing),
    "soap-flow-under-http": Recogniser(_soap_under_http, _listing),
    "odata-flow-under-http": Recogniser(_odata_under_http, _listing),
    "flow-not-started": Recogniser(_not_started, _listing),
    "endpoint-not-listed-yet": Recogniser(_not_listed_yet, _listing),
    "unknown-route": Recogniser(_unknown_route, _hosts),
    "trial-asleep": Recogniser(_asleep, _hosts),
    "login-page": Recogniser(_login_page, _hosts),
    "api-key-on-runtime": Recogniser(_api_key_on_runtime, _hosts),
}
