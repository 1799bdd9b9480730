"""The ids that a message is known by."""

from __future__ import annotations

import base64
import secrets
import time
from dataclasses import dataclass


def new_message_id() -> str:
    """Make an MPL id: 28 characters of the base64url alphabet (wire-facts 4.2).

    The recorded ids hold a zero byte, the time in seconds (four bytes) and sixteen bytes more;
    hence all ids made between 2021 and 2029 start with ``AG``.
    """
    octets = b"\0" + int(time.time()).to_bytes(4, "big") + secrets.token_bytes(16)
    return base64.urlsafe_b64encode(octets).decode("ascii")


@dataclass(frozen=True, slots=True)
class MessageIds:
    """The ids of one message: its log's, its correlation's, and the one made before it was accepted."""

    message: str
    correlation: str
    pregenerated: str

    @classmethod
    def new(cls) -> MessageIds:
        """Make ids for a message that arrives now."""
        return cls(new_message_id(), new_message_id(), new_message_id())
