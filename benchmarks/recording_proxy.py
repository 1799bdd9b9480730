"""What the recording proxy adds to a call: 50 calls a second, each sent directly and through the proxy.

``python -m benchmarks.recording_proxy [SECONDS]`` prints milliseconds of both, and whether a call was lost.
The proxy is the command itself, with anonymising; the tenant is the small server of the other benchmarks.
"""

from __future__ import annotations

import contextlib
import json
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

from benchmarks.measurement import mock_server
from benchmarks.mock_server import CLIENT_ID, CLIENT_SECRET, TOKEN_PATH
from pytest_iflow.oauth.token import basic

RATE, CLIENTS = 50, 10
BODY = json.dumps(
    {
        "productIdentifier": "HT-1000",
        "lastName": "Mustermann",
        "items": [{"id": n, "price": 9.5} for n in range(40)],
    }
)


@contextlib.contextmanager
def proxy(folder: Path, port: int) -> Iterator[int]:
    """Run the command, and give the port of the proxy; it writes the suite at the end."""
    url = f"http://127.0.0.1:{port}"
    key = {"clientid": CLIENT_ID, "clientsecret": CLIENT_SECRET, "url": url}
    (folder / "tenants").mkdir()
    (folder / "key.json").write_text(
        json.dumps({"oauth": {**key, "tokenurl": f"{url}/oauth/token"}}), "utf-8"
    )
    (folder / "tenants" / "bench.toml").write_text(
        '[environments.dev.clients.default]\nservice-key = "file:../key.json"\n', "utf-8"
    )
    command = [sys.executable, "-m", "pytest_iflow.cli.main", "record", "--tenant=bench", "--port=0"]
    with subprocess.Popen(  # noqa: S603, as above
        [*command, "--into=recorded", "--client=default"],
        cwd=folder,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert process.stderr is not None
        yield int(process.stderr.readline().partition("localhost:")[2].partition("/")[0])
        process.send_signal(signal.SIGINT)
        process.wait(60)


def call(connection: HTTPConnection, headers: dict[str, str]) -> float:
    """Return the seconds of one call."""
    begun = time.perf_counter()
    connection.request("POST", "/http/products/details/json", BODY, headers)
    connection.getresponse().read()
    return time.perf_counter() - begun


def client(
    ports: tuple[int, int], begins: float, ends: float, times: tuple[list[float], list[float]], token: str
) -> None:
    """Call at a fixed rate until the time is over, in turn directly and through the proxy."""
    connections = [HTTPConnection("127.0.0.1", port, timeout=20) for port in ports]
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    due = begins
    while due < ends:
        time.sleep(max(due - time.monotonic(), 0))
        for connection, taken in zip(connections, times, strict=True):
            taken.append(call(connection, headers))
        due += CLIENTS / RATE
    for connection in connections:
        connection.close()


def journal_lines(journal: Path, wanted: int) -> int:
    """Return how many calls the journal has, as soon as it has all; it is written behind the calls."""
    ends = time.monotonic() + 10
    while (lines := len(journal.read_bytes().splitlines())) < wanted and time.monotonic() < ends:
        time.sleep(0.05)
    return lines


def main(seconds: float) -> None:
    """Measure, and print."""
    times: tuple[list[float], list[float]] = ([], [])
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name,
        mock_server(5) as server,
        proxy(Path(name), server.port) as recording,
    ):
        connection = HTTPConnection("127.0.0.1", server.port, timeout=20)
        connection.request("POST", TOKEN_PATH.decode(), "grant_type=client_credentials", _credentials())
        token = json.loads(connection.getresponse().read())["access_token"]
        ends = time.monotonic() + seconds
        threads = [
            threading.Thread(
                target=client,
                args=((server.port, recording), time.monotonic() + number / RATE, ends, times, token),
            )
            for number in range(CLIENTS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        written = journal_lines(Path(name) / "recorded" / ".recording.jsonl", len(times[1]))
    direct, through = (sorted(each) for each in times)
    for share in (50, 95, 99):
        one, other = (statistics.quantiles(each, n=100)[share - 1] * 1000 for each in (direct, through))
        print(f"p{share}: {one:6.2f} ms directly, {other:6.2f} ms through the proxy: {other - one:+.2f} ms")
    print(f"{len(through)} calls, {written} in the journal")


def _credentials() -> dict[str, str]:
    return {"Authorization": basic(CLIENT_ID, CLIENT_SECRET)}


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 20.0)
