"""Service keys and certificates: whether they can be used, and until when."""

from __future__ import annotations

import math
import ssl
import time
from collections.abc import Mapping
from functools import cached_property

from pytest_iflow.diagnosis.access_tokens import moment
from pytest_iflow.diagnosis.clients import certificate_of
from pytest_iflow.diagnosis.doctor.probe import (
    Advice,
    Observation,
    State,
    failed,
    from_cause,
    from_error,
    judged,
    passed,
)
from pytest_iflow.diagnosis.facts import Facts
from pytest_iflow.errors import ConfigurationError
from pytest_iflow.run import Run
from pytest_iflow.tenants.service_key import ServiceKey
from pytest_iflow.transport.trust import show_certificate, tls_context

DAY = 86_400.0
"""In seconds."""

NOTICE = 30.0
"""Days before its end from which on a certificate is warned about."""


def judge_ends(said: str, ends: Mapping[str, float]) -> Observation:
    """Pass with the text ``said`` and the earliest end; warn of each certificate that ends soon.

    ``ends`` maps certificates to their end, in seconds since 1970.
    """
    said = f"{said}, until {moment(min(ends.values()))}"
    remedy = "Renew it before then: for a service key, create a new one; for a host, tell its operator."
    days_left = {what: math.ceil((end - time.time()) / DAY) for what, end in ends.items()}
    soon = tuple(
        Advice(f"Within {days} day{'s' if days > 1 else ''} {what} ends.", remedy)
        for what, days in days_left.items()
        if days <= NOTICE
    )
    return Observation(State.WARNED, said, soon) if soon else passed(said)


class Trust:
    """The trusted certificate authorities, read once: that takes longer than most probes."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def read_bundle(self) -> Observation:
        """Read which certificate authorities are trusted."""
        try:
            bundle = self._run.credentials.ca_bundle()
            self._context  # noqa: B018, raises for a bundle that cannot be read
        except ConfigurationError as error:
            return failed(error.what, from_error(error))
        return passed(f"ca-bundle {bundle}" if bundle else "the CAs of this machine are trusted")

    def context_for(self, client: str) -> ssl.SSLContext:
        """Return a context that trusts them, with the certificate of the client if it has a good one."""
        key = self._run.credentials.service_key(client)
        if not key.private_key:
            return self._context
        context = self._read()
        try:
            show_certificate(context, key, client)
        except ConfigurationError:  # found before; whether the host can be trusted is another question
            return self._context
        return context

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return self._read()

    def _read(self) -> ssl.SSLContext:
        return tls_context(self._run.credentials.ca_bundle(), self._run.environ, self._run.environment.trust)


def read_key(run: Run, client: str) -> Observation:
    """Read a service key."""
    try:
        key = run.credentials.service_key(client)
    except ConfigurationError as error:
        return judged(Facts(error=error), error.what) or failed(error.what, from_error(error))
    return passed(f"a key of plan {key.plan.value} with a {key.kind}, {key.source}")


def warn_of_twin(key: ServiceKey, twin: str) -> Observation:
    """Warn of a client that has the client id of another one: the tenant cannot tell them apart."""
    advice = from_cause("shared-client-id", Facts(key=key, same_client=(twin,)))
    return Observation(State.WARNED, f"it is that of {twin}, too", (advice,))


def judge_certificate(run: Run, client: str) -> Observation:
    """Judge the certificate in a service key: its time, its usage, its private key."""
    facts = Facts(key=run.credentials.service_key(client))
    certificate = certificate_of(facts)
    if certificate is None:
        why = "The certificate in the service key cannot be read."
        return failed(why, Advice(why, "Download the service key again, without editing it."))
    ends = {f'the service key of client "{client}"': certificate.not_valid_after_utc.timestamp()}
    return judged(facts) or judge_ends(certificate.subject.rfc4514_string(), ends)
