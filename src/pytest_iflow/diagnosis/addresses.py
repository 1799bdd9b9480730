"""Causes that lie in the address: host, path, or what is deployed there (wire-facts 4.1, 4.6)."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

from pytest_iflow.diagnosis.answer import Answer
from pytest_iflow.diagnosis.facts import NOT_DEPLOYED, STARTED, Cause, Certainty, Facts, answered
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


_NO_FLOW = 'call: 404, the page "HTTP Status 404 – Not Found", and no message log'  # noqa: RUF001, as it is written

CAUSES = (
    Cause(
        "flow-not-deployed",
        _NO_FLOW,
        "The iFlow is not deployed on this tenant.",
        "Deploy it, and wait until Manage Integration Content shows it as Started.",
        "wire-facts 6.14",
        _not_deployed,
        _listing,
    ),
    Cause(
        "wrong-address",
        _NO_FLOW,
        "No iFlow has this address.",
        "Compare the address with the tab Endpoints of the iFlow in Manage Integration Content.",
        "wire-facts 6.14",
        _wrong_address,
        _listing,
        yields_to=("endpoint-not-listed-yet",),
    ),
    Cause(
        "wrong-case-in-address",
        _NO_FLOW,
        "Upper and lower case of the address are not those of the sender channel; they count.",
        "Write the address as the tab Endpoints of the iFlow shows it.",
        "wire-facts 4.1, 6.14",
        _wrong_case,
        _listing,
    ),
    Cause(
        "soap-flow-under-http",
        _NO_FLOW,
        "The iFlow has a SOAP sender: its address begins with /cxf, not with /http.",
        'Call "/cxf/…", or set address = "/cxf/…" in the tenant file.',
        "wire-facts 4.1, 6.14",
        _soap_under_http,
        _listing,
    ),
    Cause(
        "flow-not-started",
        _NO_FLOW,
        "The iFlow is deployed but not started, or its start failed.",
        "See its status and error in Manage Integration Content and deploy again. Addresses are unique in a "
        "tenant.",
        "wire-facts 4.1, 4.6",
        _not_started,
        _listing,
    ),
    Cause(
        "endpoint-not-listed-yet",
        "a started iFlow without an endpoint",
        "The tenant lists new endpoints half a minute to several minutes after the start of the iFlow.",
        "Wait three minutes and look again. An iFlow without an HTTP sender has no endpoint at all.",
        "wire-facts 6.31",
        _not_listed_yet,
        _listing,
    ),
    Cause(
        "unknown-route",
        "404, \"Requested route ('…') does not exist.\"",
        "There is no application behind this host: a wrong host, or the application was removed or stopped.",
        "Take url (or tokenurl) as it stands in the service key, and check that the tenant still exists.",
        "wire-facts 6.13",
        _unknown_route,
        _hosts,
        yields_to=("trial-asleep",),
    ),
    Cause(
        "trial-asleep",
        "a trial tenant: 404, \"Requested route ('…') does not exist.\", or 503",
        "The trial tenant is stopped, or the trial has ended.",
        "Open the trial in the SAP BTP cockpit and see that the subscription is there; if it is, compare url "
        "with the service key.",
        "wire-facts 6.13; assumed for trials",
        _asleep,
        _hosts,
    ),
    Cause(
        "login-page",
        "200 with an HTML page that leads to a login, or a redirect to it",
        "The call reached a host for browsers: the user interface, or the API in place of the runtime.",
        "For iFlows use the url of a service key of plan integration-flow: its host has -rt in its name; for "
        "/api/v1 that of a key of plan api.",
        "wire-facts 6.15",
        _login_page,
        _hosts,
        yields_to=("api-key-on-runtime",),
    ),
    Cause(
        "api-key-on-runtime",
        "200 with a login page, called with a key of plan api",
        "The service key is of plan api: its url is the API, where no iFlow is.",
        "Use a key of plan integration-flow for calls of iFlows; that of plan api is for monitoring.",
        "wire-facts 2.2, 6.15",
        _api_key_on_runtime,
        _hosts,
    ),
)
