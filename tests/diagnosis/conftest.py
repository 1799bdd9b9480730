"""Tenants that refuse: the emulator, and servers with recorded answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, Protocol

import pytest

from pytest_iflow.diagnosis.facts import Certainty, Facts, Finding
from pytest_iflow.diagnosis.findings import diagnose
from tests.diagnosis.recognised import RECOGNISED
from tests.diagnosis.refusing import RefusingTenant, Sender
from tests.emulator.emulator_process import running
from tests.loopback_authority import Authority
from tests.loopback_server import Reply, Serve

Origin = Literal["emulator", "recorded", "network"]


class Recognise(Protocol):
    """Expects exactly these findings of facts, in this order."""

    def __call__(
        self,
        facts: Facts,
        *expected: str,
        by: Origin = "emulator",
        certainty: Certainty = Certainty.CERTAIN,
    ) -> tuple[Finding, ...]:
        """Return the findings; ``certainty`` is that of the first."""


@pytest.fixture
def recognise(record_property: Callable[[str, Any], None]) -> Recognise:
    """Judge facts: the causes that are expected are named, and no others."""

    def judge(
        facts: Facts,
        *expected: str,
        by: Origin = "emulator",
        certainty: Certainty = Certainty.CERTAIN,
    ) -> tuple[Finding, ...]:
        findings = diagnose(facts)
        assert [finding.cause.id for finding in findings] == list(expected)
        if expected:
            assert findings[0].certainty is certainty
            record_property(RECOGNISED, f"{expected[0]}:{by}")
        return findings

    return judge


@pytest.fixture(scope="session")
def shared_tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RefusingTenant]:
    """An emulator that several tests use."""
    with running(tmp_path_factory.mktemp("diagnosis") / "keys") as emulator:
        yield RefusingTenant(emulator)


@pytest.fixture
def tenant(shared_tenant: RefusingTenant) -> Iterator[RefusingTenant]:
    """The emulator, without faults and with all its flows."""
    yield shared_tenant
    shared_tenant.emulator.reset()


@pytest.fixture
def recorded(serve: Serve, authority: Authority, tmp_path: Path) -> Callable[[Reply], Sender]:
    """Return what sends to a server that gives one recorded answer."""
    bundle = tmp_path / "recorded-ca.pem"
    bundle.write_text(authority.pem, encoding="ascii")

    def answering(reply: Reply) -> Sender:
        return Sender(serve(lambda _received: reply).url, bundle)

    return answering


@pytest.fixture(autouse=True)
def _without_waits(hurried: None) -> None:
    """Ask again at once: the waits between have tests of their own."""
