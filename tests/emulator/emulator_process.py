"""The local tenant as the tests of it see it: a process, its ready line, its files, its wire."""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

TIMEOUT = 30


def start(keys: Path, *options: str, environ: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """Start the emulator; its output and its standard input are pipes. ``environ`` is set besides ours."""
    command = [sys.executable, "-m", "pytest_iflow.emulator", "--keys", str(keys), *options]
    return subprocess.Popen(  # noqa: S603 - this very interpreter
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environ or {})},
    )


def three_ports() -> Iterator[int]:
    """Give ports to begin at that are likely to be free with the two after them, one try after the other.

    They lie below those that a system hands out by itself. Whoever tries them finds out: to look before
    would leave the time for somebody else to take them.
    """
    return iter(random.sample(range(20_000, 32_000, 3), 50))


def ready(process: subprocess.Popen[str]) -> dict[str, str]:
    """Wait for the ready line and return what it says."""
    assert process.stdout is not None
    said: dict[str, str] = json.loads(process.stdout.readline())
    return said


@dataclass(frozen=True)
class Emulator:
    """A running emulator: its ready line, and calls to it with its CA trusted and nothing else."""

    token_plane: str
    runtime: str
    api: str
    keys: Path
    ca: Path

    def key(self, file: str = "integration-flow") -> dict[str, str]:
        """Return what a service key holds below ``oauth``."""
        content: dict[str, dict[str, str]] = json.loads((self.keys / f"{file}.json").read_text("utf-8"))
        return content["oauth"]

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        """Send one request in a session of its own: no cookie, no proxy, no netrc."""
        with requests.Session() as session:
            session.trust_env = False
            session.verify = str(self.ca)
            options.setdefault("timeout", TIMEOUT)
            return session.request(method, url, allow_redirects=False, **options)

    def ask_token(self, file: str = "integration-flow") -> requests.Response:
        """Request a token in the documented way: Basic header, grant type in the query."""
        key = self.key(file)
        return self.request(
            "POST",
            key["tokenurl"],
            params={"grant_type": "client_credentials"},
            auth=(key["clientid"], key["clientsecret"]),
        )

    def token(self, file: str = "integration-flow") -> str:
        """Return an access token of the client whose key is in a file."""
        return str(self.ask_token(file).json()["access_token"])

    def call(self, address: str, body: bytes | str = b"", **options: Any) -> requests.Response:
        """Post to an iFlow with a token that may send."""
        headers = {"Authorization": f"Bearer {self.token()}", **options.pop("headers", {})}
        method = options.pop("method", "POST")
        return self.request(method, f"{self.runtime}/http{address}", data=body, headers=headers, **options)

    def counters(self) -> dict[str, dict[str, Any]]:
        """Return the emulator's own tallies."""
        tallies: dict[str, dict[str, Any]] = self.request("GET", f"{self.api}/emulator/counters").json()
        return tallies

    def set_faults(self, faults: dict[str, float], seed: int = 0) -> None:
        """Put faults into force, instead of those before."""
        document = {"faults": faults, "seed": seed}
        self.request("PUT", f"{self.api}/emulator/faults", json=document).raise_for_status()

    def reset(self) -> None:
        """Return to the faults of the start, and forget counters and logs."""
        self.request("POST", f"{self.api}/emulator/reset").raise_for_status()


@contextlib.contextmanager
def running(keys: Path, *options: str) -> Iterator[Emulator]:
    """Run an emulator while the context lasts; it has to end at the end of its input, in silence."""
    with start(keys, "--until-stdin-closes", *options) as process:
        said = ready(process)
        yield Emulator(said["token"], said["runtime"], said["api"], Path(said["keys"]), Path(said["ca"]))
        _, complaints = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, complaints) == (0, "")
