"""Runs against emulators whose faults a test sets: one names message logs in its answers, one does not.

Test modules name this one in ``pytest_plugins`` and import types from it: PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_iflow.monitoring.correlation import MessageSearch
from pytest_iflow.monitoring.monitor import Monitor
from pytest_iflow.run import Run
from pytest_iflow.tenants.catalogue import LOCAL, Catalogue
from pytest_iflow.transport.exchange import APPLICATION_ID, Exchange
from tests.emulator.emulator_process import Emulator, running


@dataclass(frozen=True)
class EmulatedTenant:
    """An emulator and a run against it."""

    emulator: Emulator
    run: Run

    @property
    def monitor(self) -> Monitor:
        """The questions to it."""
        assert self.run.monitor is not None
        return self.run.monitor

    def order(self, number: str = "4711", *, application_id: str | None = None, **query: str) -> Exchange:
        """Place an order that takes no time, unless ``seconds`` says so."""
        query.setdefault("seconds", "0")
        headers = {APPLICATION_ID: application_id} if application_id else {}
        return self.call("/orders", json.dumps({"orderId": number}).encode(), headers, **query)

    def call(
        self, iflow: str, body: bytes = b"", headers: dict[str, str] | None = None, **query: str
    ) -> Exchange:
        """Call an iFlow, by its name or its address."""
        return self.run.caller().call(iflow, body=body, headers=headers, query=query)

    def search(self, exchange: Exchange, artifact: str | None = "Orders") -> MessageSearch:
        """Look for the message of a call."""
        return MessageSearch(exchange, artifact, self.monitor, self.run.clock)


@contextlib.contextmanager
def emulated(folder: Path, *options: str) -> Iterator[EmulatedTenant]:
    """Run an emulator with a client of it, both with tokens at hand."""
    with running(folder / "keys", *options) as emulator:
        run = Run(Catalogue(None, {}).environment(LOCAL), {}, folder, str(emulator.keys))
        assert run.monitor is not None
        for client in ("default", run.monitor.api.client):
            run.tokens.accept(run.tokens.token(client))  # so that one refused by a clock set back is replaced
        yield EmulatedTenant(emulator, run)
        run.close()


@pytest.fixture(scope="session")
def _naming(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatedTenant]:
    with emulated(tmp_path_factory.mktemp("naming")) as tenant:
        yield tenant


@pytest.fixture
def naming_tenant(_naming: EmulatedTenant) -> Iterator[EmulatedTenant]:
    """A tenant whose answers name their message logs; no faults and no logs at first."""
    _naming.emulator.reset()
    yield _naming
    _naming.emulator.reset()


@pytest.fixture(scope="session")
def _silent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatedTenant]:
    with emulated(tmp_path_factory.mktemp("silent"), "--profile", "2026") as tenant:
        yield tenant


@pytest.fixture
def silent_tenant(_silent: EmulatedTenant) -> Iterator[EmulatedTenant]:
    """A tenant whose answers do not name their message logs; no faults and no logs at first."""
    _silent.emulator.reset()
    yield _silent
    _silent.emulator.reset()
