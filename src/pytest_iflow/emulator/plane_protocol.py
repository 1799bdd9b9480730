"""The HTTP protocol of the planes: uvicorn's, which lets the application see its connection."""

from __future__ import annotations

import asyncio

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

EXTENSION = "iflow.transport"


class PlaneProtocol(HttpToolsProtocol):
    """Puts the transport into the scope of each request: client certificate and resets need it."""

    def on_message_begin(self) -> None:
        """Begin a request (called by the parser)."""
        super().on_message_begin()
        self.scope["extensions"] = {EXTENSION: {"transport": self.transport}}

    @property
    def idle(self) -> bool:
        """Whether no answer is under way on this connection, nor the last bytes of one."""
        answered = self.cycle is None or self.cycle.response_complete
        return answered and not self.transport.is_closing() and not self.transport.get_write_buffer_size()


def transport_of(scope: Scope) -> asyncio.Transport:
    """Return the connection that a request came over; its ``ssl_object`` has the client's certificate."""
    transport: asyncio.Transport = scope["extensions"][EXTENSION]["transport"]
    return transport
