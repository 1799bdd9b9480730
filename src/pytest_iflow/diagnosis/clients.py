"""Causes that lie in the client itself: its certificate (wire-facts 2.2, 6.30), its id, the clock here."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TYPE_CHECKING

from pytest_iflow.diagnosis.access_tokens import TOLERANCE, moment
from pytest_iflow.diagnosis.addresses import is_trial
from pytest_iflow.diagnosis.facts import Certainty, Facts, Recogniser, Verdict, answered, labelled, needs
from pytest_iflow.diagnosis.network import error_evidence
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.tenants.key_url import TOKEN_PATH

if TYPE_CHECKING:
    from cryptography import x509

    from pytest_iflow.tenants.service_key import ServiceKey

_HANDSHAKES = frozenset({"tls-failed", "connection-broken"})
"""What a refused client certificate looks like from here."""

_RIGHTS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


def certificate_of(facts: Facts) -> x509.Certificate | None:
    """Return the client's own certificate, the first of the service key; None without one to read."""
    from cryptography import x509

    if facts.key is None or facts.key.certificate is None:
        return None
    try:
        return x509.load_pem_x509_certificates(facts.key.certificate.encode())[0]
    except ValueError:
        return None


def _suspect_key(facts: Facts) -> ServiceKey | None:
    """Return the key if its certificate may be to blame: its use failed, or was not tried."""
    if facts.key is None or facts.key.kind != "certificate":
        return None
    answer = facts.answer
    if facts.error is not None and answer is None:
        of_tokens = TOKEN_PATH in (facts.error.where or "")  # calls of iFlows show no certificate
        is_broken = facts.raised in _HANDSHAKES and of_tokens
        is_suspect = is_broken or isinstance(facts.error, ConfigurationError)
    else:
        is_refused = answer and answer.plane == "token" and answer.status == HTTPStatus.UNAUTHORIZED
        is_suspect = answer is None or bool(is_refused)
    return facts.key if is_suspect else None


def _suspect_certificate(facts: Facts) -> x509.Certificate | None:
    return certificate_of(facts) if _suspect_key(facts) else None


@needs(_suspect_certificate)
def _expired(_facts: Facts, certificate: x509.Certificate) -> Verdict:
    return certificate.not_valid_after_utc.timestamp() <= time.time()


@needs(_suspect_certificate)
def _not_for_clients(_facts: Facts, certificate: x509.Certificate) -> Verdict:
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return None  # good for anything
    return ExtendedKeyUsageOID.CLIENT_AUTH not in usages


@needs(_suspect_certificate)
def _does_not_match(facts: Facts, certificate: x509.Certificate) -> Verdict:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if facts.key is None or facts.key.private_key is None:
        return None
    try:
        private_key = load_pem_private_key(facts.key.private_key.encode(), None)
    except (ValueError, TypeError):
        return None  # damaged or encrypted: another matter
    return private_key.public_key() != certificate.public_key()


@needs(_suspect_key)
def _on_trial(_facts: Facts, key: ServiceKey) -> Verdict:
    return Certainty.LIKELY if is_trial(key.url) or is_trial(key.token_url) else None


@needs(_suspect_key)
def _not_accepted(facts: Facts, _key: ServiceKey) -> Verdict:
    if facts.answer is not None:
        return Certainty.CERTAIN
    return Certainty.LIKELY if facts.raised in _HANDSHAKES else None


def _certificate(facts: Facts) -> tuple[str, ...]:
    evidence = (*answered(facts), *error_evidence(facts))
    certificate = certificate_of(facts)
    if certificate is None:
        return evidence
    return (
        *evidence,
        f"certificate: {certificate.subject.rfc4514_string()}",
        f"signed by: {certificate.issuer.rfc4514_string()}",
        f"valid until: {moment(certificate.not_valid_after_utc.timestamp())}",
    )


def _clock(facts: Facts) -> Verdict:
    return facts.answer is None and facts.error is None and abs(facts.clock_ahead) > TOLERANCE


def _clock_evidence(facts: Facts) -> tuple[str, ...]:
    return (f"the tenant's clock is {facts.clock_ahead:+.0f} s from the clock here",)


def _shared(facts: Facts) -> Verdict:
    """Whether clients share an id: certain without a refusal; with one it is only a possible reason."""
    if not facts.same_client or facts.error is not None:
        return None
    answer = facts.answer
    if answer is None or not answer.is_refusal:
        return Certainty.CERTAIN
    return Certainty.POSSIBLE if answer.plane == "token" and answer.status in _RIGHTS else None


def _shared_evidence(facts: Facts) -> tuple[str, ...]:
    client_id = facts.key.client_id if facts.key else None
    return labelled(("client id", client_id), ("also of", ", ".join(facts.same_client)))


RECOGNISERS = {
    "certificate-expired": Recogniser(_expired, _certificate),
    "certificate-not-for-clients": Recogniser(_not_for_clients, _certificate),
    "certificate-does-not-match-key": Recogniser(_does_not_match, _certificate),
    "certificate-on-trial": Recogniser(_on_trial, _certificate),
    "certificate-not-accepted": Recogniser(_not_accepted, _certificate),
    "clock-difference": Recogniser(_clock, _clock_evidence),
    "shared-client-id": Recogniser(_shared, _shared_evidence),
}
