"""What the systems behind receivers were sent, by scenario and within bounds."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

KEPT_WHOLE = 1_000
"""Calls of one scenario that are kept with headers and body; of those behind only what they were."""

KEPT_BYTES = 128 * 1024 * 1024
"""Bytes of bodies that are kept of one scenario."""

KEPT = 20_000
"""Calls of one scenario that are kept at all; those behind are counted."""

Kind = Literal["request", "mail", "file"]


class ReceiverCall(Struct, frozen=True):
    """A request of a flow to a system, or a mail or a file that it was sent.

    ``receiver`` is the name that the flow has for the system, ``flow`` the id of the artifact, ``step`` the
    model id. ``headers`` of a mail or a file are what the adapter knows beside the content, ``name`` is the
    subject or the name of the file, ``url`` the mailbox or the folder. ``is_whole``: headers and body are
    those that were sent; of a call beyond the bounds they are gone.
    """

    receiver: str
    kind: Kind
    flow: str
    step: str
    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    name: str = ""
    is_whole: bool = True


class CallBook:
    """The calls of one scenario; ``lost`` is how many more there were than are kept."""

    def __init__(self) -> None:
        self.calls: list[ReceiverCall] = []
        self.lost = 0
        self._bytes = 0

    def add(self, call: ReceiverCall) -> None:
        """Keep a call as far as there is room."""
        if len(self.calls) >= KEPT:
            self.lost += 1
            return
        if len(self.calls) >= KEPT_WHOLE or self._bytes + len(call.body) > KEPT_BYTES:
            call = replace(call, headers=(), body=b"", is_whole=False)
        self._bytes += len(call.body)
        self.calls.append(call)
