"""``pytest-iflow doctor``: what of a tenant works, and what is broken first."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pytest_iflow.cli.doctor import Report
from pytest_iflow.cli.main import app
from pytest_iflow.diagnosis.doctor.probe import Advice, Examination, Probe, failed, unanswered
from pytest_iflow.run import Run
from tests.emulated_tenant import name_tenant, received, undeploy
from tests.emulator.emulator_process import Emulator
from tests.inner_project import InnerProject

pytest_plugins = ["tests.inner_project", "tests.emulated_tenant"]

ECHO = """
    [environments.dev.iflows.echo]
    address = "/echo"
    artifact = "Echo"
"""

ORDERS = """
    [environments.dev.iflows.orders]
    address = "/orders"
    artifact = "Orders"
"""


@pytest.fixture
def project(new_project: Callable[[], InnerProject], monkeypatch: pytest.MonkeyPatch) -> InnerProject:
    """The folder that the command works in, with none of this machine's settings."""
    project = new_project()
    monkeypatch.chdir(project.root)
    for name in ("IFLOW_TENANT", "IFLOW_ENVIRONMENT", "IFLOW_SERVICE_KEY", "IFLOW_API_KEY", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return project


def doctor(*arguments: str) -> Result:
    """Return what the command says."""
    return CliRunner().invoke(app, ["doctor", "--tenant=acme", *arguments])


def secrets_of(emulator: Emulator) -> list[str]:
    """Return every client secret that the emulator made."""
    keys = [json.loads(path.read_text("utf-8"))["oauth"] for path in emulator.keys.glob("*.json")]
    return [key["clientsecret"] for key in keys if key.get("clientsecret")]


def assert_no_secret(emulator: Emulator, *results: Result) -> None:
    """Neither secrets nor tokens are shown."""
    for result in results:
        shown = result.output + result.stderr
        assert "eyJ" not in shown
        assert [secret for secret in secrets_of(emulator) if secret in shown] == []


def test_the_healthy_local_tenant(project: InnerProject) -> None:
    """Started and stopped by the command itself; each probe passes."""
    result = CliRunner().invoke(app, ["doctor"])
    assert project.root == Path.cwd()
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert {line.split()[0] for line in lines[:-1]} == {"passed"}
    assert lines[-1] == "local/dev: all is well"


def test_json_has_each_probe_in_order(project: InnerProject, emulator: Emulator) -> None:
    """From the configuration to the iFlow; no message is sent."""
    name_tenant(project, emulator, iflows=ECHO)
    result = doctor("--environment=dev", "--client=default", "--iflow=echo", "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    assert (found["tenant"], found["environment"], found["first_broken"]) == ("acme", "dev", None)
    assert list(dict.fromkeys(probe["probe"] for probe in found["probes"])) == [
        *("configuration", "DNS", "TCP", "TLS", "token", "claims", "clock"),
        *("runtime", "API role", "API", "rate", "endpoint", "artifact", "role"),
    ]
    assert {probe["state"] for probe in found["probes"]} == {"passed"}
    assert received(emulator)["messages"] == 0
    assert_no_secret(emulator, result)


@dataclass(frozen=True)
class Broken:
    """A configuration with one thing wrong, and what is named first: probe, subject and cause.

    ``key`` replaces fields of the service key of client "default", in which RUNTIME and API stand for those
    hosts; ``default`` is another key of the emulator. ``later`` are probes that fail besides.
    """

    first: str
    cause: str | None
    key: dict[str, str] = field(default_factory=dict)
    default: str = "integration-flow"
    ca: bool = True
    iflows: str = ECHO
    faults: dict[str, float] = field(default_factory=dict)
    undeployed: bool = False
    later: frozenset[str] = frozenset()


BROKEN = {
    "wrong secret": Broken("token default", "bad-credentials", {"clientsecret": "not-the-secret-at-all"}),
    "revoked key": Broken("token default", "bad-credentials", default="integration-flow-revoked"),
    "key of plan api": Broken("claims default", "wrong-audience", default="api"),
    "without a role": Broken("role default", "missing-role", default="integration-flow-without-role"),
    "url of the API": Broken("runtime default", "login-page", {"url": "API"}),
    "url of the token service": Broken("runtime default", None, {"url": "TOKEN"}),
    "unknown host": Broken(
        "DNS no-such-host.invalid", "dns", {"tokenurl": "https://no-such-host.invalid/oauth/token"}
    ),
    "closed port": Broken("TCP CLOSED", "connection-refused", {"url": "https://CLOSED"}),
    "CA that is not trusted": Broken(
        "TLS TOKEN", "private-ca-not-trusted", ca=False, later=frozenset({"TLS"})
    ),
    "iFlow that is not deployed": Broken(
        "endpoint all iFlows", "flow-not-deployed", iflows=ECHO + ORDERS, undeployed=True
    ),
    "wrong case": Broken(
        "endpoint all iFlows", "wrong-case-in-address", iflows=ECHO.replace("/echo", "/Echo")
    ),
    "SOAP sender under /http": Broken(
        "endpoint all iFlows",
        "soap-flow-under-http",
        iflows='[environments.dev.iflows.soap]\naddress = "/products"\nartifact = "Product_SOAP"\n',
    ),
    "wrong version": Broken("artifact all iFlows", None, iflows=f'{ECHO}    version = "9.9.9"\n'),
    "clock ahead": Broken("clock acme/dev", "clock-difference", faults={"clock_skew": 7200}),
    "API down": Broken("API monitoring", "api-rate-limited", faults={"api.status_429": 1}),
}


def prepare(project: InnerProject, emulator: Emulator, broken: Broken, closed: str) -> Broken:
    """Write the tenant file and the service key, and return what is expected with the hosts put in."""
    hosts = {"API": emulator.api, "TOKEN": emulator.token_plane}
    fields = {name: hosts.get(value, value).replace("CLOSED", closed) for name, value in broken.key.items()}
    key = {"oauth": {**emulator.key(broken.default), **fields}}
    path = project.write("default-key.json", json.dumps(key))
    name_tenant(project, emulator, default=broken.default, iflows=broken.iflows)
    file = project.root / "tenants" / "acme.toml"
    text = file.read_text("utf-8").replace(str(emulator.keys / f"{broken.default}.json"), str(path), 1)
    file.write_text(text if broken.ca else "\n".join(text.splitlines()[:1] + text.splitlines()[2:]), "utf-8")
    emulator.set_faults(broken.faults)
    if broken.undeployed:
        undeploy(emulator, "Orders")
    first = broken.first.replace("CLOSED", closed)
    return Broken(first.replace("TOKEN", emulator.token_plane.removeprefix("https://")), broken.cause)


@pytest.mark.parametrize("name", BROKEN)
def test_broken_configuration(project: InnerProject, emulator: Emulator, closed_url: str, name: str) -> None:
    """Exit code 1; the first broken probe has the cause, and what needs it is skipped for it."""
    expected = prepare(project, emulator, BROKEN[name], closed_url.removeprefix("https://"))
    result = doctor("--json")
    found = json.loads(result.stdout)
    assert result.exit_code == 1
    assert found["first_broken"] == expected.first
    failed = [probe for probe in found["probes"] if probe["state"] == "failed"]
    assert {probe["probe"] for probe in failed[1:]} <= BROKEN[name].later
    assert [finding["cause"] for finding in failed[0]["findings"]] == [expected.cause]
    assert failed[0]["findings"][0]["remedy"]
    skipped = [probe["because"] for probe in found["probes"] if probe["state"] == "skipped"]
    # Where no answer told the time, there is no clock to compare with.
    assert set(skipped) - {None} <= {f"{probe['probe']} {probe['subject']}" for probe in failed}
    assert received(emulator).get("messages") == 0
    assert_no_secret(emulator, result)


@pytest.mark.parametrize("name", ["wrong secret", "closed port", "SOAP sender under /http"])
def test_people_read_what_is_broken_first(
    project: InnerProject, emulator: Emulator, closed_url: str, name: str
) -> None:
    """On the last line; what to do stands below the probe."""
    expected = prepare(project, emulator, BROKEN[name], closed_url.removeprefix("https://"))
    shown = doctor()
    assert shown.exit_code == 1
    assert shown.output.splitlines()[-1] == f"acme/dev: first broken: {expected.first} ({expected.cause})"
    assert "what to do" in shown.output
    assert_no_secret(emulator, shown)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--tenant=acne"], 'There is no tenant "acne".'),
        (["--send=message.txt"], "--send needs an iFlow"),
        (["--iflow=echo", "--send=no-such.txt"], "The message cannot be read"),
        (["--environment=live", "--iflow=echo", "--send=message.txt"], "is protected"),
    ],
)
def test_what_cannot_be_used_is_a_usage_error(
    project: InnerProject, emulator: Emulator, arguments: list[str], said: str
) -> None:
    """Exit code 2, and nothing is looked at."""
    live = (
        '[environments.live]\nprotected = true\n[environments.live.clients.default]\nservice-key = "env:K"\n'
    )
    name_tenant(project, emulator, iflows=f"{live}")
    file = project.root / "tenants" / "acme.toml"
    file.write_text('default-environment = "dev"\n' + file.read_text("utf-8"), "utf-8")
    project.write("message.txt", "hello")
    result = doctor(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"environments = [\n", "not valid TOML"),
        (b"[environments.dev]\nclient = 1\n", 'lacks the key "clients"'),
        ("description = 'f\u00fcr'\n".encode("latin-1"), "not UTF-8"),
    ],
)
def test_wrong_tenant_file_is_a_finding(project: InnerProject, content: bytes, said: str) -> None:
    """It is the one probe that there is, for people and for scripts."""
    project.write("tenants/acme.toml", "")
    (project.root / "tenants" / "acme.toml").write_bytes(content)
    shown, result = doctor(), doctor("--json")
    assert (shown.exit_code, result.exit_code) == (1, 1)
    assert shown.output.splitlines()[-1] == "acme: first broken: configuration acme"
    found = json.loads(result.stdout)
    assert (found["tenant"], found["environment"]) == ("acme", None)
    assert found["first_broken"] == "configuration acme"
    (probe,) = found["probes"]
    assert said in probe["said"]
    assert probe["findings"][0]["remedy"]


