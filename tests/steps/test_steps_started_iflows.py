"""iFlows that nobody calls by HTTP: started by a phrase on the local tenant, and nowhere else."""

from __future__ import annotations

import contextlib
import json

import pytest

from tests import engine_flows as made
from tests.exported_bundles import IFLW, event, step, write, zipped
from tests.inner_project import InnerProject
from tests.loopback_server import LoopbackServer, Received, Reply

pytest_plugins = ["tests.inner_project"]

FEATURE = """
    Feature: Started
      Scenario: timer
        When I start the iFlow "Nightly"
        Then the message is completed
        And the response status is 200
        And the response body contains "ran "
      Scenario: named in the tenant file
        When I start the iFlow "nightly"
        Then the message is completed
      Scenario: with a body
        When I start the iFlow "Nightly" with the body:
          \"\"\"
          something
          \"\"\"
        Then the response body contains "ran something"
      Scenario: with a file
        When I start the iFlow "Nightly" with the file "in.txt"
        Then the response body contains "ran from a file"
      Scenario: as a file of an SFTP server
        When I start the iFlow "Upload" with the file "été 1.csv"
        Then the response body contains "été 1.csv in in/été 1.csv, 2 bytes: 1;"
      Scenario: fails
        When I start the iFlow "Fails" with the body:
          \"\"\"
          no XML
          \"\"\"
        Then the message failed with an error containing "no well-formed XML"
      Scenario: unknown
        When I start the iFlow "Nightyl"
        Then the message is completed
      Scenario: has a sender
        When I start the iFlow "Echo"
        Then the message is completed
"""
REAL = """
    [environments.dev.clients.default]
    service-key = "env:SERVICE_KEY"
"""
LOCAL = """
    [environments.dev]
    ca-bundle = "emulator:ca.pem"
    [environments.dev.clients.default]
    service-key = "emulator:integration-flow.json"
    [environments.dev.clients.monitoring]
    service-key = "emulator:api.json"
    [environments.dev.emulator]
    profile = "PROFILE"
    [environments.dev.iflows.nightly]
    artifact = "Nightly"
"""
KEY = {"clientid": "sb-client!b1|it-rt-test!b117912", "clientsecret": "a-secret-of-this-test-only"}


def timed(own: str, *steps: str) -> bytes:
    """Return a flow that a timer starts."""
    timer = event("start", "Start", definition="timer")
    files = made.bundle_files(made.row([timer, *steps, made.end()]), own=own)
    sender = files[IFLW].partition(b"<bpmn2:messageFlow")[2].partition(b"</bpmn2:messageFlow>")[0]
    files[IFLW] = files[IFLW].replace(b"<bpmn2:messageFlow" + sender + b"</bpmn2:messageFlow>", b"")
    return zipped(files)


@pytest.mark.parametrize("profile", ["2022", "2026"])
def test_started_iflows_are_judged_like_others(project: InnerProject, profile: str) -> None:
    """Also where no answer names its message log; a name that cannot be started says so."""
    flows = project.root / "tenants/local-flows"
    write(flows / "nightly.zip", timed("Nightly", made.modifier("cm", "ran ${in.body}")))
    names = "${header.CamelFileName} in ${header.CamelFilePath}, ${header.CamelFileLength} bytes: ${in.body}"
    parts = made.row([made.start(), made.modifier("cm", names), made.end()])
    files = made.bundle_files(parts, own="Upload", sender="SFTP", by={"path": "in", "fileName": "*.csv"})
    write(flows / "upload.zip", zipped(files))
    write(flows / "fails.zip", timed("Fails", step("odd", "odd", "Filter", wrapContent="/a")))
    project.write("tenants/mine.toml", LOCAL.replace("PROFILE", profile))
    project.write("payloads/in.txt", "from a file")
    project.write("payloads/été 1.csv", "1;")
    project.write("features/f.feature", FEATURE)
    run = project.run("--tenant=mine", "-q")
    found = run.scenarios("mine/dev")
    for name in (
        "timer",
        "named in the tenant file",
        "with a body",
        "with a file",
        "as a file of an SFTP server",
        "fails",
    ):
        assert found[name]["status"] == "passed", found[name]["message"]
    for name, wrong in (("unknown", "Nightyl"), ("has a sender", "Echo")):
        assert found[name]["status"] != "passed"
        assert f'the local tenant has no iFlow "{wrong}" that can be started' in found[name]["message"]


def test_a_real_tenant_starts_none(project: InnerProject) -> None:
    """The reason is said, and nothing is sent."""
    project.write("tenants/acme.toml", REAL)
    project.write(
        "features/f.feature",
        """
        Feature: F
          Scenario: started
            When I send a POST request to the iFlow "/before"
            And I start the iFlow "Nightly"
            Then the message is completed
        """,
    )
    calls: list[Received] = []

    def answer(received: Received) -> Reply:
        calls.append(received)
        return Reply(200, b"{}", {"Content-Type": "application/json"})

    with contextlib.closing(LoopbackServer(answer, None)) as server:
        oauth = {**KEY, "url": server.url, "tokenurl": f"{server.url}/oauth/token"}
        run = project.run("--tenant=acme", "--no-preflight", SERVICE_KEY=json.dumps({"oauth": oauth}))
    found = run.scenarios("acme/dev")["started"]
    assert found["status"] == "broken", run.text
    assert 'the iFlow "Nightly" cannot be started on acme/dev' in found["message"]
    assert calls == []
