"""Deployment tools against ``pytest-iflow serve`` as it starts by itself, with the times of a tenant.

    python -m tests.endurance.deployment_tools

It takes two minutes, most of which are waits; the same requests in a quick profile are
``tests/emulator/api/test_emulator_api_changes.py``.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.emulator.deployment_tools import bearer, delete_package, run_flashpipe, run_piper, with_basic
from tests.emulator.emulator_process import Emulator


def main() -> int:
    """Run the tools one after the other, and print how long each took."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pytest_iflow", "serve", "--keys", f"{folder}/keys", "--json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - this one
            try:
                assert process.stdout is not None
                said = json.loads(process.stdout.readline())
                _run(
                    Emulator(
                        said["token"], said["runtime"], said["api"], Path(said["keys"]), Path(said["ca"])
                    )
                )
            finally:
                process.terminate()
    return 0


def _run(emulator: Emulator) -> None:
    began = time.monotonic()
    tool = bearer(emulator)
    run_piper(tool)
    print(f"Piper: {time.monotonic() - began:.0f} s")  # noqa: T201 - what it is for
    delete_package(tool)
    for name, client in (("Basic", with_basic(emulator)), ("OAuth", tool)):
        began = time.monotonic()
        # The tenant needs a while to undeploy what the tool before had.
        while tool.send("GET", "IntegrationRuntimeArtifacts('Uploaded')").status_code != 404:
            time.sleep(1)
        run_flashpipe(client)
        print(f"FlashPipe with {name}: {time.monotonic() - began:.0f} s")  # noqa: T201 - what it is for


if __name__ == "__main__":
    sys.exit(main())
