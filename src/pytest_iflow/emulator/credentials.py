"""Client credentials in a Basic header, as the token service and the runtime both accept them."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from pytest_iflow.emulator.instances import ServiceInstance
from pytest_iflow.emulator.landscape import Landscape


@dataclass(frozen=True, slots=True)
class Credentials:
    """A client id with the secret that came along; nothing is verified yet."""

    client_id: str
    client_secret: str = field(repr=False)

    @classmethod
    def from_basic(cls, authorization: str) -> Credentials | None:
        """Read an ``Authorization: Basic …`` header; None if it is another scheme or broken."""
        scheme, _, encoded = authorization.partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            decoded = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
        except ValueError:  # no ASCII, no base64, or no UTF-8 in it
            return None
        client_id, colon, client_secret = decoded.partition(":")
        return cls(client_id, client_secret) if colon else None

    def instance(self, landscape: Landscape) -> ServiceInstance | None:
        """Return the service instance that these are the right credentials of, else None."""
        instance = landscape.instance(self.client_id)
        return instance if instance and instance.accepts_secret(self.client_secret) else None
