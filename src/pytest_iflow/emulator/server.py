"""One process, one event loop: the planes of a landscape, each on a loopback port of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from starlette.types import ASGIApp

from pytest_iflow.emulator.admin import Admin
from pytest_iflow.emulator.api.service import ApiService
from pytest_iflow.emulator.certificates import ServerCertificate
from pytest_iflow.emulator.faults.draws import ActiveFaults
from pytest_iflow.emulator.faults.settings import FaultSettings
from pytest_iflow.emulator.flows.local_flows import LocalEngine, load_local_flows
from pytest_iflow.emulator.flows.receiver_flow import with_receiver
from pytest_iflow.emulator.landscape import Landscape, new_landscape
from pytest_iflow.emulator.plane import Plane
from pytest_iflow.emulator.plane_server import PlaneServer, stop_requested
from pytest_iflow.emulator.product_service import ROOT as PRODUCTS_ROOT
from pytest_iflow.emulator.product_service import ProductService
from pytest_iflow.emulator.request_log import RequestLog, Write, opened_log
from pytest_iflow.emulator.runtime.service import RuntimeService
from pytest_iflow.emulator.service_keys import KeyFolder
from pytest_iflow.emulator.start import Planes, Profile, Ready, StartError
from pytest_iflow.emulator.token_service import TokenService

LOOPBACK = "127.0.0.1"
# The two ports after it are needed as well.
HIGHEST_PORT = 65_533
FLOW_THREADS = 64


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says.

    ``keys`` is the folder for service keys and ca.pem; ``port`` that of the token service, 0 for free ones;
    ``flows`` a folder with flows of the suite's own; ``bundles`` a file that names bundles, ``more_bundles``
    are the zips and folders of others (``LocalEngine``);
    ``log`` the file of the request log, ``-`` for standard error. With ``shows_prints`` standard error gets
    what scripts print.
    """

    keys: Path
    port: int = 0
    until_stdin_closes: bool = False
    profile: Profile = field(default_factory=Profile)
    faults: FaultSettings = field(default_factory=FaultSettings)
    flows: Path | None = None
    bundles: Path | None = None
    more_bundles: tuple[Path, ...] = ()
    log: str | None = None
    shows_prints: bool = False


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


def serve(options: Options, announce: Callable[[Ready], None]) -> None:
    """Run a landscape until the process is asked to stop.

    Writes the service keys to their folder and takes them away at the end. ``announce`` is called once,
    when every plane answers. Raises StartError if a port, a folder or a file cannot be used.
    """
    folder = KeyFolder(options.keys)
    with (
        bound(options.port) as sockets,
        opened_log(options.log) as write_log,
        contextlib.closing(folder),
    ):
        asyncio.run(_serve(options, sockets, folder, write_log, announce))


async def _serve(
    options: Options,
    sockets: PlaneSockets,
    folder: KeyFolder,
    write_log: Write | None,
    announce: Callable[[Ready], None],
) -> None:
    with (
        stop_requested(options.until_stdin_closes) as stop,
        contextlib.closing(LocalEngine(options.flows, options.bundles, options.more_bundles)) as engine,
    ):
        own_flows = load_local_flows(options.flows, engine)
        landscape = new_landscape(sockets.planes(), options.profile, own_flows, engine)
        if options.shows_prints:
            landscape.prints.show = sys.stderr.write
        certificate = ServerCertificate.issue()
        folder.write(landscape, certificate.ca)
        ready = folder.ready(landscape)
        faults = ActiveFaults(landscape, options.faults)
        log = RequestLog(landscape, write_log) if write_log else None
        async with _answering(landscape, faults, log, ready, sockets, certificate):
            announce(ready)
            await stop.wait()


@contextlib.asynccontextmanager
async def _answering(
    landscape: Landscape,
    faults: ActiveFaults,
    log: RequestLog | None,
    ready: Ready,
    sockets: PlaneSockets,
    certificate: ServerCertificate,
) -> AsyncIterator[None]:
    """Have every plane answer while the context lasts; the token plane asks for client certificates."""
    tls = certificate.tls_context()

    def front(name: str, app: ASGIApp) -> Plane:
        return Plane(name, app, landscape, faults, log)

    with (
        ThreadPoolExecutor(FLOW_THREADS, thread_name_prefix="flow") as threads,
        contextlib.closing(ProductService(landscape.planes.products)) as products,
    ):
        token = front("token", TokenService(landscape).app())
        runtime = front("runtime", RuntimeService(landscape, threads))
        api = Admin(front("api", ApiService(landscape).app()), landscape, faults, ready)
        servers = {
            PlaneServer(token, certificate.tls_context(landscape.client_ca)): sockets.token,
            PlaneServer(runtime, tls): sockets.runtime,
            PlaneServer(api, tls): sockets.api,
        }
        receiver = PlaneServer(front("products", with_receiver(products.app(), landscape.stopping)), None)
        async with _running({receiver: sockets.products}), _running(servers):
            yield
            landscape.stopping.set()


@contextlib.asynccontextmanager
async def _running(servers: Mapping[PlaneServer, socket.socket]) -> AsyncIterator[None]:
    running = [asyncio.create_task(server.serve([listener])) for server, listener in servers.items()]
    for server in servers:
        await server.listening.wait()
    try:
        yield
    finally:
        for server in servers:
            server.should_exit = True
        await asyncio.gather(*running)
