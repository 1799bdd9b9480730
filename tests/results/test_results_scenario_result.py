"""What became of one scenario, and of its calls."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from pytest_iflow.results.json_format import UnfitJsonError, from_plain, to_plain
from pytest_iflow.results.scenario_result import (
    SLOWEST,
    CallResult,
    Difference,
    ScenarioResult,
    StepResult,
    slowest,
)
from pytest_iflow.secrets.registry import register_secret
from pytest_iflow.transport.exchange import Exchange, Request, Response

STEP = StepResult(keyword="Then", text='the response status is "200"', line=7, status="failed", seconds=0.25)
SCENARIO = ScenarioResult(
    node_id="features/größe.feature::A product[P-1]",
    feature="Größe",
    rule="Only known products",
    scenario="A product",
    example={"id": "P-1"},
    file="features/größe.feature",
    line=4,
    tags=("smoke", "ABC-12"),
    status="failed",
    seconds=1.5,
    message="expected 200\n  where: \ud800",
    exchange="GET /products",
    steps=(STEP,),
    message_log="FAILED",
    monitoring_requests=2,
    cause="wrong-audience",
    iflows=("Product_Details",),
    reruns=1,
    calls=(CallResult("POST https://runtime.example/http/orders", 500, 0.5),),
    differences=(Difference("$.id", "4711", "nothing"),),
)


def document(**changes: Any) -> dict[str, Any]:
    """Return the scenario as JSON holds it, with some keys changed."""
    data: dict[str, Any] = to_plain(SCENARIO)
    return data | changes


def test_a_scenario_survives_its_journey_from_a_worker() -> None:
    """A scenario of plain JSON types becomes the same scenario again."""
    assert from_plain(document(), ScenarioResult) == SCENARIO


def test_a_scenario_of_an_older_version_is_read() -> None:
    """It has no cause, no iFlows, no calls and no reruns."""
    older = document()
    for key in ("message_log", "monitoring_requests", "cause", "iflows", "reruns", "calls"):
        del older[key]
    found = from_plain(older, ScenarioResult)
    assert (found.cause, found.iflows, found.reruns, found.calls) == ("", (), 0, ())
    assert found.steps == SCENARIO.steps


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"status": "green"}, "status: invalid enum value 'green'"),
        ({"reruns": "1"}, "reruns: expected int, got str"),
        ({"calls": [{"call": "GET /", "status": "200"}]}, r"calls\[0\]\.status: expected int, got str"),
        ({"iflows": "Echo"}, "iflows: expected array, got str"),
        ({"steps": [{**to_plain(STEP), "status": "green"}]}, r"steps\[0\]\.status: invalid enum value"),
    ],
)
def test_what_does_not_fit_is_named(changes: dict[str, Any], problem: str) -> None:
    """By its key."""
    with pytest.raises(UnfitJsonError, match=problem):
        from_plain(document(**changes), ScenarioResult)


def test_a_call_is_its_address_without_query_and_secrets() -> None:
    """What stands behind the question mark may be anybody's data."""
    register_secret("customer-1f3a9c")
    request = Request("POST", "https://runtime.example/http/orders/customer-1f3a9c?key=4711", {})
    exchange = Exchange(request, Response(202, "Accepted", {}), datetime.now(UTC), 1.5, iflow="orders")
    assert CallResult.of(exchange) == CallResult("POST https://runtime.example/http/orders/***", 202, 1.5)


def test_the_slowest_are_kept() -> None:
    """A scenario may call thousands of times."""
    calls = [CallResult("GET /", 200, float(number % 50)) for number in range(100)]
    assert [call.seconds for call in slowest(calls)] == [
        49.0,
        49.0,
        48.0,
        48.0,
        47.0,
        47.0,
        *[46.0] * 2,
        *[45.0] * 2,
    ]
    assert len(slowest(calls)) == SLOWEST


def test_every_text_of_a_step_and_of_a_difference_is_masked() -> None:
    """Doc strings and tables, too; what is not kept takes no room in a file."""
    step = StepResult("When", "a", 5, "passed", 0.5, "b", (("c", "d"),))
    scenario = replace(SCENARIO, steps=(step,), differences=(Difference("e", "f", "g"),))
    assert {*"abcdefg"} <= set(scenario.texts)
    hidden = scenario.masked(str.upper)
    assert {*"ABCDEFG"} <= set(hidden.texts)
    assert not {*"abcdefg"} & set(hidden.texts)
    assert "doc_string" not in to_plain(STEP)
