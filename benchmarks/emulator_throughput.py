"""How much the local tenant bears: 10,000 calls of the product flow over 64 connections.

Prints errors, throughput, latencies, and the memory of the emulator at the start (after a first round that
is not counted), in the middle and at the end; beside them the same calls to a bare Starlette application
behind the same server and TLS. Client and server are processes of their own. Needs ``ps``:
``python benchmarks/emulator_throughput.py [CALLS]``.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import requests

CONNECTIONS = 64
CALLS = 10_000
BODY = b'{"productIdentifier": "HT-1080"}'
OK = b"HTTP/1.1 200 OK"
BARE_SERVER = Path(__file__).with_name("bare_server.py")


@dataclass
class Tally:
    """What came of the calls: seconds of each, how many went wrong, seconds of all together."""

    latencies: list[float] = field(default_factory=list)
    errors: int = 0
    elapsed: float = 0.0

    def line(self, name: str) -> str:
        """Return one line of the report."""
        ordered = sorted(self.latencies)
        p50, p99 = (1000 * ordered[int(len(ordered) * share)] for share in (0.5, 0.99))
        rate = len(ordered) / self.elapsed
        return f"{name:24} {rate:8.0f}/s   p50 {p50:6.1f} ms   p99 {p99:6.1f} ms   errors {self.errors}"


async def calls(url: str, token: str, context: ssl.SSLContext, count: int, tally: Tally) -> None:
    """Send ``count`` calls over all connections, one after the other on each."""
    target = urlsplit(url)
    head = f"POST {target.path} HTTP/1.1\r\nhost: {target.netloc}\r\nauthorization: Bearer {token}\r\n"
    head += f"content-type: application/json\r\ncontent-length: {len(BODY)}\r\n\r\n"
    request = head.encode() + BODY
    left = iter(range(count))

    async def connection() -> None:
        reader, writer = await asyncio.open_connection(target.hostname, target.port, ssl=context)
        for _ in left:
            begun = time.perf_counter()
            writer.write(request)
            answer = await reader.readuntil(b"0\r\n\r\n")
            tally.latencies.append(time.perf_counter() - begun)
            tally.errors += not answer.startswith(OK)
        writer.transport.abort()

    begun = time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    tally.elapsed += time.perf_counter() - begun


def memory(process: subprocess.Popen[str]) -> float:
    """Return what a process occupies, in MiB."""
    command = ["ps", "-o", "rss=", "-p", str(process.pid)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - ps, about a process of ours
    return int(done.stdout) / 1024


@contextlib.contextmanager
def running(*command: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """Run a server in a process of its own until the end of its input; gives its ready line."""
    with subprocess.Popen(  # noqa: S603 - this very interpreter
        [sys.executable, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process, json.loads(process.stdout.readline())
        process.communicate()


def main(count: int) -> None:
    """Measure both servers and print the figures."""
    with tempfile.TemporaryDirectory() as keys:
        with running("-m", "pytest_iflow.emulator", "--keys", keys, "--until-stdin-closes") as (
            process,
            said,
        ):
            key = json.loads(Path(keys, "integration-flow.json").read_text(encoding="utf-8"))["oauth"]
            with requests.Session() as session:
                session.trust_env = False
                token = session.post(
                    key["tokenurl"],
                    params={"grant_type": "client_credentials"},
                    auth=(key["clientid"], key["clientsecret"]),
                    verify=said["ca"],
                    timeout=30,
                ).json()["access_token"]
            context = ssl.create_default_context(cafile=said["ca"])
            # The first round fills pools and caches.
            occupied: list[float] = []
            tally = Tally()
            for part in (count // 2, count // 2, count - count // 2):
                tally = Tally() if len(occupied) == 1 else tally
                url = f"{said['runtime']}/http/products/details"
                asyncio.run(calls(url, token, context, part, tally))
                occupied.append(memory(process))
        print(tally.line("product flow"))
        print("memory in MiB: start {:.1f}, middle {:.1f}, end {:.1f}".format(*occupied))
    with running(str(BARE_SERVER)) as (_, said):
        context = ssl.create_default_context(cadata=said["ca"])
        beside = Tally()
        asyncio.run(calls(f"https://127.0.0.1:{said['port']}/", token, context, count, beside))
    print(beside.line("bare Starlette, same TLS"))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else CALLS)
