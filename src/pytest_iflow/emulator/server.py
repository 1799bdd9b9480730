"""One process, one event loop: the planes of a landscape, each on a loopback port of its own."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from starlette.types import ASGIApp

from pytest_iflow.emulator.admin.service import Admin
from pytest_iflow.emulator.api.service import ApiService
from pytest_iflow.emulator.certificates import ServerCertificate
from pytest_iflow.emulator.faults.switchboard import Switchboard
from pytest_iflow.emulator.flows.local_flows import load_local_flows
from pytest_iflow.emulator.flows.unsteady_receiver import with_receiver
from pytest_iflow.emulator.landscape import Landscape, new_landscape
from pytest_iflow.emulator.options import Options
from pytest_iflow.emulator.plane import Plane
from pytest_iflow.emulator.plane_server import PlaneServer
from pytest_iflow.emulator.products.service import ProductService
from pytest_iflow.emulator.ready import Ready
from pytest_iflow.emulator.request_log import RequestLog, Write, opened_log
from pytest_iflow.emulator.runtime.service import RuntimeService
from pytest_iflow.emulator.service_keys import KeyFolder
from pytest_iflow.emulator.sockets import PlaneSockets, bound
from pytest_iflow.emulator.stop_signals import stop_requested
from pytest_iflow.emulator.token_service.service import TokenService

FLOW_THREADS = 64


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
    with stop_requested(options.until_stdin_closes) as stop:
        own_flows = load_local_flows(options.flows) if options.flows else ()
        landscape = new_landscape(sockets.planes(), options.profile, own_flows)
        certificate = ServerCertificate.issue()
        folder.write(landscape, certificate.ca)
        ready = folder.ready(landscape)
        switchboard = Switchboard(landscape, options.faults)
        log = RequestLog(landscape, write_log) if write_log else None
        async with _answering(landscape, switchboard, log, ready, sockets, certificate):
            announce(ready)
            await stop.wait()


@contextlib.asynccontextmanager
async def _answering(
    landscape: Landscape,
    switchboard: Switchboard,
    log: RequestLog | None,
    ready: Ready,
    sockets: PlaneSockets,
    certificate: ServerCertificate,
) -> AsyncIterator[None]:
    """Have every plane answer while the context lasts; the token plane asks for client certificates."""
    tls = certificate.tls_context()

    def front(name: str, app: ASGIApp) -> Plane:
        return Plane(name, app, landscape, switchboard, log)

    with (
        ThreadPoolExecutor(FLOW_THREADS, thread_name_prefix="flow") as threads,
        contextlib.closing(ProductService(landscape.planes.products)) as products,
    ):
        token = front("token", TokenService(landscape).app())
        runtime = front("runtime", RuntimeService(landscape, threads))
        api = Admin(front("api", ApiService(landscape).app()), landscape, switchboard, ready)
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
