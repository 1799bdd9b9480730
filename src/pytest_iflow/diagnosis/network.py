"""Causes that lie between caller and tenant: name, connection, TLS, time, proxies, gateways and limits."""

from __future__ import annotations

import re
from http import HTTPStatus

from pytest_iflow.diagnosis.answer import FIRST_REFUSAL, Answer
from pytest_iflow.diagnosis.facts import Cause, Certainty, Facts, Predicate, answered

_UNTRUSTED = "private-ca-not-trusted"
_OF_ISSUER = ("issuer certificate", "self-signed", "self signed", "unable to verify the first certificate")

_PROXY_HEADERS = ("proxy-authenticate", "proxy-connection", "proxy-status", "x-squid-error", "via")
_CALLOUT = re.compile(r"Execution of ServiceCallout \S+ failed")
_DOWN = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT})


def _raised(cause: str) -> Predicate:
    return lambda facts: Certainty.CERTAIN if facts.raised == cause else None


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


def _row(cause_id: str, seen: str, why: str, remedy: str, yields_to: tuple[str, ...] = ()) -> Cause:
    return Cause(cause_id, seen, why, remedy, "assumed", _raised(cause_id), error_evidence, yields_to)


_OF_CLIENT_CERTIFICATE = (
    "certificate-expired",
    "certificate-not-for-clients",
    "certificate-does-not-match-key",
    "certificate-on-trial",
    "certificate-not-accepted",
)

NO_ANSWER = (
    _row(
        "dns",
        "no answer: the host is not known",
        "No address is known for the host: a typing mistake, no network, or a name that only the VPN knows.",
        "Compare url and tokenurl with the service key; check network, VPN and name server.",
    ),
    _row(
        "connection-refused",
        "no answer: the connection was refused",
        "Nothing listens at this host and port.",
        "Check host and port in the service key; if it is the local tenant, that it runs.",
    ),
    _row(
        "no-connection",
        "no answer: no connection within timeouts.connect",
        "The host takes no connection: a firewall drops it, or a VPN or proxy is missing.",
        "Check VPN, firewall and HTTPS_PROXY; then raise timeouts.connect of the environment.",
    ),
    _row(
        "timeout",
        "no answer within timeouts.read",
        "The connection stands, but the answer did not come in time. A message may have been processed.",
        "If a message was sent, look into the message monitor first; then raise timeouts.read of the "
        "environment.",
    ),
    _row(
        "answer-unfinished",
        "an answer that was not complete within timeouts.answer",
        "The answer came so slowly, or went on for so long, that it was given up. A message may have been "
        "processed.",
        "If a message was sent, look into the message monitor first; see what slows the answer down, then "
        "raise timeouts.answer of the environment.",
    ),
    _row(
        "answer-too-large",
        "an answer larger than limits.response",
        "The answer has more bytes, after it was unpacked, than this environment allows.",
        "If answers have to be so large, raise limits.response of the environment.",
    ),
    _row(
        "request-not-taken",
        "the request could not be sent to its end",
        "The host stopped reading in the middle of the request.",
        "Check network and proxy; raise timeouts.connect of the environment for a large message.",
    ),
    _row(
        "connection-broken",
        "the connection broke before the answer was complete",
        "The host or something between closed the connection. A message may have been processed.",
        "If a message was sent, look into the message monitor first; if it happens often, ask the network's "
        "operators.",
        _OF_CLIENT_CERTIFICATE,
    ),
    _row(
        "answer-not-http",
        "an answer that is not valid HTTP",
        "What answered speaks something else than HTTP, or broke its own answer.",
        "Check url and port in the service key, and the proxy between.",
    ),
    _row(
        "request-not-sendable",
        "the request could not be sent: method, address or a header is not possible in HTTP",
        "The feature or the step asks for something that HTTP does not allow.",
        "Correct method, address or header in the feature.",
    ),
    Cause(
        _UNTRUSTED,
        "no answer: the certificate is signed by a CA that is not trusted here",
        "The host shows a certificate of a private CA, or a company proxy opens TLS with a CA of its own.",
        "Set ca-bundle of the environment, or REQUESTS_CA_BUNDLE, to the PEM file of that CA.",
        "assumed",
        _untrusted,
        error_evidence,
    ),
    _row(
        "server-certificate-expired",
        "no answer: the certificate of the host has expired",
        "The host shows a certificate whose time is over, or the clock here is ahead.",
        "Check the clock here, then tell the operator of the host.",
    ),
    _row(
        "server-certificate-not-yet-valid",
        "no answer: the certificate of the host is not valid yet",
        "By the clock here the certificate of the host begins in the future: the clock is behind.",
        "Set the clock here by NTP.",
    ),
    _row(
        "server-certificate-of-another-host",
        "no answer: the certificate is for another host",
        "The host shows a certificate for other names: a wrong address, or a proxy that opens TLS.",
        "Compare the host with url and tokenurl of the service key.",
    ),
    _row(
        "tls-failed",
        "no answer: TLS failed",
        "No TLS connection came about: the port speaks something else, or the two sides share no version.",
        "Check that url and port speak https, and the proxy between.",
        _OF_CLIENT_CERTIFICATE,
    ),
)


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


GATEWAYS = (
    Cause(
        "rate-limited",
        "429 from token service or runtime",
        "The subaccount sends more requests than it may: at the token service 60 a second.",
        "Use a token until it expires instead of asking for one each time; wait as long as Retry-After says.",
        "wire-facts 6.21",
        _too_many(api=False),
        _retry_after,
    ),
    Cause(
        "api-rate-limited",
        "call of /api/v1: 429",
        "The API was called more often in a second than tenant or user may.",
        "Use fewer workers (-n), and let others who use the same client finish.",
        "wire-facts 6.22",
        _too_many(api=True),
        _retry_after,
    ),
    Cause(
        "proxy-answered",
        "407, or an HTML page of a proxy, or no tunnel through it",
        "A proxy between here and the tenant answered instead of the tenant, or cannot be reached itself.",
        "Check HTTPS_PROXY and its user; add the host to NO_PROXY if it needs no proxy; ask for its release.",
        "assumed",
        _proxy,
        _proxy_evidence,
    ),
    Cause(
        "gateway-html",
        "an error as HTML that is no page of the runtime, such as 502 Bad Gateway",
        "A gateway between here and the tenant answered: a load balancer, a firewall or API Management.",
        "See the page for who made it. Behind API Management check roles and virtual host of the API proxy.",
        "wire-facts 6.26",
        _gateway_page,
        _page_evidence,
        yields_to=("proxy-answered", "api-proxy-token-request", "unknown-route", "login-page"),
    ),
    Cause(
        "runtime-unavailable",
        "502, 503 or 504 without a page",
        "The application behind the host does not run or does not answer at the moment.",
        "Try again in some minutes; then see the state of the tenant in the SAP BTP cockpit.",
        "wire-facts 4.4",
        _unavailable,
        _router_evidence,
        yields_to=("trial-asleep", "api-proxy-token-request"),
    ),
    Cause(
        "api-proxy-token-request",
        'API Management: "Execution of ServiceCallout getoauthtoken failed"',
        "The policy of the API proxy got no token for the call behind it.",
        "Set the token URL in the policy: tokenurl of the service key with ?grant_type=client_credentials.",
        "wire-facts 6.25",
        _callout,
    ),
)
