"""How a page groups scenarios."""

from __future__ import annotations

from msgspec.structs import replace

from pytest_iflow.reporting.pages.features import by_feature, by_reason, slowest_calls, slowest_scenarios
from pytest_iflow.results.scenario_result import CallResult
from tests.reporting.page_samples import FAILED, PASSED, SKIPPED


def test_a_feature_sums_up_its_scenarios() -> None:
    """Name, time, numbers, and its rules in the order of the file."""
    orders, products = by_feature([FAILED, replace(FAILED, rule=None, status="passed"), PASSED])
    assert (orders.name, orders.seconds, dict(orders.counts)) == (
        "Orders <b>",
        3.0,
        {"failed": 1, "passed": 1},
    )
    assert [(rule, len(inside)) for rule, inside in orders.rules] == [("Once <i>", 1), (None, 1)]
    assert products.file == PASSED.file


def test_scenarios_of_a_status_stand_under_their_reason() -> None:
    """White space around a reason makes no other one."""
    waiting = replace(SKIPPED, status="not run", message="worker died")
    again = replace(SKIPPED, message=f" {SKIPPED.message}\n")
    scenarios = [SKIPPED, waiting, again, PASSED]
    assert by_reason(scenarios, "skipped") == {SKIPPED.message: [SKIPPED, again]}
    assert by_reason(scenarios, "not run") == {"worker died": [waiting]}


def test_the_slowest_are_found_among_what_ran() -> None:
    """Ten scenarios and ten calls, of whatever scenario; what did not run took no time."""
    calls = [CallResult("POST /x", 200, number / 10) for number in range(15)]
    scenarios = [replace(PASSED, calls=(call,)) for call in calls]
    slow = replace(PASSED, seconds=9.0)
    waiting = replace(SKIPPED, status="not run", seconds=99.0)
    assert slowest_scenarios([PASSED, slow, waiting, SKIPPED]) == [slow, PASSED]
    assert slowest_calls(scenarios) == list(zip(calls[:4:-1], scenarios[:4:-1], strict=True))
    assert slowest_calls([PASSED]) == []
