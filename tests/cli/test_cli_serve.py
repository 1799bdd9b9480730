"""The local tenant started by hand."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from typer.testing import CliRunner

from pytest_iflow.cli.main import app
from pytest_iflow.cli.serve import ready_text
from pytest_iflow.emulator.faults.settings import describe_faults
from pytest_iflow.emulator.start import Planes, Ready
from tests import engine_flows, exported_bundles
from tests.iflow_engine.scripting.groovy_scripts import groovy_or_skip

TIMEOUT = 30


def _start(keys: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "pytest_iflow.cli.main", "serve", "--keys", str(keys), *options]
    return subprocess.Popen(  # noqa: S603 - this very interpreter
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    )


def test_help_shows_an_example() -> None:
    """A reader can copy it."""
    result = CliRunner().invoke(app, ["serve", "--help"])
    assert result.exit_code == 0
    assert "Example: pytest-iflow serve --keys ./keys --port 8443" in result.output


@pytest.mark.parametrize(
    ("windows", "assignment"), [(False, "export {}='{}'"), (True, "$env:{}='{}'")], ids=["posix", "windows"]
)
def test_ready_text_leads_on(tmp_path: Path, windows: bool, assignment: str) -> None:
    """Three hosts, and commands in the words of the shell."""
    planes = Planes("https://t", "https://r", "https://a", "http://p")
    ready = Ready(planes, tmp_path, tmp_path / "integration-flow.json", tmp_path / "ca.pem")
    lines = [line.strip() for line in ready_text(ready, windows).splitlines()]
    assert lines[1:4] == ["token service  https://t", "runtime        https://r", "API            https://a"]
    key, ca = ready.first_key.resolve(), ready.ca.resolve()
    assert assignment.format("IFLOW_SERVICE_KEY", key) in lines
    assert assignment.format("REQUESTS_CA_BUNDLE", ca) in lines
    assert "pytest --tenant=trial" in lines


@pytest.mark.skipif(os.name == "nt", reason="on Windows a signal kills")
def test_ctrl_c_is_a_good_end(tmp_path: Path) -> None:
    """Exit code 0, and the keys are gone."""
    keys = tmp_path / "keys"
    with _start(keys) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "The local tenant is ready.\n"
        assert (keys / "integration-flow.json").exists()
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, complaints) == (0, "")
    assert list(keys.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="on Windows a signal kills")
def test_json_is_the_line_that_the_plugin_reads(tmp_path: Path) -> None:
    """One line, then silence."""
    with _start(tmp_path, "--json") as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        process.terminate()
        rest, _ = process.communicate(timeout=TIMEOUT)
    assert list(ready) == ["token", "runtime", "api", "keys", "ca"]
    assert (process.returncode, rest) == (0, "")


def test_taken_port_is_a_usage_error(tmp_path: Path) -> None:
    """Exit code 2 and the port in the message."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        result = CliRunner().invoke(app, ["serve", "--keys", str(tmp_path), "--port", str(port)])
    assert result.exit_code == 2
    assert f"Port {port} of 127.0.0.1 cannot be used" in result.output


def test_folder_that_cannot_be_written_is_a_usage_error(tmp_path: Path) -> None:
    """Exit code 2 and the folder in the message."""
    (tmp_path / "taken").write_text("", encoding="utf-8")
    result = CliRunner().invoke(app, ["serve", "--keys", str(tmp_path / "taken")])
    assert result.exit_code == 2
    assert "The service keys cannot be written to" in result.output


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--fault", "moon=1"], 'There is no fault "moon". Faults are'),
        (["--fault", "latency"], 'The fault "latency" has no value; write NAME=VALUE. Faults are'),
        (["--profile", "1999"], 'There is no profile "1999".'),
        (["--flows", "nowhere"], "There is no folder nowhere."),
        (["--bundle", "gone.zip"], "gone.zip cannot be run: there is no such file or folder"),
        (["--log", "."], "The request log . cannot be written"),
    ],
)
def test_option_that_cannot_be_is_a_usage_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], complaint: str
) -> None:
    """Exit code 2 and the reason; nothing is left in the folder of the keys."""
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["serve", "--keys", "keys", *options])
    assert result.exit_code == 2
    assert complaint in result.output
    assert not list(tmp_path.glob("keys/*"))


def _post(url: str, ca: str, headers: dict[str, str]) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.post(url, headers=headers, verify=ca, timeout=TIMEOUT)


