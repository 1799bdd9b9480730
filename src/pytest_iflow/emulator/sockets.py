"""The listening sockets of the planes: loopback only, bound before anything else is built."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass

from pytest_iflow.emulator.planes import Planes
from pytest_iflow.emulator.products.service import ROOT as PRODUCTS_ROOT
from pytest_iflow.emulator.start_error import StartError

LOOPBACK = "127.0.0.1"
# The two ports after it are needed as well.
HIGHEST_PORT = 65_533


@dataclass(frozen=True, slots=True)
class PlaneSockets:
    """One bound socket for each plane."""

    token: socket.socket
    runtime: socket.socket
    api: socket.socket
    products: socket.socket

    def planes(self) -> Planes:
        """Return the addresses that the planes are reached at."""
        return Planes(
            token=f"https://{_address(self.token)}",
            runtime=f"https://{_address(self.runtime)}",
            api=f"https://{_address(self.api)}",
            products=f"http://{_address(self.products)}{PRODUCTS_ROOT}",
        )


@contextlib.contextmanager
def bound(port: int) -> Iterator[PlaneSockets]:
    """Bind token, runtime and API to ``port`` and the two after it; 0 stands for free ports.

    Raises StartError if there is no such port or one of them is taken. The product service always gets a
    free port.
    """
    if not 0 <= port <= HIGHEST_PORT:
        raise StartError(
            f"Port {port} cannot be used: name one from 1 to {HIGHEST_PORT} with --port "
            "(the two after it are needed too), or 0 for free ports."
        )
    first_three = (port, port + 1, port + 2) if port else (0, 0, 0)
    with contextlib.ExitStack() as opened:
        token, runtime, api, products = (
            opened.enter_context(contextlib.closing(_bind(each))) for each in (*first_three, 0)
        )
        yield PlaneSockets(token, runtime, api, products)


def _bind(port: int) -> socket.socket:
    # asyncio turns off Nagle's algorithm, worth 40 ms a call, only for a socket that names its protocol.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":
        # A port of a landscape that has just ended can be used again; on Windows the same option would
        # let two processes share a port.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise StartError(
            f"Port {port} of {LOOPBACK} cannot be used: {error}. "
            "Name another one with --port (the two after it are needed too), or 0 for free ports."
        ) from error
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()
    return f"{host}:{port}"
