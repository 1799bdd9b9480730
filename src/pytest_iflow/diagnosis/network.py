"""Causes for which no answer came at all: name, connection, TLS, time."""

from __future__ import annotations

from pytest_iflow.diagnosis.cause import Cause, Certainty, Predicate
from pytest_iflow.diagnosis.facts import Facts

_UNTRUSTED = "private-ca-not-trusted"
_OF_ISSUER = ("issuer certificate", "self-signed", "self signed", "unable to verify the first certificate")


def _raised(cause: str) -> Predicate:
    return lambda facts: Certainty.CERTAIN if facts.raised == cause else None


def _untrusted(facts: Facts) -> Certainty | None:
    if facts.error is None or facts.raised != _UNTRUSTED:
        return None
    said = str(facts.error.__cause__)
    return Certainty.CERTAIN if any(text in said for text in _OF_ISSUER) else Certainty.LIKELY


def error_evidence(facts: Facts) -> tuple[str, ...]:
    """Show what was raised, and where."""
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

CAUSES = (
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
"""The rows of this subject."""
