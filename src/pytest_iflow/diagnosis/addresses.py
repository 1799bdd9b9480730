"""Causes that lie in the address: host, path, or what is deployed there (wire-facts 4.1, 4.6)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

from pytest_iflow.diagnosis.answer import Answer
from pytest_iflow.diagnosis.facts import NOT_DEPLOYED, STARTED, Certainty, Facts, Recogniser, answered
from pytest_iflow.tenants.service_key import Plan

_ROUTE = re.compile(r"Requested route \('(?P<host>[^']*)'\) does not exist")
_TRIAL = re.compile(r"\.it-cpitrial", re.IGNORECASE)
_ENVELOPE = re.compile(rb"<(?:[\w.-]+:)?Envelope\b")
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
    answer = facts.answer
    return answer if answer is not None and answer.reached_no_flow else None


def _is_listed(facts: Facts, path: str) -> bool:
    return any(path == listed or path.startswith(f"{listed}/") for listed in _paths(facts))


def _wrong_case(facts: Facts) -> Certainty | None:
    answer = _not_found(facts)
    if answer is None or _is_listed(facts, answer.path):
        return None
    if facts.endpoints is None:
        return Certainty.POSSIBLE if facts.artifact_status in {None, STARTED} else None
    same = answer.path.casefold() in map(str.casefold, _paths(facts))
    return Certainty.CERTAIN if same else None


def _soap_under_http(facts: Facts) -> Certainty | None:
    answer = _not_found(facts)
    if answer is None or not answer.path.startswith("/http/"):
        return None
    if facts.endpoints is not None:
        twin = answer.path.replace("/http/", "/cxf/", 1)
        return Certainty.CERTAIN if twin in _paths(facts) and not _is_listed(facts, answer.path) else None
    request = answer.exchange.request
    soap = _ENVELOPE.search(request.body[:4096]) or any(
        name.lower() == "soapaction" for name in request.headers
    )
    return Certainty.LIKELY if soap else Certainty.POSSIBLE


def _not_deployed(facts: Facts) -> Certainty | None:
    answer = _not_found(facts)
    if answer is None:
        return None
    if facts.artifact_status is not None:
        return Certainty.CERTAIN if facts.artifact_status == NOT_DEPLOYED else None
    return None if _is_listed(facts, answer.path) else Certainty.POSSIBLE


def _not_started(facts: Facts) -> Certainty | None:
    answer = _not_found(facts)
    if answer is None:
        return None
    if facts.artifact_status is not None:
        return None if facts.artifact_status in {NOT_DEPLOYED, STARTED} else Certainty.CERTAIN
    return Certainty.LIKELY if _is_listed(facts, answer.path) else Certainty.POSSIBLE


def _wrong_address(facts: Facts) -> Certainty | None:
    answer = _not_found(facts)
    if answer is None or _is_listed(facts, answer.path):
        return None
    sure = facts.endpoints and facts.artifact_status == STARTED
    return Certainty.LIKELY if sure else Certainty.POSSIBLE


def _not_listed_yet(facts: Facts) -> Certainty | None:
    silent = facts.endpoints == () and facts.artifact_status == STARTED
    return Certainty.LIKELY if silent and (facts.answer is None or _not_found(facts)) else None


def _listing(facts: Facts) -> tuple[str, ...]:
    answer = facts.answer
    listed = _paths(facts)
    return (
        *answered(facts),
        *((f"called: {answer.path}",) if answer else ()),
        *(
            (f"the tenant lists: {', '.join(most_alike(answer.path if answer else '', listed)) or 'none'}",)
            if facts.endpoints is not None
            else ()
        ),
        *((f"state of the iFlow: {facts.artifact_status}",) if facts.artifact_status else ()),
    )


def most_alike(called: str, listed: Iterable[str]) -> list[str]:
    """Return the listed paths that are most like the one that was called; at most five."""

    def likeness(path: str) -> float:
        return difflib.SequenceMatcher(None, called.casefold(), path.casefold()).ratio()

    return sorted(dict.fromkeys(listed), key=likeness, reverse=True)[:_SHOWN]


def _unknown_route(facts: Facts) -> Certainty | None:
    answer = facts.answer
    if answer is None:
        return None
    told = answer.header("x-cf-routererror").lower() == "unknown_route" or _ROUTE.search(answer.text)
    return Certainty.CERTAIN if answer.status == HTTPStatus.NOT_FOUND and told else None


def _route_hosts(facts: Facts) -> tuple[str, ...]:
    answer = facts.answer
    found = _ROUTE.search(answer.text) if answer else None
    key_host = urlsplit(facts.key.url).hostname if facts.key else None
    return tuple(filter(None, (found["host"] if found else None, answer.host if answer else None, key_host)))


def _asleep(facts: Facts) -> Certainty | None:
    answer = facts.answer
    if answer is None or not any(map(is_trial, _route_hosts(facts))):
        return None
    down = answer.status == HTTPStatus.SERVICE_UNAVAILABLE and _NO_ENDPOINTS in answer.text
    return Certainty.LIKELY if down or _unknown_route(facts) else None


def _hosts(facts: Facts) -> tuple[str, ...]:
    return (*answered(facts), *(f"host: {host}" for host in dict.fromkeys(_route_hosts(facts))))


def _login_page(facts: Facts) -> Certainty | None:
    shown = facts.answer is not None and facts.answer.plane != "token" and facts.answer.exchange.is_login_page
    return Certainty.CERTAIN if shown else None


def _api_key_on_runtime(facts: Facts) -> Certainty | None:
    answer = facts.answer
    of_api = facts.key is not None and facts.key.plan is Plan.API
    there = answer is not None and answer.plane == "runtime" and _login_page(facts)
    return Certainty.CERTAIN if of_api and there else None


RECOGNISERS = {
    "flow-not-deployed": Recogniser(_not_deployed, _listing),
    "wrong-address": Recogniser(_wrong_address, _listing),
    "wrong-case-in-address": Recogniser(_wrong_case, _listing),
    "soap-flow-under-http": Recogniser(_soap_under_http, _listing),
    "flow-not-started": Recogniser(_not_started, _listing),
    "endpoint-not-listed-yet": Recogniser(_not_listed_yet, _listing),
    "unknown-route": Recogniser(_unknown_route, _hosts),
    "trial-asleep": Recogniser(_asleep, _hosts),
    "login-page": Recogniser(_login_page, _hosts),
    "api-key-on-runtime": Recogniser(_api_key_on_runtime, _hosts),
}
