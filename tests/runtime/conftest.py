"""A tenant with one client, whose token service and runtime are one small server."""

from __future__ import annotations

import pytest

from pytest_iflow.runtime.caller import IflowCaller
from tests.loopback_server import LoopbackServer, Serve
from tests.loopback_tenant import LoopbackTenant, TokenService, caller_of


@pytest.fixture
def server(serve: Serve, loopback_tenant: LoopbackTenant) -> LoopbackServer:
    """Token service and runtime of the client ``default``."""
    server = serve(TokenService())
    loopback_tenant.client(host=server.url)
    return server


@pytest.fixture
def caller(server: LoopbackServer, loopback_tenant: LoopbackTenant) -> IflowCaller:
    """Calls to that server."""
    assert server.received == []
    return caller_of(loopback_tenant.run())
