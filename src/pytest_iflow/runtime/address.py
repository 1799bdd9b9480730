"""Addresses of iFlows, as paths of the runtime."""

from __future__ import annotations

_WITH_PROTOCOL = ("/http/", "/cxf/")


def runtime_path(address: str) -> str:
    """Return the path for the address of a sender; one without a protocol is HTTPS (wire-facts 4.1)."""
    return address if address.startswith(_WITH_PROTOCOL) else f"/http{address}"
