"""One emulator for all tests of it, started the way the plugin starts it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pytest_iflow.emulator.landscape import Landscape, new_landscape
from pytest_iflow.emulator.start import Planes
from tests.emulator.emulator_process import Emulator, running


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """A running emulator."""
    with running(tmp_path_factory.mktemp("emulator") / "keys") as emulator:
        yield emulator


@pytest.fixture(scope="session")
def landscape() -> Landscape:
    """A landscape that no server runs for; its planes are names only."""
    return new_landscape(
        Planes(
            token="https://127.0.0.1:1001",
            runtime="https://127.0.0.1:1002",
            api="https://127.0.0.1:1003",
            products="http://127.0.0.1:1004/espm-cloud-web/espm.svc",
        )
    )
