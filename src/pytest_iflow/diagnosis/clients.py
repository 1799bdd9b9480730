"""Causes that lie in the client itself: its certificate (wire-facts 2.2, 6.30), its id, the clock here."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TYPE_CHECKING

from pytest_iflow.diagnosis.access_tokens import TOLERANCE, moment
from pytest_iflow.diagnosis.addresses import is_trial
from pytest_iflow.diagnosis.facts import Certainty, Facts, Recogniser, answered
from pytest_iflow.diagnosis.network import error_evidence
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.tenants.key_url import TOKEN_PATH

if TYPE_CHECKING:
    from cryptography import x509

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


def _is_suspect(facts: Facts) -> bool:
    """Whether the certificate may be to blame: the key has one, and its use failed or was not tried."""
    if facts.key is None or facts.key.kind != "certificate":
        return False
    if facts.error is not None and facts.exchange is None:
        of_tokens = TOKEN_PATH in (facts.error.where or "")  # calls of iFlows show no certificate
        broken = facts.raised in _HANDSHAKES and of_tokens
        return broken or isinstance(facts.error, ConfigurationError)
    answer = facts.answer
    return answer is None or (answer.plane == "token" and answer.status == HTTPStatus.UNAUTHORIZED)


def _expired(facts: Facts) -> Certainty | None:
    certificate = certificate_of(facts) if _is_suspect(facts) else None
    over = certificate is not None and certificate.not_valid_after_utc.timestamp() <= time.time()
    return Certainty.CERTAIN if over else None


def _not_for_clients(facts: Facts) -> Certainty | None:
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    certificate = certificate_of(facts) if _is_suspect(facts) else None
    if certificate is None:
        return None
    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return None  # good for anything
    return None if ExtendedKeyUsageOID.CLIENT_AUTH in usages else Certainty.CERTAIN


def _does_not_match(facts: Facts) -> Certainty | None:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    certificate = certificate_of(facts) if _is_suspect(facts) else None
    if certificate is None or facts.key is None or facts.key.private_key is None:
        return None
    try:
        private_key = load_pem_private_key(facts.key.private_key.encode(), None)
    except (ValueError, TypeError):
        return None  # damaged or encrypted: another matter
    return None if private_key.public_key() == certificate.public_key() else Certainty.CERTAIN


def _on_trial(facts: Facts) -> Certainty | None:
    if not _is_suspect(facts) or facts.key is None:
        return None
    return Certainty.LIKELY if is_trial(facts.key.url) or is_trial(facts.key.token_url) else None


def _not_accepted(facts: Facts) -> Certainty | None:
    if not _is_suspect(facts):
        return None
    if facts.answer is not None:
        return Certainty.CERTAIN
    return Certainty.LIKELY if facts.raised in _HANDSHAKES else None


def _certificate(facts: Facts) -> tuple[str, ...]:
    certificate = certificate_of(facts)
    shown = (
        (
            f"certificate: {certificate.subject.rfc4514_string()}",
            f"signed by: {certificate.issuer.rfc4514_string()}",
            f"valid until: {moment(certificate.not_valid_after_utc.timestamp())}",
        )
        if certificate
        else ()
    )
    return (*answered(facts), *error_evidence(facts), *shown)


def _clock(facts: Facts) -> Certainty | None:
    alone = facts.answer is None and facts.error is None
    return Certainty.CERTAIN if alone and abs(facts.clock_ahead) > TOLERANCE else None


def _clock_evidence(facts: Facts) -> tuple[str, ...]:
    return (f"the tenant's clock is {facts.clock_ahead:+.0f} s from the clock here",)


def _shared(facts: Facts) -> Certainty | None:
    """Whether clients share an id: certain without a refusal; with one it is only a possible reason."""
    if not facts.same_client or facts.error is not None:
        return None
    answer = facts.answer
    if answer is None or not answer.is_refusal:
        return Certainty.CERTAIN
    of_token_service = answer.plane == "token" and answer.status in _RIGHTS
    return Certainty.POSSIBLE if of_token_service else None


def _shared_evidence(facts: Facts) -> tuple[str, ...]:
    of_key = (f"client id: {facts.key.client_id}",) if facts.key else ()
    return (*of_key, f"also of: {', '.join(facts.same_client)}")


RECOGNISERS = {
    "certificate-expired": Recogniser(_expired, _certificate),
    "certificate-not-for-clients": Recogniser(_not_for_clients, _certificate),
    "certificate-does-not-match-key": Recogniser(_does_not_match, _certificate),
    "certificate-on-trial": Recogniser(_on_trial, _certificate),
    "certificate-not-accepted": Recogniser(_not_accepted, _certificate),
    "clock-difference": Recogniser(_clock, _clock_evidence),
    "shared-client-id": Recogniser(_shared, _shared_evidence),
}
