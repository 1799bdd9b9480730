"""The TOML declaration of one flow, read with errors that name file and key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_iflow.emulator.flows.flow import PROTOCOL_PATHS, Protocol
from pytest_iflow.emulator.start_error import StartError

KEYS = frozenset(
    {
        "artifact",
        "name",
        "address",
        "protocol",
        "role",
        "csrf",
        "template",
        "function",
        "content-type",
        "status",
        "wsdl",
    }
)
# What a runtime can route to: segments that need no quoting, at the end perhaps any rest.
ADDRESS = re.compile(r"(/[A-Za-z0-9._~-]+)+(/\*)?")
LOWEST_STATUS = 200
HIGHEST_STATUS = 599


class Declaration:
    """What one file says of a flow; raises StartError for a key that no flow has."""

    def __init__(self, file: Path, content: Mapping[str, Any]) -> None:
        self.file = file
        self._content = content
        for key in content:
            if key not in KEYS:
                raise self.mistake(key, f"there is no such key; the keys are {', '.join(sorted(KEYS))}")

    def mistake(self, key: str, what: str) -> StartError:
        """Return the error for a key."""
        return StartError(f"{self.file}: {key}: {what}.")

    def refuse(self, key: str, why: str) -> None:
        """Raise StartError if a key is there."""
        if key in self._content:
            raise self.mistake(key, why)

    def text(self, key: str) -> str:
        """Return a text that has to be there."""
        value = self.optional_text(key)
        if value is None:
            raise self.mistake(key, "is missing")
        return value

    def optional_text(self, key: str) -> str | None:
        """Return a text, None if the key is not there."""
        value = self._content.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            raise self.mistake(key, "a text is needed, in quotes")
        return value

    def flag(self, key: str) -> bool:
        """Return a truth value, False if the key is not there."""
        value = self._content.get(key, False)
        if not isinstance(value, bool):
            raise self.mistake(key, "true or false is needed, without quotes")
        return value

    def address(self) -> str:
        """Return the address, such as ``/orders`` or ``/orders/*``."""
        address = self.text("address")
        if not ADDRESS.fullmatch(address):
            raise self.mistake("address", f'"{address}" is not like "/orders/create" or "/orders/*"')
        return address

    def protocol(self) -> Protocol:
        """Return the protocol, ``http`` if none is given."""
        wanted = self.optional_text("protocol") or "http"
        for protocol in PROTOCOL_PATHS:
            if protocol == wanted:
                return protocol
        raise self.mistake("protocol", f"{wanted} is none of {', '.join(PROTOCOL_PATHS)}")

    def status(self) -> int | None:
        """Return the status to answer with, None if the flow leaves that to the runtime."""
        value = self._content.get("status")
        if value is None:
            return None
        if not isinstance(value, int) or not LOWEST_STATUS <= value <= HIGHEST_STATUS:
            raise self.mistake("status", f"a number from {LOWEST_STATUS} to {HIGHEST_STATUS} is needed")
        return value

    def file_text(self, key: str) -> str:
        """Return what is in the file that a key names, beside the declaration."""
        name = self.text(key)
        try:
            return (self.file.parent / name).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise self.mistake(key, f"{name} cannot be read: {error}") from error
