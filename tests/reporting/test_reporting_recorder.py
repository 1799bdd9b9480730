"""What is recorded of a scenario while it runs, read from the summary of a real run."""

from __future__ import annotations

import pytest

from tests.inner_project import DATA, InnerRun
from tests.reporting.mixed_suite import FATES

pytest_plugins = ["tests.inner_project", "tests.reporting.mixed_suite"]


@pytest.fixture(scope="module")
def scenarios(mixed_run: InnerRun) -> dict[str, DATA]:
    """The scenarios of the run by title."""
    return mixed_run.scenarios()


def test_a_failure_is_failed_or_broken(scenarios: dict[str, DATA]) -> None:
    """Failed is what a check says; a broken tool, an unknown step and a bad tear-down are broken."""
    assert {title: scenario["status"] for title, scenario in scenarios.items()} == FATES


@pytest.mark.parametrize(
    ("title", "message"),
    [
        ("good", ""),
        ("wrong answer", "the response status is 200 OK, expected 201"),
        ("broken tool", "RuntimeError: out of order: no oil"),
        ("plain assertion", "AssertionError: assert 1 == 2"),
        ("left out", "waits for ABC-13"),
        ("gives up", "not today"),
        ("falls apart", "RuntimeError: it fell apart"),
    ],
)
def test_the_message_is_the_cause(scenarios: dict[str, DATA], title: str, message: str) -> None:
    """An error of this package speaks for itself, any other with the name of its class."""
    assert scenarios[title]["message"] == message


@pytest.mark.parametrize(
    ("title", "statuses"),
    [
        ("good", ["passed"] * 5),
        ("wrong answer", ["passed", "failed", "skipped"]),
        ("unknown step", ["skipped", "undefined", "skipped"]),
        ("left out", []),
        ("gives up", ["passed", "skipped", "skipped"]),
        ("falls apart", ["passed"]),
    ],
)
def test_every_step_has_its_fate(scenarios: dict[str, DATA], title: str, statuses: list[str]) -> None:
    """Those that were not reached are skipped."""
    assert [step["status"] for step in scenarios[title]["steps"]] == statuses


def test_a_step_has_keyword_text_line_and_time(scenarios: dict[str, DATA]) -> None:
    """As the feature has them."""
    step = scenarios["good"]["steps"][3]
    assert (step["keyword"], step["text"], step["line"]) == (
        "When",
        'I request the details of product "HT-1080"',
        15,
    )
    assert 0 < step["seconds"] < scenarios["good"]["seconds"]


def test_the_last_exchange_of_a_failure_is_kept(scenarios: dict[str, DATA]) -> None:
    """And the calls of what passed; what made no call has none."""
    assert "<ProductId>HT-1080</ProductId>" in scenarios["wrong answer"]["exchange"]
    assert "Authorization: Bearer ***" in scenarios["wrong answer"]["exchange"]
    assert scenarios["good"]["exchange"].startswith("POST https://")
    assert scenarios["broken tool"]["exchange"] == ""


def test_the_called_iflows_are_kept(scenarios: dict[str, DATA]) -> None:
    """By the name in the feature, where nothing tells their id; of a scenario that passed, too."""
    assert scenarios["good"]["iflows"] == ["product-details"]
    assert scenarios["broken tool"]["iflows"] == []
    assert {each["cause"] for each in scenarios.values()} == {""}


def test_the_calls_of_iflows_are_kept_with_their_time(scenarios: dict[str, DATA]) -> None:
    """Address and answer of each; a token is none, nor a scenario that called nobody."""
    (call,) = scenarios["good"]["calls"]
    assert call["call"].startswith("POST https://127.0.0.1:")
    assert call["call"].endswith("/http/products/details")
    assert (call["status"], scenarios["broken tool"]["calls"]) == (200, [])
    assert 0 < call["seconds"] < scenarios["good"]["seconds"]


def test_feature_rule_tags_and_place_are_kept(scenarios: dict[str, DATA]) -> None:
    """For the pages."""
    row = scenarios["product HT-1080"]
    assert (row["feature"], row["rule"], row["tags"]) == ("Every fate", "Rows", ["orders"])
    assert (row["file"], row["example"]) == ("features/fates.feature", {"id": "HT-1080", "name": "Scan"})
