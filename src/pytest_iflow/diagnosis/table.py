"""All causes, by id."""

from __future__ import annotations

import difflib
from types import ModuleType

from pytest_iflow.diagnosis import (
    access_tokens,
    addresses,
    audiences,
    circumstances,
    client_certificates,
    gateways,
    network,
    permissions,
    processing,
    token_requests,
)
from pytest_iflow.diagnosis.cause import Cause

SUBJECTS: dict[str, ModuleType] = {
    "The token request": token_requests,
    "The client certificate": client_certificates,
    "The token of a call": access_tokens,
    "Issuer and audience of the token": audiences,
    "Roles": permissions,
    "The address": addresses,
    "Network and TLS": network,
    "Gateways and limits": gateways,
    "The message": processing,
    "Clocks and clients": circumstances,
}
"""The modules with the rows, by the heading of the documentation."""

CAUSES: dict[str, Cause] = {cause.id: cause for module in SUBJECTS.values() for cause in module.CAUSES}
"""Every cause by its id; earlier ones are named first where several are as sure."""


def closest_ids(word: str) -> list[str]:
    """Return the ids that are most like ``word``, at most three."""
    return difflib.get_close_matches(word.casefold(), CAUSES, n=3, cutoff=0.4)
