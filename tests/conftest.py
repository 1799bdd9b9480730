"""The local tenant and small servers on loopback: the only counterparts that the tests have."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_iflow.local_tenant import LocalTenant
from pytest_iflow.run import Run
from pytest_iflow.tenants.catalogue import LOCAL, Catalogue
from tests.diagnosis.recognised import pytest_terminal_summary  # noqa: F401, a hook of pytest
from tests.loopback_authority import Authority
from tests.loopback_server import LOOPBACK, LoopbackServer, Serve, closed_port
from tests.loopback_tenant import LoopbackTenant


@pytest.fixture(autouse=True, scope="session")
def _no_proxy_of_this_machine() -> Iterator[None]:
    """Keep the proxy settings of whoever runs the tests out of them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.lower().endswith("_proxy"):
                patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def local_tenant() -> Iterator[LocalTenant]:
    """The emulator, started the way a run starts it."""
    tenant = LocalTenant()
    yield tenant
    tenant.stop()


@pytest.fixture
def local_run(local_tenant: LocalTenant, tmp_path: Path) -> Iterator[Run]:
    """A run against the emulator, with tokens and connections of its own."""
    run = Run(Catalogue(None, {}).environment(LOCAL), {}, tmp_path, str(local_tenant.keys()))
    yield run
    run.close()


@pytest.fixture(scope="session")
def authority() -> Authority:
    """A CA that the runs of ``loopback_tenant`` trust."""
    return Authority()


@pytest.fixture
def serve(authority: Authority) -> Iterator[Serve]:
    """Start HTTPS servers on loopback that answer as told; they end with the test."""
    tls = authority.server_context("localhost", LOOPBACK)
    with contextlib.ExitStack() as servers:
        yield lambda answer: servers.enter_context(contextlib.closing(LoopbackServer(answer, tls)))


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again at once where nobody says when: the waits between have tests of their own."""
    monkeypatch.setattr("pytest_iflow.transport.repetition.FIRST_WAIT", 0.0)


@pytest.fixture
def closed_url() -> Iterator[str]:
    """The https address of a port of this machine at which nobody listens, and nobody begins to."""
    with closed_port() as port:
        yield f"https://{LOOPBACK}:{port}"


@pytest.fixture
def loopback_tenant(tmp_path: Path, authority: Authority) -> Iterator[LoopbackTenant]:
    """A tenant to be built of such servers."""
    with contextlib.closing(LoopbackTenant(tmp_path, authority)) as tenant:
        yield tenant


@pytest.fixture
def without_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user of whom the system knows no home folder, as in some containers."""
    pwd = pytest.importorskip("pwd")
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)

    def unknown(uid: int) -> None:
        raise KeyError(uid)

    monkeypatch.setattr(pwd, "getpwuid", unknown)
