"""Kinds of failures: what a reader would call the same."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from pytest_iflow.results.failure_kinds import (
    LINE_SHOWN,
    anywhere,
    first_line,
    ignore_advice,
    kinds_of,
    lets_pass,
)
from pytest_iflow.results.plan import planned_by_id
from pytest_iflow.results.scenario_result import GoldenPlace, ScenarioResult, StepResult


def failure(text: str, message: str, *, line: int = 4, cause: str = "") -> ScenarioResult:
    """Return a scenario whose step in ``line`` failed."""
    step = StepResult("Then", text, line, "failed", 0.1)
    passed = StepResult("When", "it is called", 3, "passed", 0.1)
    return planned_by_id(
        f"a.feature::{text}", status="failed", message=message, steps=(passed, step), cause=cause
    )


STATUS = failure("the response status is 200", "the response status is 404 Not Found, expected 200")


@pytest.mark.parametrize(
    "other",
    [
        replace(STATUS, message="the response status is 404 Not Found, expected 201"),
        replace(STATUS, message=f"{STATUS.message}\n  found: something else"),
        replace(failure(STATUS.steps[1].text, STATUS.message, line=17), file="b.feature"),
        failure("the response status is 201", STATUS.message),  # another row of the outline
    ],
    ids=["value in the message", "other details", "other place of the same words", "row"],
)
def test_the_same_kind(other: ScenarioResult) -> None:
    """Values, details and places do not count."""
    (kind,) = kinds_of([STATUS, other])
    assert kind.failures == (STATUS, other)
    assert kind.example is STATUS


@pytest.mark.parametrize(
    "other",
    [
        replace(STATUS, message="the response status is 500 Internal Server Error, expected 200"),
        replace(failure('the response header "a" exists', STATUS.message, line=9), file="b.feature"),
        replace(STATUS, cause="flow-not-deployed"),
        replace(STATUS, steps=()),
    ],
    ids=["message", "step", "cause", "beside its steps"],
)
def test_another_kind(other: ScenarioResult) -> None:
    """Words, steps and known causes do count."""
    assert len(kinds_of([STATUS, other])) == 2


def test_one_cause_is_one_kind_at_any_step() -> None:
    """A refused client fails each step that calls."""
    refused = [failure(f"I call {flow}", "401: Bad credentials", line=flow, cause="bad") for flow in (3, 9)]
    (kind,) = kinds_of(refused)
    assert (kind.cause, len(kind.failures)) == ("bad", 2)


def test_the_most_frequent_kind_comes_first() -> None:
    """What is as frequent stays in the order of the run."""
    rare, often = failure("one", "one"), failure("two", "two", line=5)
    last = failure("three", "three", line=6)
    assert [kind.example for kind in kinds_of([rare, often, often, last])] == [often, rare, last]
    assert kinds_of([]) == []


def test_a_long_first_line_is_cut() -> None:
    """Of a message that is one huge line a little is shown."""
    assert first_line("\n a\nb") == "a"
    assert first_line("x" * 9999) == "x" * LINE_SHOWN + "…"


def differing(number: int, *paths: str) -> ScenarioResult:
    """Return a scenario whose answer differs from a golden message of its own."""
    text = f'the response equals the golden message "{number}.xml"'
    failed = failure(text, f"The response differs from the golden message {number}.xml, 1 difference:")
    return replace(
        failed,
        file=f"{number}.feature",
        golden_places=tuple(GoldenPlace(f"{number}.xml", each) for each in paths),
    )


def test_answers_that_differ_at_the_same_places_are_of_one_kind() -> None:
    """Whatever their golden messages are called; where only the name is the same, anywhere in the message."""
    only = [differing(number, "/Order/Timestamp") for number in range(3)]
    others = [differing(number, "/Invoice/Head/Timestamp") for number in range(3, 5)]
    both = differing(5, "/Order/Timestamp", "/Order/Price")
    first, second, whole = kinds_of([*only, *others, both, STATUS, differing(6, "")])[:3]
    assert [first.failures, first.paths, first.compared] == [(*only, *others), ("//Timestamp",), 6]
    assert second.failures == (STATUS,)
    assert whole.paths == ()
    advice = ignore_advice(first, "--tenant=acme --environment=test")
    assert advice == (
        "5 of 6 that differ do so only at //Timestamp: add an ignore rule?",
        "pytest-iflow golden --ignore='//Timestamp' --tenant=acme --environment=test",
    )
    header = kinds_of([differing(1, "$['user-agent']")])[0]
    assert ignore_advice(header, "") == (
        "It differs only at $['user-agent']: add an ignore rule?",
        """pytest-iflow golden --ignore='$["user-agent"]'""",
    )
    assert lets_pass('$["user-agent"]', "$['user-agent']")
    (kind,) = kinds_of(only)
    assert kind.paths == ("/Order/Timestamp",)
    assert ignore_advice(kinds_of([STATUS])[0], "") == ()
    assert ignore_advice(kinds_of([differing(1, "/Order")])[0], "") == ()


@pytest.mark.parametrize(
    ("path", "everywhere"),
    [
        ("/Order/Item/@id", "//@id"),
        ("$.orders[*].created", "$..created"),
        ("$['user-agent']", "$['user-agent']"),
        ("$.a[*]", "$.a[*]"),
        ("DTM.1.2", "DTM.1.2"),
        ("line 3", "line 3"),
    ],
)
def test_a_rule_for_a_name_anywhere(path: str, everywhere: str) -> None:
    """Where the path ends with a plain name; the command adds either rule to all that differ there."""
    assert anywhere(path) == everywhere
    assert lets_pass(path, path)
    assert lets_pass(everywhere, path)
    assert not lets_pass("//other", path)
