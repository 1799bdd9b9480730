"""An emulator of a test module's own, as a tenant with a name: faults, deployments and counters at hand.

Test modules name this one in ``pytest_plugins`` and import types from it: PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_iflow.run import Run
from pytest_iflow.tenants.catalogue import LOCAL, Catalogue
from tests.emulator.emulator_process import Emulator, running
from tests.inner_project import InnerProject


@pytest.fixture(scope="module")
def _own_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with running(tmp_path_factory.mktemp("emulator") / "keys") as emulator:
        yield emulator


@pytest.fixture
def emulator(_own_emulator: Emulator) -> Emulator:
    """The emulator, as after its start."""
    _own_emulator.reset()
    return _own_emulator


@pytest.fixture
def emulated_run(emulator: Emulator, tmp_path: Path) -> Iterator[Run]:
    """A run for the tenant local against that emulator."""
    run = Run(Catalogue(None, {}).environment(LOCAL), {}, tmp_path, str(emulator.keys))
    yield run
    run.close()


def name_tenant(
    project: InnerProject,
    emulator: Emulator,
    *,
    default: str = "integration-flow",
    monitoring: str | None = "api",
    iflows: str = "",
) -> None:
    """Write a tenant file that makes the emulator the tenant "acme", with these service keys and iFlows."""
    clients = {"default": default, **({"monitoring": monitoring} if monitoring else {})}
    tables = "".join(
        f"[environments.dev.clients.{name}]\nservice-key = {json.dumps(f'file:{emulator.keys / key}.json')}\n"
        for name, key in clients.items()
    )
    head = f"[environments.dev]\nca-bundle = {json.dumps(str(emulator.ca))}\n"
    project.write("tenants/acme.toml", f"{head}{tables}{iflows}")


def undeploy(emulator: Emulator, artifact: str) -> None:
    """Take an iFlow out of the runtime."""
    url = f"{emulator.api}/api/v1/IntegrationRuntimeArtifacts('{artifact}')"
    headers = {"Authorization": f"Bearer {emulator.token('api')}"}
    emulator.request("DELETE", url, headers=headers).raise_for_status()


def received(emulator: Emulator) -> dict[str, int]:
    """Return how many requests each plane received, and the number of messages under "messages".

    Planes without any are left out; what a test asks of the emulator itself is not counted there.
    """
    counters: dict[str, Any] = emulator.counters()
    planes = {name: number for name, number in counters["received"]["planes"].items() if name != "products"}
    return {**planes, "messages": sum(counters["calls"].values())}
