"""Faults, counters and reset by request."""

from __future__ import annotations

import pytest

from tests.emulator.emulator_process import Emulator


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
    """A browser on this machine is no way in."""
    for method, path in (("GET", "counters"), ("POST", "reset"), ("PUT", "faults"), ("GET", "")):
        answer = emulator.request(method, f"{emulator.api}/emulator/{path}", headers=headers)
        assert answer.status_code == 403
        assert answer.text == "Only this machine may ask for this.\n"


@pytest.mark.parametrize("path", ["/emulator/nothing", "/emulator/counters/1"])
def test_other_paths_below_emulator_do_not_exist(emulator: Emulator, path: str) -> None:
    """They do not lead to the login page either."""
    assert emulator.request("GET", emulator.api + path).status_code == 404


def test_path_that_only_begins_alike_is_the_landscape_s(emulator: Emulator) -> None:
    """Everything that a real tenant has not is below one path."""
    assert "oauth/authorize" in emulator.request("GET", f"{emulator.api}/emulators").text


def test_admin_meets_no_fault(emulator: Emulator) -> None:
    """Who has broken everything can mend it."""
    emulator.set_faults({"reset_before": 1})
    emulator.reset()
    assert emulator.ask_token().status_code == 200
