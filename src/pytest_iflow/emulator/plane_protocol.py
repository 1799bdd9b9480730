"""The HTTP protocol of the planes: uvicorn's, which lets the application see its connection."""

from __future__ import annotations

import asyncio

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

EXTENSION = "iflow.transport"
# Bytes, far above what a client sends: the parser keeps a head to its end, and one without any would fill
# the memory.
LARGEST_HEAD = 1024 * 1024


class PlaneProtocol(HttpToolsProtocol):
    """Puts the transport into the scope of each request: client certificate and resets need it."""

    _head_size = 0
    _within_head = True

    def data_received(self, data: bytes) -> None:
        """Take what has arrived, but no head without end (called by the transport)."""
        if self._within_head:
            self._head_size += len(data)
            if self._head_size > LARGEST_HEAD:
                if not self.transport.is_closing():
                    self.send_400_response("The head of the request is too large.")
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        """Begin a request (called by the parser)."""
        super().on_message_begin()
        self.scope["extensions"] = {EXTENSION: {"transport": self.transport}}

    def on_headers_complete(self) -> None:
        """End the head of a request (called by the parser)."""
        self._within_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """End a request, after which the head of the next one may come (called by the parser)."""
        self._within_head = True
        self._head_size = 0
        super().on_message_complete()

    @property
    def idle(self) -> bool:
        """Whether no answer is under way on this connection, nor the last bytes of one."""
        answered = self.cycle is None or self.cycle.response_complete
        return answered and not self.transport.is_closing() and not self.transport.get_write_buffer_size()


def transport_of(scope: Scope) -> asyncio.Transport:
    """Return the connection that a request came over; its ``ssl_object`` has the client's certificate."""
    transport: asyncio.Transport = scope["extensions"][EXTENSION]["transport"]
    return transport
