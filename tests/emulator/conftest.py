"""One emulator for all tests of it, started the way the plugin starts it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_iflow.emulator.landscape import Landscape, new_landscape
from pytest_iflow.emulator.planes import Planes
from tests.emulator.emulator_process import TIMEOUT, Emulator, ready, start


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """A running emulator; when the tests are over it has to end at the end of its input, in silence."""
    with start(tmp_path_factory.mktemp("emulator") / "keys", "--until-stdin-closes") as process:
        said = ready(process)
        yield Emulator(said["token"], said["runtime"], said["api"], Path(said["keys"]), Path(said["ca"]))
        _, complaints = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, complaints) == (0, "")


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
