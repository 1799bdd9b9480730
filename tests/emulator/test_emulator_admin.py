"""The status page and the orders below ``/emulator``."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from pytest_iflow.emulator.admin import call_command, status_page
from pytest_iflow.emulator.faults.settings import FaultSettings
from pytest_iflow.emulator.flows.message import Flow
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.message_logs.message_log import MessageLog
from pytest_iflow.emulator.start import Ready
from tests.emulator.emulator_process import TIMEOUT, Emulator

BODY = '{"productIdentifier": "HT-1080"}'


@pytest.fixture
def page(emulator: Emulator) -> str:
    """The page of the running emulator."""
    answer = emulator.request("GET", f"{emulator.api}/emulator/")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.text


def _commands(page: str) -> list[str]:
    return [html.unescape(text) for text in re.findall(r"<pre>(.*?)</pre>", page, re.DOTALL)]


def test_page_names_hosts_and_flows(emulator: Emulator, page: str) -> None:
    """All three hosts, and a command for each flow."""
    for host in (emulator.token_plane, emulator.runtime, emulator.api):
        assert f"<td>{host}</td>" in page
    assert any(f"{emulator.runtime}/http/products/details/csrf" in command for command in _commands(page))


def test_page_asks_nobody_for_anything(emulator: Emulator, page: str) -> None:
    """No script, no image, no style sheet, no font from anywhere; the browser is told so too."""
    assert not re.search(r"<(script|img|link|iframe|object)|url\(|@import|src=|href=", page)
    answer = emulator.request("GET", f"{emulator.api}/emulator/")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_page_holds_no_secret(emulator: Emulator, page: str) -> None:
    """The commands read the key files instead."""
    assert emulator.key()["clientsecret"] not in html.unescape(page)
    assert "PRIVATE KEY" not in page


def test_last_messages_are_shown_without_their_markup(landscape: Landscape, tmp_path: Path) -> None:
    """What a message says is text, whatever it looks like."""
    landscape.message_logs.put(
        MessageLog("AGxyz", "AGabc", "Echo", 0.0, 1.5, "FAILED", error="<script>alert(1)</script>")
    )
    ready = Ready(landscape.planes, tmp_path, tmp_path / "integration-flow.json", tmp_path / "ca.pem")
    page = status_page(landscape, FaultSettings({"latency": 0.25}, seed=7), ready)
    landscape.message_logs.clear()
    assert "<td>1970-01-01 00:00:00.000+00:00</td><td>Echo</td>\n<td>FAILED</td><td>AGxyz</td>" in page
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "latency=0.25" in page
    assert "(seed 7)" in page


def test_flow_with_a_role_that_nobody_has_says_so(landscape: Landscape) -> None:
    """The command cannot be right, but the reader sees why."""
    flow = Flow("Own", "Own", "/own", lambda _message, _surroundings: pytest.fail("called"), role="Nobody")
    assert "client KEY-WITH-THE-ROLE.json" in call_command("curl", landscape, flow)


@pytest.mark.skipif(
    not all(map(shutil.which, ("bash", "curl", "python3"))), reason="no bash, no curl or no python3"
)
@pytest.mark.parametrize("address", ["/products/details", "/products/details/csrf", "/products/details/role"])
def test_commands_on_the_page_work(emulator: Emulator, page: str, tmp_path: Path, address: str) -> None:
    """Copied into a shell, with a file named message: the token comes, and so does the answer."""
    (tmp_path / "message").write_text(BODY, encoding="utf-8")
    setup, *calls = _commands(page)
    call = next(
        command
        for command in calls
        if f"{emulator.runtime}/http{address}\n" in f"{command}\n"
        or f"{emulator.runtime}/http{address} --cookie" in command
    )
    bash = shutil.which("bash")
    assert bash is not None
    done = subprocess.run(  # noqa: S603 - the very commands that the page shows
        [bash, "-c", f"set -e\n{setup}\necho\n{call}\n"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=TIMEOUT,
    )
    token, _, answer = done.stdout.partition("\n")
    assert '"token_type":"bearer"' in token
    assert "<ProductId>HT-1080</ProductId>" in answer


def test_faults_are_shown_as_they_were_set(emulator: Emulator) -> None:
    """And are gone after a reset."""
    document = {"faults": {"latency": 0.001, "runtime.status_503": 0.5}, "seed": 7}
    for answer in (
        emulator.request("PUT", f"{emulator.api}/emulator/faults", json=document),
        emulator.request("GET", f"{emulator.api}/emulator/faults"),
    ):
        assert (answer.status_code, answer.json()) == (200, document)
    emulator.reset()
    answer = emulator.request("GET", f"{emulator.api}/emulator/faults")
    assert answer.json() == {"faults": {}, "seed": 0}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "Expecting value"),
        (b'{"faults": {"moon": 1}}', 'There is no fault "moon"'),
        (b'{"faults": {"latency": -1}}', 'The fault "latency" cannot be -1'),
        (b'\xff{"faults"', "codec can't decode"),
        (b"latency=1", "The body is no JSON: "),
    ],
)
def test_faults_that_cannot_be_are_refused(emulator: Emulator, body: bytes, reason: str) -> None:
    """The answer says why, and what was in force stays."""
    url = f"{emulator.api}/emulator/faults"
    before = emulator.request("GET", url).json()
    answer = emulator.request("PUT", url, data=body)
    assert answer.status_code == 400
    assert reason in answer.text
    assert emulator.request("GET", url).json() == before


def test_trace_of_an_artifact_is_switched_on(emulator: Emulator) -> None:
    """Its messages keep what came in and went out, until it is undeployed; others stay as they are."""
    url = f"{emulator.api}/emulator/log-levels"
    assert emulator.request("PUT", url, json={"Product_Details": "TRACE"}).status_code == 200
    level = emulator.request("GET", url).json()["Product_Details"]
    assert (level["level"], 590 < level["expires_in"] <= 600) == ("TRACE", True)
    message = emulator.call("/products/details", BODY).headers["sap_messageprocessinglogid"]
    api = {"Authorization": f"Bearer {emulator.token('api')}", "Accept": "application/json"}
    root = f"{emulator.api}/api/v1"
    log = f"{root}/MessageProcessingLogs('{message}')"
    assert emulator.request("GET", log, headers=api).json()["d"]["LogLevel"] == "TRACE"
    runs = emulator.request("GET", f"{log}/Runs?$expand=RunSteps", headers=api).json()["d"]["results"]
    steps = runs[0]["RunSteps"]["results"]
    traced = [
        emulator.request("GET", each["TraceMessages"]["__deferred"]["uri"], headers=api).json()["d"][
            "results"
        ]
        for each in steps
    ]
    assert [len(each) for each in traced] == [1] * len(steps)
    first, last = traced[0][0], traced[-1][0]
    assert (first["MimeType"], first["PayloadSize"]) == ("application/octet-stream", str(len(BODY)))
    assert first["__metadata"]["uri"].endswith(f"TraceMessages({first['TraceId']}L)")
    assert emulator.request("GET", f"{first['__metadata']['uri']}/$value", headers=api).text == BODY
    assert int(last["PayloadSize"]) > len(BODY)
    place = f"{root}/IntegrationRuntimeArtifacts('Product_Details')"
    emulator.request("DELETE", place, headers=api).raise_for_status()
    assert emulator.request("GET", url).json() == {}
    emulator.reset()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "The body is no JSON: "),
        (b"[]", "The body is no object."),
        (b'{"Nothing": "TRACE"}', "No artifact Nothing is deployed."),
        (b'{"Echo": "trace"}', "trace is no log level."),
    ],
)
def test_log_levels_that_cannot_be_are_refused(emulator: Emulator, body: bytes, reason: str) -> None:
    """The answer says what is expected."""
    answer = emulator.request("PUT", f"{emulator.api}/emulator/log-levels", data=body)
    assert (answer.status_code, answer.text.startswith(reason)) == (400, True)
    assert "with one of NONE, ERROR, INFO, DEBUG, TRACE." in answer.text


def test_reset_forgets_logs_and_counters_and_deploys_again(emulator: Emulator) -> None:
    """Each test may begin with a tenant as it was at the start."""
    emulator.call("/echo")
    api = {"Authorization": f"Bearer {emulator.token('api')}"}
    emulator.request(
        "DELETE", f"{emulator.api}/api/v1/IntegrationRuntimeArtifacts('Echo')", headers=api
    ).raise_for_status()
    page = emulator.request("GET", f"{emulator.api}/emulator/").text
    assert (page.count("<td>Echo</td>"), page.count("<td>Echo<br>")) == (1, 0)
    emulator.reset()
    counted = emulator.counters()
    assert (counted["calls"], counted["received"]["planes"]) == ({}, {})
    page = emulator.request("GET", f"{emulator.api}/emulator/").text
    assert (page.count("<td>Echo</td>"), page.count("<td>Echo<br>")) == (0, 1)


@pytest.mark.parametrize(
    "headers",
    [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}],
    ids=["rebound name", "page of another", "page of nobody"],
)
def test_web_page_of_somebody_else_reaches_nothing(emulator: Emulator, headers: dict[str, str]) -> None:
    """A browser on this machine cannot be used by other hosts."""
    for method, path in (("GET", "counters"), ("POST", "reset"), ("PUT", "faults"), ("GET", "")):
        answer = emulator.request(method, f"{emulator.api}/emulator/{path}", headers=headers)
        assert answer.status_code == 403
        assert answer.text == "Only this machine may ask for this.\n"


@pytest.mark.parametrize("path", ["/emulator/nothing", "/emulator/counters/1"])
def test_other_paths_below_emulator_do_not_exist(emulator: Emulator, path: str) -> None:
    """They do not lead to the login page either."""
    assert emulator.request("GET", emulator.api + path).status_code == 404


def test_path_that_only_begins_alike_is_the_landscape_s(emulator: Emulator) -> None:
    """Only paths below /emulator belong to the admin."""
    assert "oauth/authorize" in emulator.request("GET", f"{emulator.api}/emulators").text


def test_admin_meets_no_fault(emulator: Emulator) -> None:
    """Faults can be switched off, whatever faults are on."""
    emulator.set_faults({"reset_before": 1})
    emulator.reset()
    assert emulator.ask_token().status_code == 200
