"""The rules: each is documented, and can be switched off."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from pytest_iflow.errors import ConfigurationError
from pytest_iflow.gherkin.faults import FaultRule
from pytest_iflow.lint.rules import FAULTS_OF_SCENARIOS, RULES, Finding, Switches, known_rules

PAGE = Path(__file__).parents[2] / "docs" / "lint.md"

TEXT = """# lint: off no-then
@a
Feature: F

  # lint: off pasted-secret
  # another comment

  @b
  Scenario: one
    When a
    # lint: off placeholder, undefined-step
    When b
    When c

  Scenario: two
    # lint: off
    When d
"""


def test_the_page_has_a_row_for_each_rule() -> None:
    """In the order of the code, with its sentence."""
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert rows == [f"| `{name}` | {said} |" for name, said in RULES.items()]


def test_the_faults_of_scenarios_are_rules() -> None:
    """What breaks a scenario in a run has a name here."""
    assert set(FAULTS_OF_SCENARIOS) == set(get_args(FaultRule))


def test_an_unknown_rule_is_refused_with_the_closest() -> None:
    """In settings and options."""
    with pytest.raises(ConfigurationError, match='no rule "no-them"') as refused:
        known_rules(["no-them"], "the option --off")
    assert refused.value.remedy is not None
    assert 'Did you mean "no-then"?' in refused.value.remedy


@pytest.mark.parametrize(
    ("line", "rule", "is_off"),
    [
        (9, "no-then", True),  # above the feature: all of the file
        (15, "no-then", True),
        (9, "pasted-secret", True),  # above the tags of a scenario: the scenario
        (13, "pasted-secret", True),
        (15, "pasted-secret", False),
        (12, "undefined-step", True),  # above a step: the step
        (12, "placeholder", True),
        (13, "undefined-step", False),
        (17, "unknown-variable", True),  # without a name: all rules
        (15, "unknown-variable", False),
    ],
)
def test_a_comment_holds_for_what_it_stands_above(line: int, rule: str, *, is_off: bool) -> None:
    """A feature, a scenario or a line."""
    assert Switches(TEXT, 3, [9, 15]).are_off(Finding("f.feature", line, rule, "x")) is is_off
