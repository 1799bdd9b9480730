"""The status page: what a person sees and copies."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from pytest_iflow.emulator.admin.status_page import call_command, status_page
from pytest_iflow.emulator.faults.settings import FaultSettings
from pytest_iflow.emulator.flows.flow import Flow
from pytest_iflow.emulator.landscape import Landscape
from pytest_iflow.emulator.message_logs.message_log import MessageLog
from pytest_iflow.emulator.ready import Ready
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
    landscape.message_logs.forget()
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
