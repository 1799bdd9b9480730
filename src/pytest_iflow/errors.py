"""The errors of this package: each says what happened, where, and what to do next."""

from __future__ import annotations


class IflowError(Exception):
    """Base of every error that this package raises on purpose.

    ``what`` is one sentence, ``where`` names the place (file and line, tenant, URL without
    secrets), ``remedy`` is the next step for the reader.

    For the diagnosis: ``cause`` is the id of the cause, where the one who raises knows it, ``exchange`` the
    exchange that the error is about, ``client`` the client of the tenant that acted.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        remedy: str | None = None,
        cause: str | None = None,
        exchange: object = None,
        client: str | None = None,
    ) -> None:
        super().__init__(what, where, remedy)
        self.what = what
        self.where = where
        self.remedy = remedy
        self.cause = cause
        self.exchange = exchange
        self.client = client

    def __str__(self) -> str:
        lines = [self.what]
        if self.where:
            lines.append(f"  where:      {self.where}")
        if self.remedy:
            lines.append(f"  what to do: {self.remedy}")
        return "\n".join(lines)


class ConfigurationError(IflowError):
    """Options, tenant files or service keys that cannot be used; ends a run with exit code 4."""


class MissingCredentialError(ConfigurationError):
    """A client of the tenant has no service key."""


class FeatureFileError(IflowError):
    """A feature file that cannot be collected."""


class TokenError(IflowError):
    """The token service gave no access token."""


class CallError(IflowError):
    """A call got no answer that a check could judge: network, TLS, time-out, wrong host."""


class CheckError(IflowError, AssertionError):
    """An answer is not what the feature expects; a failure of the test, not of the tool."""