def test_missing_key_is_a_finding(project: InnerProject, emulator: Emulator) -> None:
    """The probe says which file is missing, and what needs the key is skipped."""
    name_tenant(project, emulator, default="missing", iflows=ECHO)
    result = doctor("--json")
    probes = {f"{probe['probe']} {probe['subject']}": probe for probe in json.loads(result.stdout)["probes"]}
    assert result.exit_code == 1
    assert "missing.json does not exist" in probes["configuration default"]["said"]
    assert "\n2. Save that JSON as " in probes["configuration default"]["findings"][0]["remedy"]
    assert probes["token default"]["because"] == "configuration default"
    assert probes["artifact all iFlows"]["state"] == "passed"


def test_missing_ca_bundle_is_a_finding(project: InnerProject, emulator: Emulator) -> None:
    """Nothing is asked without it."""
    name_tenant(project, emulator)
    file = project.root / "tenants" / "acme.toml"
    file.write_text(file.read_text("utf-8").replace("ca.pem", "no-ca.pem"), "utf-8")
    result = doctor("--json")
    found = json.loads(result.stdout)
    assert (result.exit_code, found["first_broken"]) == (1, "configuration acme/dev")
    assert [
        probe for probe in found["probes"] if probe["probe"] == "DNS" and probe["state"] != "skipped"
    ] == []


