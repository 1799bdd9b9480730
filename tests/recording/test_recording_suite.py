"""A recording becomes a draft: a scenario for each request, and rules for what differs between answers."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from pytest_iflow.drafts.draft import Fate, SuiteDraft
from pytest_iflow.recording.call import RecordedCall
from pytest_iflow.recording.suite import LogFacts, SuiteOfCalls
from pytest_iflow.tenants.model import Client, Environment, Iflow

CLIENTS = {"default": Client("default", "env:KEY")}
STAGE = Environment("acme", "dev", Path(), CLIENTS, {"orders": Iflow("orders", "/orders")})
JSON = (("Content-Type", "application/json"),)


def call(body: bytes | None, answer: bytes | None, **more: object) -> RecordedCall:
    """Return a recorded call of the iFlow orders."""
    fields = {"method": "POST", "target": "/http/orders", "status": 200, "response_headers": JSON, **more}
    return RecordedCall(request_headers=JSON, request_body=body, response_body=answer, **fields)  # type: ignore[arg-type]


def draft(into: Path, *calls: RecordedCall, facts: LogFacts | None = None) -> SuiteDraft:
    """Return the draft of calls."""
    return SuiteOfCalls(STAGE, into, lambda _call: facts).draft(calls, "a recording")


def test_several_answers_become_rules(tmp_path: Path) -> None:
    """The first answer is the golden message; another status, or request, is a scenario of its own."""
    first, second, third = (b'{"id": %d, "at": "%d", "ok": true}' % (n, n) for n in (1, 2, 3))
    made = draft(
        tmp_path,
        call(b"{}", first),
        call(b"{}", second),
        call(b"{}", b"no", status=400),
        call(b'{"n": 1}', third),
    )
    (feature,) = made.features
    assert len(feature.scenarios) == 3
    files = {file.path: file.data for file in made.files}
    (rules,) = (tomllib.loads(data.decode()) for path, data in files.items() if path.endswith(".golden.toml"))
    assert rules == {"ignore": ["$.id", "$.at"]}
    assert first in files.values()
    assert second not in files.values()
    changed = [each.what for each in made.remarks if each.fate is Fate.CHANGED]
    assert changed[0].startswith("Its answers differ at $.id, $.at")
    for path, data in files.items():  # the next recording finds them
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(data)
    again = draft(tmp_path, call(b"{}", b'{"id": 9, "at": "9", "ok": false}'))
    (learnt,) = (
        tomllib.loads(file.data.decode()) for file in again.files if file.path.endswith(".golden.toml")
    )
    assert learnt == {"ignore": ["$.id", "$.at", "$.ok"]}


def test_what_is_sent_and_expected(tmp_path: Path) -> None:
    """Headers, parameters, file, status, golden message, and what the message log says."""
    got = call(
        b"", b"<a/>", method="GET", target="/http/other/4711?lang=de&q=a%22b&x=%5C%22%5C",
        response_headers=(("Content-Type", "application/xml"),),
    )  # fmt: skip
    facts = LogFacts("COMPLETED", (("orderId", "4711"),))
    made = draft(tmp_path, got, call(b"{}", b"plain text"), facts=facts)
    others, orders = made.features
    assert (others.path, orders.path) == ("other-4711.feature", "orders.feature")
    steps = [f"{step.keyword} {step.phrase}" for step in others.scenarios[0].steps]
    assert steps[:3] == [
        'Given the request header "Content-Type" is "application/json"',
        'And the query parameter "lang" is "de"',
        'And the query parameter "q" is \'a"b\'',
    ]
    assert 'When I send a GET request to the iFlow "/http/other/4711"' in steps
    assert steps[-2:] == [
        "And the message is completed",
        'And the message has the custom header "orderId" with "4711"',
    ]
    assert "is left out" in others.scenarios[0].comments[0]
    assert any(file.path.endswith(".golden.txt") and file.data == b"plain text" for file in made.files)


@pytest.mark.parametrize(
    ("left", "why"),
    [
        (call(b"{}", b"", left="the client broke off"), "the client broke off"),
        (call(None, b"{}", reasons=("the request is no text",)), "the request is no text"),
    ],
)
def test_what_is_no_scenario_is_told(tmp_path: Path, left: RecordedCall, why: str) -> None:
    """Nothing is lost silently."""
    made = draft(tmp_path, left)
    assert made.features == ()
    assert [(each.fate, why in each.what) for each in made.remarks] == [(Fate.LEFT, True)]


def test_an_answer_that_names_its_message_is_not_compared(tmp_path: Path) -> None:
    """It is another one each time: the status is, and a comment says why no more."""
    failed = call(b"{}", b"The MPL ID for the failed message is : AGxyz", status=500, message_id="AGxyz")
    (scenario,) = draft(tmp_path, failed).features[0].scenarios
    assert [step.phrase for step in scenario.steps if "golden" in step.phrase] == []
    assert "names its message" in scenario.comments[0]


def test_custom_headers_that_differ_are_not_expected(tmp_path: Path) -> None:
    """Of several messages of one request those stay that all logs have."""
    logs = iter(LogFacts("FAILED", (("orderId", "4711"), ("time", str(number)))) for number in range(3))
    calls = [call(b"{}", b"{}"), call(b"{}", b"{}")]
    made = SuiteOfCalls(STAGE, tmp_path, lambda _call: next(logs)).draft(calls, "a recording")
    phrases = [step.phrase for step in made.features[0].scenarios[0].steps]
    assert phrases[-2:] == [
        'the message status becomes "FAILED" within 60 seconds',
        'the message has the custom header "orderId" with "4711"',
    ]


def test_a_message_that_goes_on_is_not_expected_to_go_on(tmp_path: Path) -> None:
    """Its status is another one when the scenario is run."""
    made = SuiteOfCalls(STAGE, tmp_path, lambda _call: LogFacts("PROCESSING")).draft(
        [call(b"{}", b"{}")], "a recording"
    )
    assert not any("PROCESSING" in step.phrase for step in made.features[0].scenarios[0].steps)
