"""Ending a connection in ways that a well-behaved server does not."""

from __future__ import annotations

import asyncio
import os
import socket
import struct

from starlette.types import Receive, Scope

from pytest_iflow.emulator.plane_protocol import transport_of

# SO_LINGER, on for zero seconds, makes of a close a reset; its two numbers are smaller on Windows.
RESET_ON_CLOSE = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
FAREWELL = 1.0


async def reset(scope: Scope, receive: Receive) -> None:
    """Reset the connection of a request at once; what is not sent yet is lost."""
    transport = transport_of(scope)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    transport.abort()
    await _gone(receive)


async def close(scope: Scope, receive: Receive) -> None:
    """Close the connection of a request after what is sent already, in the middle of the answer."""
    transport = transport_of(scope)
    transport.close()
    try:
        await asyncio.wait_for(_gone(receive), FAREWELL)
    except TimeoutError:
        # A client that does not answer the farewell of TLS would hold the connection for long.
        transport.abort()
        await _gone(receive)


async def _gone(receive: Receive) -> None:
    # The server takes an application that returns before the connection is lost for a broken one.
    while (await receive())["type"] != "http.disconnect":
        pass