def test_address_of_a_proxy_that_is_none_is_a_finding(
    project: InnerProject, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is found once, and stands before everything that would go through it."""
    name_tenant(project, emulator, monitoring=None)
    key = project.root / "key.json"
    key.write_text(
        (emulator.keys / "integration-flow.json").read_text("utf-8").replace("127.0.0.1", "acme.example"),
        "utf-8",
    )
    file = project.root / "tenants" / "acme.toml"
    file.write_text(
        file.read_text("utf-8").replace(str(emulator.keys / "integration-flow.json"), str(key)), "utf-8"
    )
    monkeypatch.setenv("HTTPS_PROXY", "http://:8080")
    found = json.loads((result := doctor("--json")).stdout)
    assert (result.exit_code, found["first_broken"]) == (1, "configuration HTTPS_PROXY")
    later = [probe for probe in found["probes"] if probe["probe"] != "configuration"]
    assert {probe["state"] for probe in later} == {"skipped"}
    assert [probe["state"] for probe in found["probes"]].count("failed") == 1


def test_names_that_the_output_cannot_show(project: InnerProject, emulator: Emulator) -> None:
    """Its escape stands for each, as on a console of Windows."""
    name_tenant(project, emulator)
    arguments = ["doctor", "--tenant=acme", "--iflow=b\u00fccher-\N{ROCKET}"]
    result = CliRunner(charset="cp1252").invoke(app, arguments)
    assert (result.exit_code, type(result.exception)) == (1, SystemExit)
    assert result.output.splitlines()[-1] == "acme/dev: first broken: endpoint b\u00fccher-\\U0001f680"


def test_without_a_key_of_plan_api(project: InnerProject, emulator: Emulator) -> None:
    """What only the API knows is skipped, which is no finding."""
    name_tenant(project, emulator, monitoring=None, iflows=ECHO)
    result = doctor()
    assert result.exit_code == 0
    assert "no client has a service key of plan api to ask with" in result.output
    unknown = doctor("--iflow=orders", "--json")
    assert (unknown.exit_code, json.loads(unknown.stdout)["first_broken"]) == (1, "endpoint orders")


def test_runtime_key_for_monitoring(project: InnerProject, emulator: Emulator) -> None:
    """The claims of its token tell."""
    name_tenant(project, emulator, monitoring="integration-flow-second")
    found = json.loads(doctor("--json").stdout)
    assert found["first_broken"] == "claims monitoring"


def test_message_is_sent_when_asked_for(project: InnerProject, emulator: Emulator) -> None:
    """Once, and its log is named; a refused one says why."""
    name_tenant(project, emulator, iflows=ECHO)
    project.write("message.txt", "hello")
    sent = doctor("--iflow=echo", "--send=message.txt")
    assert sent.exit_code == 0, sent.output
    assert "answered 200" in sent.output
    assert "message log" in sent.output
    assert received(emulator)["messages"] == 1
    refused = doctor("--iflow=/products/details/role", "--send=message.txt", "--json")
    found = json.loads(refused.stdout)
    assert (refused.exit_code, found["first_broken"]) == (1, "message default")
    assert found["probes"][-1]["findings"][0]["cause"] == "missing-role"
    assert_no_secret(emulator, sent, refused)


def test_clients_that_are_one(project: InnerProject, emulator: Emulator) -> None:
    """The tenant cannot tell them apart, which is warned about."""
    twin = f'[environments.dev.clients.twin]\nservice-key = "file:{emulator.keys}/integration-flow.json"\n'
    name_tenant(project, emulator, iflows=f"{ECHO}{twin}")
    result = doctor("--json", "--client=default", "--client=twin")
    found = json.loads(result.stdout)
    assert (result.exit_code, found["first_broken"]) == (0, None)
    (warned,) = [probe for probe in found["probes"] if probe["state"] == "warning"]
    assert (warned["probe"], warned["subject"]) == ("client id", "twin")
    assert warned["findings"][0]["cause"] == "shared-client-id"


def test_a_client_with_a_certificate(project: InnerProject, emulator: Emulator) -> None:
    """Its certificate is judged, and shown in TLS."""
    name_tenant(project, emulator, default="integration-flow.certificate")
    found = json.loads(doctor("--json").stdout)
    assert found["first_broken"] is None
    (certificate,) = [probe for probe in found["probes"] if probe["probe"] == "certificate"]
    assert "until" in certificate["said"]


def test_a_role_of_the_sender_is_a_warning(project: InnerProject, emulator: Emulator) -> None:
    """Exit code 0: for the senders that ask for that role it is the right one."""
    name_tenant(project, emulator, default="integration-flow-custom-role")
    result = doctor()
    assert result.exit_code == 0, result.output
    assert "likely: missing-role" in result.output
    assert result.output.splitlines()[-1] == "acme/dev: nothing is broken, warnings: 1"


def test_terminal_shows_what_is_under_way(
    local_run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Then the line of the probe with its advice, one without a cause, and the conclusion."""
    for name, value in {"FORCE_COLOR": "1", "TERM": "xterm", "COLUMNS": "60"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)
    examination, report = Examination(partial(unanswered, local_run)), Report()
    advice = Advice("It is a long story that does not fit into one line of sixty columns.", None)
    probe = Probe("runtime", "default", lambda: failed("answered 418", advice))
    with report.under_way(probe.title):
        report.show(examination.perform(probe))
    report.conclude("acme/dev", examination)
    shown = capsys.readouterr().out
    assert "\x1b[1;31mfailed" in shown
    assert "runtime default" in shown
    assert "acme/dev: first broken: runtime default" in shown
    assert "what to do" not in shown


@pytest.mark.parametrize(("encoding", "frame"), [("utf-8", "\u280b"), ("cp1252", "-")])
def test_what_is_under_way_on_any_terminal(
    monkeypatch: pytest.MonkeyPatch, encoding: str, frame: str
) -> None:
    """Its movement is of characters that the console has."""
    for name, value in {"FORCE_COLOR": "1", "TERM": "xterm", "COLUMNS": "60"}.items():
        monkeypatch.setenv(name, value)
    written = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(written, encoding=encoding))
    with Report().under_way("runtime default"):
        pass
    assert f"{frame}\x1b[0m runtime default" in written.getvalue().decode(encoding)