@pytest.mark.skipif(os.name == "nt", reason="on Windows a signal kills")
def test_options_reach_the_landscape(tmp_path: Path) -> None:
    """A tenant of 2020, broken by the seed, with a log."""
    log = tmp_path / "requests.log"
    options = ["--profile=2020", "--fault=token.status_503=0.5", "--seed=11", f"--log={log}", "--json"]
    with _start(tmp_path / "keys", *options) as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        refused = _post(f"{said['runtime']}/http/echo", said["ca"], {"Accept": "application/json"})
        statuses = [_post(f"{said['token']}/oauth/token", said["ca"], {}).status_code for _ in range(8)]
        process.terminate()
        process.communicate(timeout=TIMEOUT)
    assert refused.json()["error_description"].startswith("An Authentication object was not found")
    assert set(statuses) == {401, 503}
    lines = log.read_text(encoding="utf-8").splitlines()
    assert [" status_503 " in line for line in lines[1:]] == [status == 503 for status in statuses]


@pytest.mark.skipif(os.name == "nt", reason="on Windows a signal kills")
def test_flows_of_the_suite_are_served(tmp_path: Path) -> None:
    """A folder with one flow: its template answers; an exported iFlow that lies elsewhere is run.

    What its script prints is on the console.
    """
    groovy_or_skip("2.4", os.environ)
    flows = tmp_path / "flows"
    flows.mkdir()
    declaration = 'artifact = "Greeting"\naddress = "/greeting"\ntemplate = "greeting.txt"\n'
    (flows / "greeting.toml").write_text(declaration, encoding="utf-8")
    (flows / "greeting.txt").write_text("Good morning", encoding="utf-8")
    script = exported_bundles.step("say", "Say it", "Script", "GroovyScript", script="say.groovy")
    steps = [engine_flows.start(), engine_flows.modifier("cm", "Hello"), script, engine_flows.end()]
    exported = engine_flows.bundle_files(engine_flows.row(steps))
    says = b'def processData(message) { println "I got ${message.getBody(String)}"; message }'
    exported["src/main/resources/script/say.groovy"] = says
    bundle = exported_bundles.write(tmp_path / "elsewhere/flow.zip", exported_bundles.zipped(exported))
    with _start(tmp_path / "keys", f"--flows={flows}", f"--bundle={bundle}", "--json") as process:
        assert process.stdout is not None
        said = json.loads(process.stdout.readline())
        key = json.loads((tmp_path / "keys" / "integration-flow.json").read_text(encoding="utf-8"))["oauth"]
        credentials = base64.b64encode(f"{key['clientid']}:{key['clientsecret']}".encode()).decode("ascii")
        headers = {"Authorization": f"Basic {credentials}"}
        answer = _post(f"{said['runtime']}/http/greeting", said["ca"], headers)
        run = _post(f"{said['runtime']}/http/flow", said["ca"], headers)
        process.terminate()
        _, console = process.communicate(timeout=TIMEOUT)
    assert (answer.status_code, answer.text) == (200, "Good morning")
    assert console == 'Flow, script "Say it": I got Hello\n'
    assert (run.status_code, run.text) == (200, "Hello")


@pytest.mark.skipif(os.name == "nt", reason="file modes are those of POSIX")
def test_all_files_are_for_their_owner_only(tmp_path: Path) -> None:
    """Every key and the CA: 0600."""
    with _start(tmp_path / "keys", "--json") as process:
        assert process.stdout is not None
        json.loads(process.stdout.readline())
        modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()}
        process.terminate()
        process.communicate(timeout=TIMEOUT)
    assert {"integration-flow.json", "integration-flow.certificate.json", "api.json", "ca.pem"} <= set(modes)
    assert set(modes.values()) == {0o600}


@pytest.mark.skipif(os.name == "nt", reason="on Windows a signal kills")
def test_second_landscape_on_the_same_port_says_what_to_do(tmp_path: Path) -> None:
    """The first one goes on."""
    with _start(tmp_path / "first", "--json") as first:
        assert first.stdout is not None
        said = json.loads(first.stdout.readline())
        port = urlsplit(said["token"]).port
        with _start(tmp_path / "second", f"--port={port}") as second:
            _, complaint = second.communicate(timeout=TIMEOUT)
        assert _post(f"{said['token']}/oauth/token", said["ca"], {}).status_code == 401
        first.terminate()
        first.communicate(timeout=TIMEOUT)
    assert second.returncode == 2
    assert complaint.startswith(f"Port {port} of 127.0.0.1 cannot be used: ")
    assert "Name another one with --port" in complaint
    assert not (tmp_path / "second").exists()


def test_faults_are_listed_without_any_other_option() -> None:
    """A line for each, and nothing is started."""
    result = CliRunner().invoke(app, ["serve", "--fault", "help"])
    assert result.exit_code == 0
    assert result.output.rstrip("\n") == describe_faults()
