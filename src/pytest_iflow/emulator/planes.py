"""The planes of the landscape: which host serves what."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Planes:
    """Base URLs without a trailing slash, as the hosts of wire-facts 2.4.

    ``token`` issues tokens, ``runtime`` runs the iFlows, ``api`` is the host without ``-rt``;
    ``products`` is the receiver behind the product flows, plain http, of no concern to a client.
    """

    token: str
    runtime: str
    api: str
    products: str

    @property
    def token_url(self) -> str:
        """The token endpoint, as ``tokenurl`` of a service key names it (wire-facts 2.1)."""
        return f"{self.token}/oauth/token"

    @property
    def token_keys_url(self) -> str:
        """Where the keys stand that tokens are verified with (wire-facts 3.3)."""
        return f"{self.token}/token_keys"
