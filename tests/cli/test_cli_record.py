"""``pytest-iflow record``: what passed the proxy, or stands in message logs, becomes a suite that runs."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Callable

import pytest
import requests
from typer.testing import CliRunner

from pytest_iflow.cli.main import app
from tests.emulated_tenant import name_tenant
from tests.emulator.emulator_process import Emulator
from tests.inner_project import TIMEOUT, InnerProject, InnerRun
from tests.recording.planted import PERSONAL, planted_in

pytest_plugins = ["tests.emulated_tenant", "tests.inner_project"]

JSON = {"Content-Type": "application/json; charset=utf-8"}
FLOWS = """\
[environments.dev.iflows.orders]
address = "/orders"
artifact = "Orders"
[environments.dev.iflows.echo]
address = "/echo"
artifact = "Echo"
[anonymise]
patterns = ['\\bK-\\d{8}\\b']
[environments.live]
protected = true
[environments.live.clients.default]
service-key = "env:NO_KEY"
"""
ORDER = {
    "orderId": "4711",
    "items": [1],
    "customer": {"firstName": PERSONAL["first name"], "lastName": PERSONAL["last name"]},
    "note": "; ".join(PERSONAL.values()),
    "accountHolder": PERSONAL["full name"],
    "birthDate": PERSONAL["birth"],
}


class _Recording:
    """The command as it runs; ``url`` is where it is called."""

    def __init__(self, project: InnerProject, *arguments: str) -> None:
        self._project = project
        command = ("record", "--tenant=acme", "--environment=dev", "--into=recorded", "--port=0", *arguments)
        self.process = project._start(
            "-m", "pytest_iflow.cli.main", *command, XDG_CACHE_HOME=str(project.root / "cache")
        )
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        self.url = line.partition("call ")[2].partition("/http")[0]
        assert self.url, line + self.process.communicate()[1]

    def post(self, path: str, body: object, **query: str) -> requests.Response:
        data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        return requests.post(f"{self.url}{path}", data=data, headers=JSON, params=query, timeout=30)

    def wait_for(self, lines: int) -> None:
        """Wait until the journal has so many calls."""
        journal, ends = self._project.root / "recorded" / ".recording.jsonl", time.monotonic() + 30
        while len(journal.read_bytes().splitlines()) < lines and time.monotonic() < ends:
            time.sleep(0.02)

    def end(self, signal_number: int) -> InnerRun:
        self.process.send_signal(signal_number)
        with self.process:
            out, err = self.process.communicate(timeout=TIMEOUT)
        return InnerRun(self._project.root, self.process.returncode, out, err)


@pytest.fixture
def acme(new_project: Callable[[], InnerProject], emulator: Emulator) -> InnerProject:
    """A suite for the emulator as the tenant acme."""
    project = new_project()
    name_tenant(project, emulator, iflows=FLOWS)
    return project


def _wait_until_completed(emulator: Emulator, orders: int) -> None:
    """Wait until so many messages of the flow of orders are completed, which takes it a second."""
    asked = "$filter=IntegrationArtifact/Id eq 'Orders' and Status eq 'COMPLETED'"
    url, ends = f"{emulator.api}/api/v1/MessageProcessingLogs/$count?{asked}", time.monotonic() + 30
    headers = {"Authorization": f"Bearer {emulator.token('api')}"}
    while emulator.request("GET", url, headers=headers).text != str(orders):
        assert time.monotonic() < ends, "the messages were never completed"
        time.sleep(0.05)


def _leaked(project: InnerProject) -> list[str]:
    return planted_in(project.root / "recorded", PERSONAL) + planted_in(project.root / "cache", PERSONAL)


@pytest.mark.skipif(os.name == "nt", reason="on Windows a signal kills")
def test_what_is_recorded_is_anonymous_survives_a_kill_and_runs(acme: InnerProject) -> None:
    """A first recording is killed, a second takes it over; nothing planted is on disk, the suite passes."""
    killed = _Recording(acme, "--client=default")
    assert killed.post("/http/orders", ORDER, mail=PERSONAL["e-mail"]).status_code == 202
    killed.wait_for(1)
    assert killed.end(signal.SIGKILL).code != 0
    journal = acme.root / "recorded" / ".recording.jsonl"
    assert len(journal.read_bytes().splitlines()) == 1
    assert _leaked(acme) == []
    with journal.open("ab") as file:
        file.write(b'{"method": "POST", "target": "/cut')  # as a kill in the middle of a line leaves it

    second = _Recording(acme, "--client=default", "--message-logs")
    echoed = second.post("/http/echo", ORDER)
    assert echoed.status_code == 200
    own = requests.post(
        f"{second.url}/http/echo", b"{}", headers={**JSON, "Authorization": "Bearer no"}, timeout=30
    )
    assert own.status_code == 401  # its own credentials pass as they are
    second.post("/http/orders", {"orderId": PERSONAL["by rule"], "items": []})
    binary = requests.post(
        f"{second.url}/http/echo", b"\x00\x01\xff", headers={"Content-Type": "x/y"}, timeout=30
    )
    assert binary.status_code == 200
    done = second.end(signal.SIGINT)
    assert done.code == 0, done.text
    assert not journal.exists()
    assert _leaked(acme) == []
    assert not [value for value in PERSONAL.values() if value in done.text]
    assert "Calls of a recording that was cut off are taken over: 1." in done.text
    assert "the tenant refused the credentials" in done.text
    assert "no text" in done.text
    assert "$.birthDate" in done.text
    features = {path.name for path in (acme.root / "recorded").glob("*.feature")}
    assert features == {"orders.feature", "echo.feature"}

    replayed = acme.run("recorded", "--tenant=acme", "--environment=dev")
    statuses = replayed.statuses("acme/dev")
    assert sorted(statuses.values()) == ["failed", "passed", "passed"], replayed.text
    (echo,) = (each for each in replayed.scenarios("acme/dev").values() if each["status"] == "failed")
    paths = [place["path"] for place in echo["golden_places"]]
    assert paths == ["$.headers['user-agent']", "$.headers['content-length']"]  # of the client that recorded
    ignored = acme.command(
        "golden", *(f"--ignore={path}" for path in paths), "--tenant=acme", "--environment=dev"
    )
    assert ignored.code == 0, ignored.text
    assert ignored.out.startswith("recorded/echo/")
    again = acme.run("recorded", "--tenant=acme", "--environment=dev")
    assert set(again.statuses("acme/dev").values()) == {"passed"}, again.text


def test_messages_of_the_logs_become_scenarios(acme: InnerProject, emulator: Emulator) -> None:
    """With the payload that the flow kept, without its personal values; one without a payload is told."""
    token = {"Authorization": f"Bearer {emulator.token('integration-flow')}", **JSON}
    for body in (ORDER, {"orderId": "4712", "items": []}):
        sent = json.dumps(body, ensure_ascii=False).encode()
        emulator.request(
            "POST", f"{emulator.runtime}/http/orders", data=sent, headers=token
        ).raise_for_status()
    emulator.request("POST", f"{emulator.runtime}/http/echo", data=b"{}", headers=token).raise_for_status()
    _wait_until_completed(emulator, 2)
    common = ("record", "--tenant=acme", "--environment=dev", "--into=recorded", "--from-logs")
    cache = {"XDG_CACHE_HOME": str(acme.root / "cache")}
    done = acme.command(*common, "--iflow=orders", "--since=1h", **cache)
    assert done.code == 0, done.text
    assert _leaked(acme) == []
    feature = (acme.root / "recorded" / "orders.feature").read_text(encoding="utf-8")
    assert feature.count("Scenario:") >= 2
    assert "the message is completed" in feature
    payloads = [json.loads(path.read_bytes()) for path in (acme.root / "recorded" / "orders").glob("*.json")]
    assert {"4711", "4712"} <= {each["orderId"] for each in payloads}
    empty = acme.command(*common, "--iflow=echo", "--since=1h", "--json", **cache)
    assert empty.code == 0, empty.text
    (remark,) = json.loads(empty.out)["remarks"]
    assert "no payload" in remark["what"]


def test_what_cannot_be_recorded(acme: InnerProject, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told before anything is listened to or written; of a port that is taken the error names another.

    Nothing is left behind.
    """
    monkeypatch.chdir(acme.root)
    monkeypatch.setenv("XDG_CACHE_HOME", str(acme.root / "cache"))
    dev = "--environment=dev"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for said, *arguments in (
            ("is protected", "--environment=live", "--no-anonymise"),
            ("which iFlow is not said", dev, "--from-logs"),
            ("a time cannot be read", dev, "--from-logs", "--iflow=orders", "--since=yesterday"),
            ('no client "nobody"', dev, "--client=nobody"),
            ("--port", dev, f"--port={port}"),
        ):
            common = ["record", "--tenant=acme", "--into=recorded", "--port=0"]
            done = CliRunner().invoke(app, [*common, *arguments])
            assert done.exit_code == 2, done.output
            assert said in done.output
            assert not list((acme.root / "recorded").glob("*"))
