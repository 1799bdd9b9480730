"""Causes that lie in the client itself: its certificate (wire-facts 2.2, 6.30), its id, the clock here."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TYPE_CHECKING

from pytest_iflow.diagnosis.access_tokens import TOLERANCE, moment
from pytest_iflow.diagnosis.addresses import is_trial
from pytest_iflow.diagnosis.facts import Cause, Certainty, Facts, answered
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


CERTIFICATE = (
    Cause(
        "certificate-expired",
        "token request with a certificate: TLS fails or 401",
        "The client certificate of the service key has expired.",
        "Create a new service key (its validity is a parameter, in days), and store it.",
        "wire-facts 2.3",
        _expired,
        _certificate,
    ),
    Cause(
        "certificate-not-for-clients",
        "token request with a certificate: TLS fails",
        "The certificate lacks the usage Client Authentication, which public CAs leave out of late.",
        "Use a certificate of SAP's own CA (key-type certificate), or one that has the usage.",
        "wire-facts 6.30",
        _not_for_clients,
        _certificate,
    ),
    Cause(
        "certificate-does-not-match-key",
        "token request with a certificate: certificate and private key do not fit together",
        "The private key in the service key is not that of the certificate.",
        "Download the service key again; to an external certificate add the key of that very one.",
        "wire-facts 2.2",
        _does_not_match,
        _certificate,
    ),
    Cause(
        "certificate-on-trial",
        "token request or call with a certificate on a trial tenant: TLS fails or 401",
        "Trial tenants do not take client certificates.",
        "Use a service key of type ClientId/Secret on the trial.",
        "assumed",
        _on_trial,
        _certificate,
        yields_to=(
            "certificate-expired",
            "certificate-not-for-clients",
            "certificate-does-not-match-key",
        ),
    ),
    Cause(
        "certificate-not-accepted",
        'token request with a certificate: 401, "Client authentication failed", or TLS fails',
        "The token service does not know this certificate for this client: the key was deleted, or the "
        "certificate is of another instance.",
        "Create a new service key of type Certificate and store it whole.",
        "wire-facts 3.5",
        _not_accepted,
        _certificate,
        yields_to=(
            "certificate-expired",
            "certificate-not-for-clients",
            "certificate-does-not-match-key",
            "certificate-on-trial",
            "grant-client-x509",
            "grant-not-allowed",
        ),
    ),
)


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


CIRCUMSTANCES = (
    Cause(
        "clock-difference",
        "clocks that differ by more than a minute",
        "The clock here and that of the tenant differ: tokens seem expired or not valid yet, and message "
        "logs are looked for at the wrong time.",
        "Set the clock here by NTP.",
        "assumed",
        _clock,
        _clock_evidence,
    ),
    Cause(
        "shared-client-id",
        "several clients of an environment with one client id",
        "The service keys are of one service instance: to the tenant these clients are one.",
        "Create a service instance for each partner, and a key of each.",
        "wire-facts 6.27",
        _shared,
        _shared_evidence,
    ),
)
